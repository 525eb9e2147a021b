"""`Table`: a choice of learner for each column of a table, inferred or said, and printed as a recipe."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from firth.data.columns import Columns
from firth.errors import DataError, OptionError
from firth.learn.columnwise import ColumnLearner
from firth.learn.fitted import Fitted
from firth.learn.tablefit import fit_choices, read_training
from firth.learn.tablerecipe import LEARNERS, read_recipe, write_recipe
from firth.model import Model
from firth.options import check_flag
from firth.run import Run

__all__ = ["Table", "fit_columns", "fit_transform_columns"]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A learner for each column of a table, and their numbers side by side.

    Attributes:
        columns: the name of a column, or a tuple of names, -> a learner, or a tuple of several that all take
            the same columns; None, like {}, leaves every column to `rest`.
        rest: what happens to columns that are not named: "infer" chooses a learner by what they hold (the
            rules are in docs/encoders.md), "drop" leaves them out and says so in the report, "error" raises.
        dtype: "float32" or "float64", of the numbers.
        sparse: whether rows are CSR; None for yes where less than 0.3 of their numbers can differ from zero.
        dropped: columns to be left out, each with the reason.

    Raises:
        OptionError: a value is outside its range, a learner takes another number of columns, or a column is
            both encoded and dropped.

    A choice that was inferred is printed, edited and kept: `Table.inferred(table)` is explicit,
    `print(recipe)` shows it as TOML, and `Table.from_toml` reads it.

    >>> table = Table(rest="drop")
    >>> Table.from_toml(table.to_toml()) == table
    True
    """

    columns: Mapping[str | tuple[str, ...], Any] | None = None
    rest: Literal["infer", "drop", "error"] = "infer"
    dtype: Literal["float32", "float64"] = "float32"
    sparse: bool | None = None
    dropped: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.rest not in ("infer", "drop", "error"):
            raise OptionError(f"rest is 'infer', 'drop' or 'error', not {self.rest!r}")
        if self.dtype not in ("float32", "float64"):
            raise OptionError(f"dtype is 'float32' or 'float64', not {self.dtype!r}")
        if self.sparse is not None:
            check_flag("sparse", self.sparse)
        for option in ("columns", "dropped"):
            value = getattr(self, option)
            if not (isinstance(value, Mapping) or (value is None and option == "columns")):
                raise OptionError(f"{option} is a dict by column names, not {value!r}")
        if self.columns is not None:
            chosen = {_names(key): _learners(key, value) for key, value in self.columns.items()}
            object.__setattr__(self, "columns", chosen)
        object.__setattr__(self, "dropped", {str(key): str(why) for key, why in self.dropped.items()})
        both = {name for names, _ in self.entries for name in names} & set(self.dropped)
        if both:
            raise OptionError(f"the column {min(both)!r} has a learner and is in dropped; take it out of one")

    def __str__(self) -> str:
        return self.to_toml()

    @property
    def entries(self) -> list[tuple[tuple[str, ...], ColumnLearner]]:
        """The choices, one learner each, in order."""
        return [(names, learner) for names, learners in (self.columns or {}).items() for learner in learners]  # type: ignore[misc]  # __post_init__ made tuples of all names

    @staticmethod
    def inferred(observations: Any, *, target: Any = None) -> Table:
        """The explicit table that `Table().fit` would fit, without fitting it.

        Args:
            observations: a table.
            target: what is to be foretold, or the name of its column, which is left out then.
        """
        return Table().completed(observations, target=target)

    def completed(self, observations: Any, *, target: Any = None) -> Table:
        """The explicit table that `fit` would fit, without fitting it: this one, with a choice for each of
        the columns that it does not name.

        Args:
            observations, target: as for `inferred`.

        Raises:
            DataError: as `fit`, for what is wrong with the names of columns.
        """
        columns, _ = read_training(observations, target)
        return self._explicit(columns, has_target=target is not None)

    def to_toml(self) -> str:
        """The recipe as TOML, which `from_toml` reads."""
        return write_recipe(self)

    @staticmethod
    def from_toml(source: str | os.PathLike[str]) -> Table:
        """The table that a recipe describes.

        Args:
            source: the text of the recipe, or the path of its file as a `pathlib.Path` (a string on one line
                that ends in .toml will do too).

        Raises:
            DataError: it is neither text nor a path, no TOML, or no recipe of a table.
            OptionError: a learner or an option does not exist, or a value is outside its range.
        """
        if isinstance(source, os.PathLike) or (
            isinstance(source, str) and "\n" not in source and source.endswith(".toml")
        ):
            path = Path(source)
            try:
                source = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise DataError(f"the recipe {os.fspath(path)!r} cannot be read: {error}") from error
        if not isinstance(source, str):
            raise DataError(f"a recipe is its text or the path of its file, not {source!r}")
        return Table(**read_recipe(source))

    def fit(self, observations: Any, *, target: Any = None, run: Run | None = None) -> Model:
        """Learn from a table.

        Args:
            observations: a table, as `firth.read_table` takes it.
            target: what is to be foretold, one a row, or the name of its column, which is left out then. Only
                `Target` looks at it, and what is inferred.
            run: its seed is where random numbers start.

        Returns:
            A model whose `encode` makes `Features` of tables and whose `decode` goes back. Its spaces are the
            categories of each column that has such. Its report says how many rows there were, what was
            learned of each column, and which were dropped and why.

        Raises:
            DataError: a column is not there, or holds what its learner cannot use; the message names column
                and row.
        """
        columns, y = read_training(observations, target)
        explicit = self._explicit(columns, has_target=y is not None)
        return fit_choices(explicit, columns, y, run or Run(), cross=False)[0]

    def fit_transform(self, observations: Any, *, target: Any = None, run: Run | None = None) -> Fitted:
        """Learn from a table and encode its rows, none of them with the help of its own target.

        Args:
            observations, target, run: as for `fit`.

        Returns:
            (model, features): the model that `fit` returns, and the training rows. Where a learner looks at
            the target they are cross-fitted: train on them, and not on what `model.encode` makes of the
            same rows.
        """
        columns, y = read_training(observations, target)
        explicit = self._explicit(columns, has_target=y is not None)
        return Fitted(*fit_choices(explicit, columns, y, run or Run(), cross=True))

    def _explicit(self, columns: Columns, *, has_target: bool) -> Table:
        """This table with a choice for each of the columns."""
        from firth.learn.inference import inferred

        chosen = dict(self.columns or {})
        named = {name for names in chosen for name in names} | set(self.dropped)
        for name in sorted(named):
            if name not in columns:
                what = "leave out" if name in self.dropped else "encode"
                raise DataError(
                    f"there is no column {name!r} to {what}; there are {', '.join(map(repr, columns.names))}"
                )
        rest = columns.take([name for name in columns if name not in named])
        if len(rest) and self.rest == "error":
            raise DataError(
                f"no learner is chosen for the columns {', '.join(map(repr, rest.names))}; name them in "
                f"columns or dropped, or take rest='infer'"
            )
        left_out = dict(self.dropped)
        if self.rest == "infer":
            found = inferred(rest, has_target=has_target)
            chosen |= found.columns  # type: ignore[arg-type]
            left_out |= found.dropped
        else:
            left_out |= dict.fromkeys(rest, "no learner was chosen for it")
        return Table(columns=chosen, rest="error", dtype=self.dtype, sparse=self.sparse, dropped=left_out)


