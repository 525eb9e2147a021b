"""Observations: ids, vocabularies and the forms that learners take. Knows nothing of the rooms after it."""
