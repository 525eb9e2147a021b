"""Make the two tables that ship in firth.datasets: cities of the world and the census of Adult.

usage: python scripts/make_tables.py cities15000.tsv.gz adult.csv.gz OUT_FOLDER

Both sources are tables with a header. Adult stays as it is. The first-order division of a city (a state, a
region, a province) is a code such as 07 that means something else in every country. So the column
`admin1code` becomes `region` with values such as IT.07, as GeoNames itself writes them elsewhere.

Writes OUT_FOLDER/cities.csv.xz and OUT_FOLDER/adult.csv.xz, the same bytes for the same input.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import lzma
from collections.abc import Iterator
from pathlib import Path

COLUMNS = ("geonameid", "name", "latitude", "longitude", "countrycode", "region", "population", "timezone")


def rows_of(path: Path, delimiter: str) -> Iterator[dict[str, str]]:
    """The rows of a packed table; no field of either source is quoted."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter=delimiter, quoting=csv.QUOTE_NONE, strict=True)


def with_region(row: dict[str, str]) -> dict[str, str]:
    """A city with the code of its region in place of that of its division; empty where it has none."""
    code = row["admin1code"]
    return {**row, "region": f"{row['countrycode']}.{code}" if code else ""}


def pack(rows: list[dict[str, str]], columns: tuple[str, ...], path: Path) -> None:
    """Write these columns of the rows as CSV with a header, packed with xz."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    packed = lzma.compress(text.getvalue().encode(), preset=9 | lzma.PRESET_EXTREME)
    path.write_bytes(packed)
    print(f"{path.name}: {len(rows):,} rows, {len(columns)} columns, {len(packed):,} bytes packed")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("cities", "adult", "folder"):
        parser.add_argument(name, type=Path)
    given = parser.parse_args()
    cities = [with_region(row) for row in rows_of(given.cities, "\t")]
    pack(cities, COLUMNS, given.folder / "cities.csv.xz")
    people = list(rows_of(given.adult, ","))
    pack(people, tuple(people[0]), given.folder / "adult.csv.xz")


if __name__ == "__main__":
    main()
