"""Observations: ids, vocabularies and the four forms that learners take. Knows nothing of the rooms after it."""
