"""`compare_tokenizers`: which tokens serve a text best, measured on a part that none was trained on."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.documents import read_documents
from firth.data.sequences import Sequences
from firth.data.sources import Lists, open_source
from firth.data.spelling import check_tokenizer
from firth.errors import DataError, OptionError
from firth.options import check_flag, check_real, check_seed, check_several, check_whole
from firth.tokenize.characters import ByteTokenizer, CharacterTokenizer
from firth.tokenize.rules import RuleTokenizer
from firth.tokenize.subword import SubwordTokenizer
from firth.tokenize.tokens import TextTokenizer
from firth.tokenize.training import ALGORITHMS, Algorithm, Training, corpus_lines

__all__ = ["Comparison", "Measured", "compare_tokenizers"]

_RESAMPLES = 1_000
_ALPHA = 2.5  # of Rényi's entropy, where Zouhar et al. found that it says most about translation
_LEVEL = 95
_LEAST = 3  # lines to measure on, for the intervals to mean anything
_UNTRAINED = {"rules": RuleTokenizer, "characters": CharacterTokenizer, "bytes": ByteTokenizer}

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The figures of one tokenizer on the held-out text.

    Attributes:
        name: of the tokenizer, such as "bpe 4,000".
        algorithm: which one trained it here; None where nothing was trained.
        vocabulary: how many different tokens it has; for those that were not trained, how many the training
            part holds.
        tokens: how many tokens the held-out text has.
        fertility: tokens a word, a word being what stands between white space; with its 95 % interval, `low`
            to `high`, by the bootstrap over lines.
        characters, bytes: characters and bytes of UTF-8 a token, white space included.
        unknown: the share of the tokens that are unknown, or were not seen in the training part where nothing
            is trained.
        coverage: the share of the characters of the text that stand in known tokens; white space that belongs
            to no token counts as covered.
        used: the share of the vocabulary that occurs.
        efficiency: how evenly the tokens are used, 0 to 1: Rényi's entropy of order 2.5 beside its most.
        speed: MB/s of UTF-8, from the strings of the training part to `Sequences`.
        seconds: how long the training took; 0 where there is none.
    """

    name: str
    algorithm: Algorithm | None
    vocabulary: int
    tokens: int
    fertility: float
    low: float
    high: float
    characters: float
    bytes: float
    unknown: float
    coverage: float
    used: float
    efficiency: float
    speed: float
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What `compare_tokenizers` found.

    Attributes:
        rows: one a tokenizer: those without training first.
        verdict: which serves best in the sense of fewest tokens, and how sure that is.
        report: how much text was read, trained on, held out and left out, and how many of its lines were not
            valid UTF-8 and had bytes replaced by U+FFFD.
    """

    rows: tuple[Measured, ...]
    verdict: str
    report: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        """All of it as values that JSON can hold."""
        return {"rows": [asdict(row) for row in self.rows], "verdict": self.verdict, **self.report}


def compare_tokenizers(
    corpus: Any,
    *,
    algorithms: Sequence[Algorithm] = ALGORITHMS,
    vocab_sizes: Sequence[int] = (1_000, 4_000, 16_000),
    byte_fallback: bool = True,
    others: Mapping[str, TextTokenizer] | None = None,
    held_out: float = 0.1,
    limit: int = 8_000_000,
    seed: int = 1,
    threads: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> Comparison:
    """Train subword vocabularies on a part of a text, and measure them and others on the rest.

    >>> lines = [f"line {i} of a text that says little" for i in range(200)]
    >>> found = compare_tokenizers(lines, algorithms=["bpe"], vocab_sizes=[280, 400])
    >>> [row.name for row in found.rows]
    ['rules', 'characters', 'bytes', 'bpe 280', 'bpe 400']

    Args:
        corpus: whatever `firth.read_text` takes, but token lists.
        algorithms, byte_fallback: see `SubwordTokenizer.train`.
        vocab_sizes: each algorithm is trained once for each; one named twice is taken once.
        others: further tokenizers to measure, by names that no other has; rules, characters and bytes always
            are measured.
        held_out: the share of the lines that are measured on, 0.001 to 0.5, evenly spread.
        limit: about how many bytes of the text are read; `report["rest_left_out"]` is 1 if there was more.
            Unigram takes ten times as long to train as the others.
        seed: of the resampling.
        threads: see `firth.read_text`; it changes the speed alone.
        progress: called with the name of each tokenizer before its turn.

    Returns:
        A row a tokenizer. "Best" is the one with the fewest tokens a word; the verdict says so, and which
        others are as good as far as these lines can tell. Zouhar et al. 2023, "Tokenization and the Noiseless
        Channel", found `efficiency` to say more about translation; neither replaces a trial on the task.

    Raises:
        DataError: the text has too few lines to hold some out.
        OptionError: an option is outside its range; nothing is read or trained before all are checked.
    """
    held_out = check_real("held_out", held_out, 0.001, 0.5)
    check_whole("limit", limit, 1, 2**40)
    check_seed(seed)
    check_flag("byte_fallback", byte_fallback)
    recipes = _recipes(algorithms, vocab_sizes, byte_fallback=byte_fallback)
    untrained = _untrained(others, taken=recipes)
    training, measured, report = _parted(corpus, held_out=held_out, limit=limit)
    text = _Text(measured, training, threads=threads)
    found: list[tuple[Measured, NDArray[np.int64]]] = []
    tell: Callable[[str], object] = progress or str  # str: said to nobody
    for name, tokenizer in untrained.items():
        tell(name)
        found.append(text.measure(name, tokenizer))
    for name, recipe in recipes.items():
        tell(name)
        started = time.perf_counter()
        made = SubwordTokenizer.train(
            iter(training),
            algorithm=recipe.algorithm,
            vocab_size=recipe.vocab_size,
            byte_fallback=recipe.byte_fallback,
        )
        seconds = time.perf_counter() - started
        found.append(text.measure(name, made, algorithm=recipe.algorithm, seconds=seconds))
    rows, verdict = _judged(found, text.words, seed=seed)
    return Comparison(rows=rows, verdict=verdict, report=report)


def _recipes(algorithms: Any, vocab_sizes: Any, *, byte_fallback: bool) -> dict[str, Training]:
    """What is trained, each once, by the names of the rows."""
    algorithms, vocab_sizes = (
        check_several("algorithms", algorithms),
        check_several("vocab_sizes", vocab_sizes),
    )
    if algorithms and not vocab_sizes:
        raise OptionError("vocab_sizes names at least one size")
    recipes = [
        Training(algorithm=algorithm, vocab_size=size, byte_fallback=byte_fallback)
        for algorithm in algorithms
        for size in vocab_sizes
    ]
    return {f"{recipe.algorithm} {recipe.vocab_size:,}": recipe for recipe in recipes}


def _untrained(others: Any, *, taken: Mapping[str, Training]) -> dict[str, Any]:
    """What is measured as it is, by the names of the rows.

    Args:
        others: see `compare_tokenizers`.
        taken: names that none of them may have.
    """
    made: dict[str, Any] = {name: kind() for name, kind in _UNTRAINED.items()}
    if others is None:
        return made
    if not isinstance(others, Mapping):
        raise OptionError(f"others is a mapping of names to tokenizers, not {others!r}")
    for name, tokenizer in others.items():
        if not isinstance(name, str):
            raise OptionError(f"the names of others are strings, not {name!r}")
        if name in _UNTRAINED or name in taken:
            raise OptionError(f"{name!r} is measured anyway; give the tokenizer of others another name")
        check_tokenizer(tokenizer)
        made[name] = tokenizer
    return made


def _parted(corpus: Any, *, held_out: float, limit: int) -> tuple[list[str], list[str], dict[str, int]]:
    """The lines to train on and those to measure on, without empty ones, and how many there are."""
    opened = open_source(corpus)
    if isinstance(opened, Lists):
        raise DataError("tokenizers are compared on text, not on token lists: join them, ' '.join(tokens)")
    read = {"lines": 0, "bytes": 0, "invalid_utf8_lines": 0, "rest_left_out": 0}
    blocks = _within(opened.blocks, limit, read)
    lines = [line for line in corpus_lines(blocks, read) if line.strip()]
    # So many lines are held out of the first n: n times the share, without its fraction.
    chosen = np.diff(np.floor(np.arange(len(lines) + 1) * held_out)) > 0
    measured = [line for line, out in zip(lines, chosen, strict=True) if out]
    if len(measured) < _LEAST:
        n = f"{len(lines):,} {'line' if len(lines) == 1 else 'lines'}"
        raise DataError(
            f"{held_out:g} of {n} is too little to measure on: the intervals need {_LEAST} lines, "
            f"so {math.ceil(_LEAST / held_out):,} in all"
        )
    training = [line for line, out in zip(lines, chosen, strict=True) if not out]
    counts = {"training_lines": len(training), "held_out_lines": len(measured)}
    return training, measured, counts | {name: read[name] for name in read if name != "lines"}


def _within(blocks: Iterator[memoryview], limit: int, report: dict[str, int]) -> Iterator[memoryview]:
    """The first blocks, up to the one that reaches the limit; what has more is noted in the report."""
    size = 0
    for block in blocks:
        if size >= limit:
            report["rest_left_out"] = 1
            return
        size += len(block)
        yield block


class _Text:
    """The held-out lines, and what every tokenizer is measured against.

    Attributes:
        lines: the held-out ones.
        training: the others, which say what tokenizers without a vocabulary know, and how fast all are.
        words: int64, how many words each line has.
    """

    def __init__(self, lines: list[str], training: list[str], *, threads: int | None):
        self.lines, self.training = lines, training
        self.words = np.fromiter((len(line.split()) for line in lines), np.int64, len(lines))
        self._characters = sum(map(len, lines))
        self._bytes = sum(len(line.encode()) for line in lines)
        self._threads = threads

    def measure(
        self, name: str, tokenizer: Any, *, algorithm: Algorithm | None = None, seconds: float = 0.0
    ) -> tuple[Measured, NDArray[np.int64]]:
        """The figures of a tokenizer, without those that need the others, and the tokens of each line.

        Args:
            name, tokenizer: what to measure.
            algorithm, seconds: what trained it, and how long that took.
        """
        found = self._read(tokenizer, self.lines)  # compiles what it needs, which is no matter of speed
        started = time.perf_counter()
        learnt = self._read(tokenizer, self.training)
        took = time.perf_counter() - started
        each = np.diff(found.offsets)
        if isinstance(tokenizer, SubwordTokenizer):
            size = len(tokenizer)
            unknown, lost = self._unknown(tokenizer, found)
            used = len(found.vocabulary)
        else:
            known = learnt.vocabulary.keys
            size = len(known)
            new = known.rows(found.vocabulary.keys) < 0
            counts = found.vocabulary.counts[new]
            unknown = int(counts.sum())
            keys = found.vocabulary.keys.take(np.flatnonzero(new))
            lost = sum(len(key) * count for key, count in zip(keys, counts.tolist(), strict=True))
            used = int(np.count_nonzero(~new))
        tokens = int(each.sum())
        return Measured(
            name=name,
            algorithm=algorithm,
            vocabulary=size,
            tokens=tokens,
            fertility=tokens / int(self.words.sum()),
            low=math.nan,
            high=math.nan,
            characters=self._characters / tokens,
            bytes=self._bytes / tokens,
            unknown=unknown / tokens,
            coverage=1 - lost / self._characters,
            used=used / size if size else 0.0,
            efficiency=_efficiency(found.vocabulary.counts, size),
            speed=learnt.report["bytes"] / took / 1e6,
            seconds=seconds,
        ), each

    def _read(self, tokenizer: Any, lines: list[str]) -> Sequences:
        return read_documents(iter(lines), tokenizer=tokenizer, threads=self._threads)

    def _unknown(self, tokenizer: SubwordTokenizer, found: Sequences) -> tuple[int, int]:
        """How many tokens are unknown, and how many characters stand in these."""
        if tokenizer.special.unknown is None:
            return 0, 0
        row = found.vocabulary.keys.row(tokenizer.keys[tokenizer.special.unknown])
        if row < 0:
            return 0, 0
        tokens, lost = np.flatnonzero(found.tokens == row), 0
        lines = np.unique(np.searchsorted(found.offsets, tokens, side="right") - 1)
        for one in tokenizer.encode_batch([self.lines[i] for i in lines.tolist()]):
            if one.ids is not None:
                spans = one.spans[one.ids == tokenizer.special.unknown]
                lost += int((spans[:, 1] - spans[:, 0]).sum())
        return tokens.size, lost


def _efficiency(counts: NDArray[np.int64], size: int) -> float:
    """Rényi's entropy of order 2.5 of the tokens, beside that of `size` tokens used equally often.

    Zouhar et al. 2023, "Tokenization and the Noiseless Channel", equation 13.
    """
    if size < 2:
        return math.nan
    shares = counts / counts.sum()
    entropy = math.log(float((shares**_ALPHA).sum())) / (1 - _ALPHA)
    return entropy / math.log(max(size, counts.size))


def _judged(
    found: list[tuple[Measured, NDArray[np.int64]]], words: NDArray[np.int64], *, seed: int
) -> tuple[tuple[Measured, ...], str]:
    """The rows with their intervals, and which of those that know every token takes the fewest."""
    drawn = _resampled(np.stack([each for _, each in found]), words, seed=seed)
    tail = (100 - _LEVEL) / 2
    low, high = np.percentile(drawn, [tail, 100 - tail], axis=1)
    rows = tuple(replace(row, low=float(low[i]), high=float(high[i])) for i, (row, _) in enumerate(found))
    able = [i for i, row in enumerate(rows) if row.coverage == 1]
    if not able:
        return rows, "Each of them meets text that it does not know; none serves best."
    best = min(able, key=lambda i: rows[i].fertility)
    equal = [
        rows[i].name
        for i in able
        if i != best and np.percentile(drawn[i] - drawn[best], tail) <= 0  # paired: the same lines are drawn
    ]
    chosen = rows[best]
    also = f"; on these lines {' and '.join(equal)} cannot be told from it" if equal else ""
    return rows, (
        f"{chosen.name} takes the fewest tokens a word, {chosen.fertility:.3f} ({chosen.low:.3f} to "
        f"{chosen.high:.3f}), of those that know all of the text{also}. Fewest tokens is all that best means "
        f"here: sequences are shorter, but a table of {chosen.vocabulary:,} vectors has to be learnt."
    )


def _resampled(tokens: NDArray[np.int64], words: NDArray[np.int64], *, seed: int) -> Floats:
    """Tokens a word of each tokenizer, (tokenizers, resamples), when the lines are drawn anew.

    The bootstrap of Efron and Tibshirani 1993, "An Introduction to the Bootstrap"; all tokenizers are
    measured on the same lines of a resample, so that their differences are told apart from those of lines.
    """
    random = np.random.default_rng(seed)
    drawn = np.empty((len(tokens), _RESAMPLES))
    for k in range(_RESAMPLES):
        times = np.bincount(random.integers(0, words.size, words.size), minlength=words.size)
        drawn[:, k] = (tokens @ times) / (words @ times)
    return drawn
