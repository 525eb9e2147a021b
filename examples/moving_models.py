"""A new model is out. Must everything be embedded again? Train two on bundled text and see what a map keeps.

The old index answers mapped queries of the new model; what is lost is measured on held-out words.
"""

from __future__ import annotations

import firth
from firth import align, datasets
from firth.errors import SpaceMismatchError


def main() -> None:
    text = firth.read_text(datasets.wiki_text(), lowercase=True, tokenizer="words", min_count=10)
    old, new = (
        firth.SkipGram(dim=dim, epochs=1).fit(text, run=firth.Run(seed=dim)).vectors.most_frequent(2_000)
        for dim in (32, 48)
    )
    query = new.take(["king"])
    try:
        old.search(query)
    except SpaceMismatchError as error:
        print(f"refused: {error}")

    moved = align.adapter(old, new)
    print(moved)
    mapped = moved.apply(query)
    print("near to the mapped king are", ", ".join(old.search(mapped, topn=5)[0].ids))
    sure = moved.confidence(new)
    print("least sure of", ", ".join(new.ids[int(row)] for row in sure.argsort()[:5]))


if __name__ == "__main__":
    main()
