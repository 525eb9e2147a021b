"""fastText's own file, `model.bin`: words, n-gram buckets and output rows of a skip-gram or CBOW model.

    magic, version                                            2 × int32
    dim ws epoch minCount neg wordNgrams
        loss model bucket minn maxn lrUpdateRate              12 × int32
    t (the threshold of subsampling)                          float64
    entries, words, labels; tokens, pruned                    3 × int32; 2 × int64
    for each entry: its bytes, a zero byte, count, kind       …, int64, int8
    quantized? rows, columns, the input matrix                bool, 2 × int64, float32
    quantized? rows, columns, the output matrix               the same

All little-endian; the input matrix has the rows of the words, then one a bucket. The entries are of any
length, so that the matrices begin at any byte. They stay in the file until they are used: opening takes as
long as composing the vectors of the words, however many buckets there are.
"""

from __future__ import annotations

import os
import struct
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Integers, Strings
from firth.data.ngrams import Ngrams
from firth.errors import DataError, FormatError, OptionError
from firth.formats.atomic import replacing
from firth.formats.check import check_unique, first_bad_place, first_bad_string
from firth.formats.rows import strings_for
from firth.formats.source import Source
from firth.kernels.entries import ENTRY, join_entries, scan_entries
from firth.kernels.wordvectors import pack_strings
from firth.model import Model
from firth.vectors import Vectors

__all__ = ["MAGIC", "read", "write"]

MAGIC, VERSION = 793712314, 12
HEAD = struct.Struct("<2i 12i d 3i 2q")
SHAPE = struct.Struct("<?2q")
FIELDS = (
    "dim", "window", "epochs", "min_count", "negative", "word_ngrams", "loss", "model", "buckets", "min_n",
    "max_n", "rate_updates", "subsample",
)  # fmt: skip
LOSSES = {1: "hierarchical_softmax", 2: "negative_sampling", 3: "softmax"}
LEARNERS = {1: "SubwordCBOW", 2: "SubwordSkipGram"}
PIECE = 1 << 22  # bytes written at a time


class Header(NamedTuple):
    """What stands before the entries. args: by the names in FIELDS."""

    args: dict[str, Any]
    entries: int
    words: int
    labels: int
    tokens: int
    pruned: int


# --- reading ------------------------------------------------------------------------------------------------


def read(path: str | os.PathLike[str], *, verify: bool = False) -> Model:
    """Open a fastText model; its matrices stay in the file until they are used.

    Args:
        path: the file; one that is compressed with gzip is decompressed into a temporary file.
        verify: also look for NaN and infinity in all rows of buckets and in the output matrix.

    Returns:
        A model with the spaces "words" (the composed vectors), "subwords" (a row a bucket), "word_rows" (the
        words' own rows) and "contexts" (the output rows; "nodes" for a hierarchical softmax). Words that are
        not valid UTF-8 are renamed, their bad bytes written as \\x…, and counted in the report.

    Raises:
        FormatError: the file is damaged, quantized (.ftz), of a supervised model or of an unknown version;
            the message names the place.
    """
    source = Source(path)
    header = _read_header(source)
    words, counts, labels, position = _read_entries(source, header)
    dim, buckets = header.args["dim"], header.args["buckets"]
    rows = header.words + buckets
    inputs, position = _read_matrix(source, position, (rows, dim), "input")
    outputs, position = _read_matrix(source, position, (header.words, dim), "output")
    if position != len(source.bytes):
        raise FormatError("more bytes follow the output matrix", path=path, offset=position)
    keys, renamed = _renamed(words)
    check_unique(keys, path)
    ngrams, used = Ngrams.of(header.args), np.arange(buckets)
    own, grams = inputs[: header.words], inputs[header.words :]
    composed = ngrams.compose(words, own, used, grams)
    columns = {"counts": counts}
    if header.args["loss"] == "hierarchical_softmax":  # a tree of n words has n - 1 inner nodes
        outputs = outputs[: max(1, header.words - 1)]
        beside = {"nodes": Vectors(np.arange(len(outputs)), outputs)}
    else:
        beside = {"contexts": Vectors(keys, outputs, columns=columns)}
    spaces = {
        "words": Vectors(keys, composed, columns=columns, meta={"source": "fasttext"}),
        **beside,
        "subwords": Vectors(Integers(used), grams),
        "word_rows": Vectors(keys, own, columns=columns),
    }
    for name, vectors in spaces.items():
        bad = first_bad_place(vectors.matrix) if verify or name == "words" else None
        if bad is not None:
            raise FormatError(f"row {bad[0]} of {name!r} holds a number that is not finite", path=path)
    left = ("word_ngrams", "rate_updates", "model")
    recipe = {"learner": LEARNERS[header.args["model"]]}
    recipe |= {name: value for name, value in header.args.items() if name not in left}
    report = {"tokens": header.tokens, "labels_left_out": labels, "renamed_words": renamed}
    return Model(spaces, recipe=recipe, report=report)


