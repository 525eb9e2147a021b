"""`check_memory` of `firth.data.memory`, under the name that learners know."""

from firth.data.memory import available_memory, check_memory

__all__ = ["available_memory", "check_memory"]
