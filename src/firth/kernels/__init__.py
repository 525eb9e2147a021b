"""Numba functions: arrays in, arrays out. Nothing else of Firth is imported here.

Each kernel says in its first lines which arrays it reads and which it writes. Each has a twin in
plain NumPy in `firth.kernels.reference`, which states the algorithm and which the tests compare with.
"""