def _read_header(source: Source) -> Header:
    if len(source.bytes) < HEAD.size:
        raise FormatError(
            f"a fastText model begins with {HEAD.size} bytes of settings; it has {len(source.bytes)} bytes",
            path=source.path,
            offset=len(source.bytes),
        )
    magic, version, *rest = HEAD.unpack(source.bytes[: HEAD.size])
    if magic != MAGIC:
        raise FormatError("it does not begin as a fastText model does", path=source.path, offset=0)
    if version not in (11, 12):
        raise FormatError(
            f"fastText's version {version} is unknown; Firth reads 11 and 12", path=source.path, offset=4
        )
    header = Header(dict(zip(FIELDS, rest[:13], strict=True)), *rest[13:])
    why = _complaint(header, len(source.bytes) - HEAD.size)
    if why is not None:
        raise FormatError(why, path=source.path, offset=8)
    header.args["loss"] = LOSSES[header.args["loss"]]
    return header


def _complaint(header: Header, left: int) -> str | None:
    """What is wrong with a header that `left` bytes follow, if anything is."""
    args, words, labels = header.args, header.words, header.labels
    if args["model"] == 3:
        return "it is a supervised model, a classifier of texts; Firth reads those of skipgram and cbow"
    if header.pruned != -1:
        return "it is quantized, its buckets pruned; read the .bin file that it was made from"
    if args["model"] not in LEARNERS or args["loss"] not in LOSSES:
        return f"there is no model {args['model']} with the loss {args['loss']}"
    if min(words, labels, header.tokens) < 0 or header.entries != words + labels:
        return f"{words:,} words and {labels:,} labels make no {header.entries:,} entries"
    if header.entries > left // ENTRY:
        return f"{header.entries:,} entries do not fit into the {left:,} bytes left"
    if not 1 <= args["dim"] <= 1 << 20:
        return f"a dim of {args['dim']} makes no vectors"
    if not np.isfinite(args["subsample"]):
        return f"the sampling threshold is {args['subsample']}"
    try:
        Ngrams.of(args)
    except OptionError as error:
        return str(error)
    return None


def _read_entries(source: Source, header: Header) -> tuple[Strings, NDArray[np.int64], int, int]:
    """The words as they stand in the file, their counts, how many labels were left out, and the end."""
    n = header.entries
    starts, lengths, counts = (np.empty(n, np.int64) for _ in range(3))
    kinds = np.empty(n, np.uint8)
    whole, position = scan_entries(source.array, HEAD.size, starts, lengths, counts, kinds)
    if whole < n:
        raise FormatError(f"the file ends within entry {whole} of {n:,}", path=source.path, offset=position)
    wrong = np.flatnonzero((counts < 0) | (kinds != (np.arange(n) >= header.words)))
    if wrong.size:
        i = int(wrong[0])
        why = f"entry {i} of {n:,} has the count {counts[i]} and the kind {kinds[i]}"
        raise FormatError(why, path=source.path, offset=int(starts[i] + lengths[i] + 1))
    words = slice(0, header.words)  # the labels of an unsupervised model follow; nothing was learnt for them
    offsets = np.concatenate([[0], np.cumsum(lengths[words])])
    data = np.empty(int(offsets[-1]), np.uint8)
    pack_strings(source.array, starts[words], offsets, data)
    return Strings(data, offsets), counts[words], header.labels, position


def _read_matrix(
    source: Source, position: int, shape: tuple[int, int], what: str
) -> tuple[NDArray[np.float32], int]:
    """A matrix as it lies in the file, and where it ends."""
    left = len(source.bytes) - position - SHAPE.size
    if left < 0:
        raise FormatError(f"the file ends before the {what} matrix", path=source.path, offset=position)
    _, rows, columns = SHAPE.unpack(source.bytes[position : position + SHAPE.size])
    if source.bytes[position] != 0:
        why = f"its {what} matrix is quantized; read the .bin file that it was made from"
        raise FormatError(why, path=source.path, offset=position)
    if (rows, columns) != shape:
        why = f"its {what} matrix is {rows:,} × {columns:,}, not {shape[0]:,} × {shape[1]:,}"
        raise FormatError(why, path=source.path, offset=position + 1)
    size = rows * columns
    if 4 * size > left:
        why = f"{rows:,} × {columns:,} numbers do not fit into the {left:,} bytes that are left"
        raise FormatError(why, path=source.path, offset=position + 1)
    start = position + SHAPE.size
    matrix = np.frombuffer(source.bytes, "<f4", size, start) if size else np.empty(0, np.float32)
    return matrix.reshape(shape), start + 4 * size


