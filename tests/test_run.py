"""How a job runs: options checked, cores counted."""

import numpy as np
import pytest

from firth import Run
from firth.errors import OptionError


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("threads", 0), ("threads", "2"), ("threads", 2.5), ("threads", 1025), ("seed", -1), ("seed", 1.5),
        ("seed", 2**63), ("checkpoint_every", -1), ("checkpoint_every", float("nan")), ("resume", "yes"),
    ],
)  # fmt: skip
def test_a_bad_value_is_named(name, value):
    with pytest.raises(OptionError) as caught:
        Run(**{name: value})
    assert name in str(caught.value)
    assert repr(value) in str(caught.value)


def test_resume_needs_a_folder():
    with pytest.raises(OptionError, match="set checkpoint too"):
        Run(resume=True)


def test_threads_are_all_cores_or_as_many_as_asked():
    assert Run().worker_count >= 1
    assert Run(threads=np.int64(3)).worker_count == 3
