"""`AssociationTest`: two sets of targets and two of attributes, for the word embedding association test."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from firth.errors import FormatError
from firth.measure.sets.checks import check_items, check_tuples
from firth.measure.sets.lines import PathLike
from firth.measure.sets.testset import TestSet

__all__ = ["AssociationTest", "read_associations"]

# The tests of Caliskan, Bryson and Narayanan (2017), table 1, in its order: which lists are x, y, a and b.
# The lists are called as in the file that collects them, by what they hold and the first test that uses them.
PUBLISHED = {
    "weat1": ("flowers", "insects", "pleasant_5", "unpleasant_5a"),
    "weat2": ("instruments", "weapons", "pleasant_5", "unpleasant_5a"),
    "weat3": ("european_american_names_5", "african_american_names_5", "pleasant_5", "unpleasant_5b"),
    "weat4": ("european_american_names_7", "african_american_names_7", "pleasant_5", "unpleasant_5b"),
    "weat5": ("european_american_names_7", "african_american_names_7", "pleasant_9", "unpleasant_9"),
    "weat6": ("male_names", "female_names", "career", "family"),
    "weat7": ("math", "arts", "male_terms", "female_terms"),
    "weat8": ("science", "arts_2", "male_terms_2", "female_terms_2"),
    "weat9": ("mental_disease", "physical_disease", "temporary", "permanent"),
    "weat10": ("young_people_names", "old_people_names", "pleasant_9", "unpleasant_9"),
}
CITATION = (
    "Caliskan, Bryson, Narayanan (2017): Semantics derived automatically from language corpora contain "
    "human-like biases. Science 356(6334), 183-186."
)
PARTS = ("x", "y", "a", "b")


@dataclass(frozen=True, kw_only=True)
class AssociationTest(TestSet):
    """Do the words of `x` go with `a` and those of `y` with `b` (Caliskan, Bryson and Narayanan 2017)?

    Attributes:
        x, y: the targets, such as flowers and insects.
        a, b: the attributes, such as pleasant and unpleasant words.
        names: what x, y, a and b are called.

    Raises:
        DataError: one of the four is not a tuple of strings, or the names are not four.
    """

    x: tuple[str, ...]
    y: tuple[str, ...]
    a: tuple[str, ...]
    b: tuple[str, ...]
    names: tuple[str, str, str, str] = ("x", "y", "a", "b")

    def __post_init__(self) -> None:
        for part in PARTS:
            check_items(f"{self.name}: the words of {part}", getattr(self, part))
        check_tuples(f"{self.name}: names of x, y, a and b", (self.names,), 4)

    def __len__(self) -> int:
        return len(self.x) + len(self.y)


def read_associations(path: PathLike, *, name: str | None = None) -> dict[str, AssociationTest]:
    """Read association tests from a JSON file, of which there are three forms.

    - The lists of Caliskan et al. as they are collected in WEAT.json: {"flowers": […], "insects": […], …}. Of
      them all ten published tests are made, "weat1" to "weat10" in the order of the paper's table 1, or those
      of which the lists are there.
    - One test: {"x": […], "y": […], "a": […], "b": […]}, with "name" and "names" if you like.
    - Several: a list of such tests, each with a "name".

    Args:
        path: the file.
        name: what to call the test where there is one; its own name or that of the file if None.

    Returns:
        The tests by name, in the order of the file.

    Raises:
        FormatError: it is no JSON of these forms, or a list is empty; the message names the test and list.
    """
    path = Path(path)
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise FormatError(f"is not JSON ({error})", path=path) from error
    if isinstance(found, dict) and not set(PARTS) & found.keys():
        return _published(found, path)
    several = found if isinstance(found, list) else [found]
    tests: dict[str, AssociationTest] = {}
    for number, one in enumerate(several, start=1):
        test = _test_of(one, number, path)
        if test.name in tests:
            raise FormatError(f"two tests are called {test.name!r}; give each a name of its own", path=path)
        tests[test.name] = test
    if not tests:
        raise FormatError("holds no association test", path=path)
    if name and len(tests) == 1:
        (test,) = tests.values()
        return {name: replace(test, name=name)}
    return tests


def _published(lists: Mapping[str, Any], path: Path) -> dict[str, AssociationTest]:
    """The tests of the paper of which all four lists are there."""
    tests = {}
    for name, keys in PUBLISHED.items():
        if all(key in lists for key in keys):
            x, y, a, b = (_words(lists[key], key, path) for key in keys)
            shown = tuple(_readable(key) for key in keys)
            tests[name] = AssociationTest(
                name=name,
                x=x,
                y=y,
                a=a,
                b=b,
                names=(shown[0], shown[1], shown[2], shown[3]),
                citation=CITATION,
            )
    if not tests:
        raise FormatError(
            "holds neither the lists x, y, a and b of a test nor those of a published one, such as flowers, "
            "insects, pleasant_5 and unpleasant_5a",
            path=path,
        )
    return tests


def _test_of(one: Any, number: int, path: Path) -> AssociationTest:
    """The test that an object of a file says."""
    if not isinstance(one, dict) or not set(PARTS) <= one.keys():
        raise FormatError(f"test {number} needs the lists x, y, a and b", path=path)
    names = one.get("names", PARTS)
    if not isinstance(names, (list, tuple)) or len(names) != 4:
        raise FormatError(f"test {number}: names are four, of x, y, a and b, not {names!r}", path=path)
    x, y, a, b = (_words(one[part], f"test {number}, {part}", path) for part in PARTS)
    return AssociationTest(
        name=str(one.get("name") or (path.stem if number == 1 else f"{path.stem} {number}")),
        x=x,
        y=y,
        a=a,
        b=b,
        names=(str(names[0]), str(names[1]), str(names[2]), str(names[3])),
        citation=str(one.get("citation", "")),
        licence=str(one.get("licence", "")),
    )


def _words(items: Any, place: str, path: Path) -> tuple[str, ...]:
    """A list of words, each once."""
    if not isinstance(items, list) or not all(isinstance(item, str) and item.strip() for item in items):
        raise FormatError(f"{place} is not a list of words", path=path)
    if not items:
        raise FormatError(f"{place} is empty; a test needs words in each of its lists", path=path)
    words = tuple(item.strip() for item in items)
    twice = [word for word, times in Counter(words).items() if times > 1]
    if twice:
        raise FormatError(f"{place} holds {twice[0]!r} twice; a word counts once", path=path)
    return words


def _readable(key: str) -> str:
    """ "male terms" for "male_terms_2": without the number of the test that the list is first used in."""
    words = key.split("_")
    return " ".join(words[:-1] if words[-1].rstrip("ab").isdigit() else words)