def _renamed(words: Strings) -> tuple[Strings, int]:
    """The words with bytes that are no UTF-8 written as \\x…, and in how many there were such bytes."""
    if first_bad_string(words) is None:
        return words, 0
    raw = [words.data[a:b].tobytes() for a, b in zip(words.offsets[:-1], words.offsets[1:], strict=True)]
    keys = [word.decode("utf-8", "backslashreplace") for word in raw]
    return Strings.of(keys), sum(key.encode() != word for key, word in zip(keys, raw, strict=True))


# --- writing ------------------------------------------------------------------------------------------------


def write(model: Model, path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write a model of subwords as one that the `fasttext` package loads.

    A bucket without a row becomes a row of zeros. A model without subwords becomes one without n-grams, and
    contexts that are not those of the words, such as of a learner of documents, are left out.

    Raises:
        ExistsError: the file is there and `force` is not set.
        DataError: an id holds a zero byte, a number is not finite, or the spaces of subwords do not go
            together.
    """
    words = model.vectors
    keys = strings_for(words.ids, refused=b"\0", where="fastText's format")
    counts = words.counts if words.counts is not None else np.ones(len(words), np.int64)
    grams = model.spaces.get("subwords")
    own = words.matrix if grams is None else _own_rows(model)
    outputs = _outputs(model)
    args = _args(model)
    for matrix in (own, *(vectors.matrix for vectors in (grams, outputs) if vectors is not None)):
        bad = first_bad_place(matrix)
        if bad is not None:
            raise DataError(f"row {bad[0]} holds a number that is not finite at place {bad[1]}")
    entries = np.empty(int(keys.offsets[-1]) + ENTRY * len(keys), np.uint8)
    join_entries(keys.data, keys.offsets, counts.astype(np.int64), entries)
    with replacing(path, force=force) as file:
        size = len(words), len(words), 0, int(counts.sum()), -1
        file.write(HEAD.pack(MAGIC, VERSION, *args.values(), *size))
        file.write(entries.data)
        file.write(SHAPE.pack(False, len(words) + args["buckets"], words.dim))
        _write_rows(file, own, np.arange(len(words)), len(words))
        if grams is not None:
            _write_rows(file, grams.matrix, _ascending(grams.ids), args["buckets"])
        file.write(SHAPE.pack(False, len(words), words.dim))
        trained = np.empty((0, words.dim), np.float32) if outputs is None else outputs.matrix[: len(words)]
        _write_rows(file, trained, np.arange(len(trained)), len(words))


def _own_rows(model: Model) -> NDArray[np.float32]:
    """The words' own rows of a model of subwords. Raises DataError."""
    words, rows = model.vectors, model.spaces.get("word_rows")
    if rows is None or len(rows) != len(words) or {rows.dim, model.spaces["subwords"].dim} != {words.dim}:
        raise DataError(
            "this model has subwords, but no space 'word_rows' of the same dimension, which holds the words' "
            "own rows; write its main vectors alone, without n-grams"
        )
    return rows.matrix


def _outputs(model: Model) -> Vectors | None:
    """What the words were trained against, if it fits beside them."""
    words, nodes = model.vectors, model.spaces.get("nodes")
    found = model.spaces.get("contexts") if nodes is None else nodes
    fits = found is not None and found.dim == words.dim and (found is nodes or found.ids == words.ids)
    return found if fits else None


def _args(model: Model) -> dict[str, Any]:
    """The settings by name, in the order of the file; fastText's own defaults where the recipe has none."""
    recipe = model.recipe
    grams = model.spaces.get("subwords", ())
    ngrams = Ngrams.of(recipe) if len(grams) else Ngrams(min_n=0, max_n=0, buckets=0)
    loss = {name: number for number, name in LOSSES.items()}[recipe.get("loss", "negative_sampling")]
    kind = 1 if "CBOW" in str(recipe.get("learner")) else 2
    known = {"word_ngrams": 1, "rate_updates": 100, "dim": model.vectors.dim, "loss": loss, "model": kind}
    known |= {"buckets": ngrams.buckets, "min_n": ngrams.min_n, "max_n": ngrams.max_n}
    usual = {"window": 5, "epochs": 5, "min_count": 5, "negative": 5, "subsample": 1e-4}
    return {name: known.get(name, recipe.get(name, usual.get(name))) for name in FIELDS}


def _ascending(ids: Any) -> NDArray[np.int64]:
    if not isinstance(ids, Integers) or np.any(ids.values[1:] <= ids.values[:-1]):
        raise DataError("the ids of 'subwords' are the numbers of buckets, ascending; these are not")
    return ids.values


def _write_rows(file: Any, matrix: NDArray[np.float32], places: NDArray[np.int64], n: int) -> None:
    """Write n rows: those of the matrix at their places (ascending), zeros elsewhere."""
    step = max(1, PIECE // (4 * max(1, matrix.shape[1])))
    for first in range(0, n, step):
        rows = np.zeros((min(step, n - first), matrix.shape[1]), "<f4")
        a, b = np.searchsorted(places, (first, first + len(rows)))
        rows[places[a:b] - first] = matrix[a:b]
        file.write(rows.data)
