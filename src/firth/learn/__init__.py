"""Learners, one a file: a frozen recipe of hyper-parameters whose `fit` returns a complete Model."""