def _names(key: Any) -> tuple[str, ...]:
    names = (key,) if isinstance(key, str) else key
    if not isinstance(names, tuple) or not names or not all(isinstance(name, str) for name in names):
        raise OptionError(f"columns are named by a string or a tuple of strings, not {key!r}")
    if len(set(names)) < len(names):
        raise OptionError(f"the columns {key!r} name one twice")
    return names


def _learners(key: Any, value: Any) -> tuple[ColumnLearner, ...]:
    learners = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    names = _names(key)
    for learner in learners:
        if LEARNERS.get(type(learner).__name__) != type(learner).__module__:
            raise OptionError(
                f"the column {key!r} has {learner!r}, which is no learner of columns; there are "
                f"{', '.join(LEARNERS)}"
            )
        if learner.width not in (0, len(names)):
            raise OptionError(
                f"{type(learner).__name__} takes {learner.width} columns together, not {len(names)}: {key!r}"
            )
    if not learners:
        raise OptionError(f"the column {key!r} has no learner; name it in dropped instead")
    return learners


# --- fitting -------------------------------------------------------------------------------------------


def fit_columns(learner: Any, observations: Any, *, target: Any = None, run: Run | None = None) -> Model:
    """The model of a table in which one learner has every column; the `fit` of every learner of columns.

    Args:
        learner: of width 1, which takes each column by itself; of width 0, which takes all together; or of
            another width, which is how many columns the table has.
        observations, target, run: as for `Table.fit`.

    Raises:
        DataError: as `Table.fit`, and where the number of columns does not fit.
    """
    columns, y = read_training(observations, target)
    return fit_choices(_alone(learner, columns), columns, y, run or Run(), cross=False)[0]


def fit_transform_columns(
    learner: Any, observations: Any, *, target: Any = None, run: Run | None = None
) -> Fitted:
    """As `fit_columns`, and the training rows; see `Table.fit_transform`."""
    columns, y = read_training(observations, target)
    return Fitted(*fit_choices(_alone(learner, columns), columns, y, run or Run(), cross=True))


def _alone(learner: Any, columns: Columns) -> Table:
    if not len(columns):
        raise DataError("the table has no column; there is nothing to learn from")
    if learner.width > 1 and len(columns) != learner.width:
        raise DataError(
            f"{type(learner).__name__} takes {learner.width} columns together, and the table has "
            f"{len(columns)}: {', '.join(map(repr, columns.names))}"
        )
    names = tuple(columns)
    chosen: dict[Any, Any] = {(name,): learner for name in names} if learner.width == 1 else {names: learner}
    # One learner alone gives what it is known for: one-hot rows are CSR however few categories there are.
    is_sparse = True if type(learner).__name__ == "OneHot" else None
    return Table(columns=chosen, rest="error", sparse=is_sparse)
