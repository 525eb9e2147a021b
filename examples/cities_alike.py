"""Which cities, regions and time zones come out alike? Vectors for the values and the rows of a table.

Each row becomes a sequence of "column=value" tokens, and skip-gram learns which values keep which company.
Then a check: from where its cities lie alone, is the nearest other region of a region in the same country?
"""

from __future__ import annotations

import numpy as np

import firth
from firth import datasets
from firth.measure.intervals import proportion_interval


def train(rows: firth.Sequences, min_count: int) -> firth.Vectors:
    recipe = firth.SkipGram(
        dim=32, window=8, dynamic_window=False, subsample=0, min_count=min_count, epochs=20
    )
    return recipe.fit(rows, run=firth.Run(threads=1)).vectors


def country_of(region: str) -> str:
    return region.removeprefix("region=").partition(".")[0]


def main() -> None:
    table = firth.read_table(datasets.cities())
    columns = ["latitude", "longitude", "countrycode", "region", "population", "timezone"]
    rows = firth.column_values(table, only=columns, ids="geonameid", bins=50)
    values = train(rows, min_count=1)
    for value in ("timezone=Europe/Rome", "countrycode=JP", "region=US.CA"):
        print(f"near to {value} are", ", ".join(values.most_similar(value, topn=4).ids))

    # A city is the mean of its values.
    cities = firth.WeightedMean(components=0).fit(rows, words=values).vectors
    names = dict(zip(rows.ids, table["name"].values.to_pylist(), strict=True))
    for city in (3169070, 2950159, 5391959):
        near = cities.most_similar(city, topn=4).ids
        print(f"near to {names[city]} are", ", ".join(names[number] for number in near))

    places = train(firth.column_values(table, only=["latitude", "longitude", "region"], bins=20), min_count=5)
    regions = [value for value in places.ids if value.startswith("region=")]
    countries = np.array([country_of(region) for region in regions])
    others = np.array([np.count_nonzero(countries == country) - 1 for country in countries])
    asked = np.flatnonzero(others)  # in a country of one region no answer could be right
    nearest = places.take(regions).search([regions[i] for i in asked], topn=1).ids
    right = [country_of(hits[0]) == countries[i] for i, hits in zip(asked, nearest, strict=True)]
    low, high = proportion_interval(sum(right), len(right))
    print(
        f"nearest region in the same country: {np.mean(right):.1%} of {len(right)} "
        f"({low:.1%} to {high:.1%}); by chance {np.mean(others[asked]) / (len(regions) - 1):.1%}"
    )


if __name__ == "__main__":
    main()
