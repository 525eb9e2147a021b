"""Recipes as TOML files: what the planner found, for `firth index` and `firth compress` to carry out.

metric = "cosine"

[index]                      # or [codec]
index = "IVFPQ"
rerank = 4

[settings]                   # what each search does
nprobe = 16

[measured]                   # what it was found to do: for people, nothing is made of it
recall = 0.957
"""

from __future__ import annotations

import json
import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firth.compress.codec import CodecRecipe
from firth.compress.known import recipe_of as codec_recipe_of
from firth.errors import FormatError, OptionError
from firth.formats.atomic import replacing
from firth.index.known import recipe_of as index_recipe_of
from firth.index.recipe import IndexRecipe
from firth.options import check_metric, check_whole
from firth.vectors import Metric

__all__ = ["RecipeFile", "read_recipe", "to_toml", "write_recipe"]

TABLES = ("index", "codec", "settings", "measured", "metric")


@dataclass(frozen=True, kw_only=True)
class RecipeFile:
    """What a file of a recipe says.

    Attributes:
        recipe: of an index or of a codec.
        metric: what "near" means; None for that of the vectors.
        settings: search settings, for an index.
        measured: what was measured with it.
    """

    recipe: IndexRecipe | CodecRecipe
    metric: Metric | None = None
    settings: Mapping[str, int] = field(default_factory=dict)
    measured: Mapping[str, Any] = field(default_factory=dict)


def write_recipe(
    found: RecipeFile, path: str | os.PathLike[str], *, force: bool = False, comment: str = ""
) -> None:
    """Write a recipe as TOML, atomically.

    Raises:
        ExistsError: the file is there and `force` is not set.
    """
    with replacing(path, force=force) as file:
        file.write(to_toml(found, comment=comment).encode())


def read_recipe(path: str | os.PathLike[str]) -> RecipeFile:
    """The recipe in a TOML file, with or without a byte order mark.

    Raises:
        FormatError: it is no TOML, or not that of an index or a codec.
        OptionError: there is no such kind, option or metric, or a value is outside its range.
    """
    try:
        document = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:  # also of bytes that are no UTF-8, and of huge numbers
        raise FormatError(f"is no TOML ({error})", path=path) from error
    for key, value in document.items():
        if key not in TABLES:
            raise FormatError(f"has {key!r:.80}, and a recipe has {', '.join(TABLES)}", path=path)
        if (key == "metric") is isinstance(value, dict):
            raise FormatError(
                'writes the metric as metric = "cosine" and the rest as tables, such as [index]', path=path
            )
    if ("index" in document) is ("codec" in document):
        raise FormatError("has to have one table [index] or [codec], with what is to be made", path=path)
    if "codec" in document and "settings" in document:
        raise FormatError("has [settings] beside [codec], and only an index has any", path=path)
    settings = {
        check_name(name): check_whole(f"the setting {name}", value, 1, 2**31 - 1)
        for name, value in document.get("settings", {}).items()
    }
    if "metric" in document:
        check_metric(document["metric"])
    recipe = index_recipe_of(document["index"]) if "index" in document else codec_recipe_of(document["codec"])
    return RecipeFile(
        recipe=recipe,
        metric=document.get("metric"),
        settings=settings,
        measured=document.get("measured", {}),
    )


def to_toml(found: RecipeFile, *, comment: str = "") -> str:
    """The recipe as TOML that `read_recipe` reads; `comment` may have several lines."""
    lines = [f"# {line}" for line in comment.splitlines()]
    if found.metric is not None:
        lines += [f"metric = {_value(found.metric)}", ""]
    kind = "index" if isinstance(found.recipe, IndexRecipe) else "codec"
    tables = {kind: found.recipe.to_dict(), "settings": found.settings, "measured": found.measured}
    for name, table in tables.items():
        if table:
            lines += [f"[{name}]", *_entries(table), ""]
    return "\n".join(lines[:-1]) + "\n"


def check_name(name: str) -> str:
    """The name of a setting, if it can be one; else OptionError."""
    if not name.isidentifier():
        raise OptionError(f"a setting has a name such as nprobe, not {name!r:.80}")
    return name


def _entries(table: Mapping[str, Any]) -> list[str]:
    """A line for each key; what is None is left out, which is how a default is written."""
    return [f"{_key(key)} = {_value(value)}" for key, value in table.items() if value is not None]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(float(value)) if math.isfinite(value) else "nan" if math.isnan(value) else f"{value}"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # TOML is stricter here
    if isinstance(value, Mapping):
        return f"{{{', '.join(_entries(value))}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    raise OptionError(f"a recipe cannot hold {value!r:.80}, a {type(value).__name__}")


def _key(key: str) -> str:
    return key if key.isidentifier() and key.isascii() else _value(key)
