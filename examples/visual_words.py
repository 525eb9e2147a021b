"""Pictures as sentences: handwritten digits become visual words, and learners of words tell them apart.

Each picture is cut into patches that overlap, and each patch is written as the number of the nearest of 256
centroids, a visual word. TF-IDF then compares pictures by the words they share, SkipGram learns which words
keep company. Both know nothing of pixels, and nothing of the labels, which only score them at the end.
"""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

import firth
from firth.tokenize import code_sequences, patches, unpatch

KNOWN = 1200  # pictures that are learnt from; the others are new


def agreement(known: np.ndarray, new: np.ndarray, labels: np.ndarray) -> float:
    """The share of new pictures whose nearest known one, by cosine, shows the same digit."""
    known, new = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (known, new))
    return float((labels[(new @ known.T).argmax(axis=1)] == labels[KNOWN:]).mean())


def main() -> None:
    digits = load_digits()
    images, labels = digits.images.astype(np.float32), digits.target
    run = firth.Run(seed=1)

    cut = patches(images, 4, stride=1, channels="none")
    codebook = firth.Codebook(size=256).fit(cut.flat()[: KNOWN * 25], run=run)
    codes = codebook.encode(cut)
    print(cut)
    print(f"256 centroids explain {codebook.report['explained']:.0%} of the variance of the patches")
    blurred = unpatch(cut, codebook.decode(codes))
    print(f"pictures made of them are {np.abs(blurred - images).mean():.2f} grey levels of 16 off a pixel")

    codes = codes.reshape(len(images), -1)
    known = code_sequences(codes[:KNOWN], ids=range(KNOWN))
    new = code_sequences(codes[KNOWN:], ids=range(len(images) - KNOWN))

    model, rows = firth.TfIdf(sublinear_tf=True).fit_transform(known)
    by_words = agreement(rows.matrix.toarray(), model.encode(new).toarray(), labels)
    words = firth.SkipGram(dim=16, min_count=1, window=3, epochs=10).fit(known, run=run).vectors
    means = firth.WeightedMean(components=0).fit(known, words=words)
    by_company = agreement(means.vectors.matrix, means.encode(new), labels)
    pixels = images.reshape(len(images), -1)
    by_pixels = agreement(pixels[:KNOWN], pixels[KNOWN:], labels)
    print(f"the nearest picture shows the same digit, of {len(images) - KNOWN} new ones:")
    print(f"  by the words they share (TF-IDF, 256 numbers)      {by_words:.1%}")
    print(f"  by the company of their words (SkipGram, 16)       {by_company:.1%}")
    print(f"  by pixels (64 numbers, in their places)            {by_pixels:.1%}")


if __name__ == "__main__":
    main()
