"""Subword vocabularies from text: the three algorithms, each with the steps around it that it needs.

With byte fallback, text is written in an alphabet of 256 letters, one a byte of its UTF-8 (Radford et al.
2019, "Language Models are Unsupervised Multitask Learners", section 2.2), and all 256 are in the vocabulary.
Then nothing is unknown and every text comes back as it was, whatever the algorithm. Without it, the letters
are those of the text: what is too rare for the vocabulary becomes the unknown token.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any, Literal

from firth.data.sources import Lists, open_source
from firth.data.textlines import lines_of
from firth.errors import DataError, OptionError
from firth.extras import require
from firth.formats.tokenizer_json import panics_raise
from firth.options import check_flag, check_whole
from firth.tokenize.normalize import TextNormalizer
from firth.tokenize.reserved import without_special
from firth.tokenize.special import ROLES, check_special, frame_of
from firth.tokenize.steps import LONGEST, UNIGRAM_SPLIT

__all__ = ["ALGORITHMS", "Algorithm", "Training", "corpus_lines", "train"]

Algorithm = Literal["bpe", "wordpiece", "unigram"]
ALGORITHMS: tuple[Algorithm, ...] = ("bpe", "wordpiece", "unigram")

_BYTES = 256
_LINES = 1_000  # given to the trainer at a time
_LONGEST_PIECE = 16  # of Unigram, unless said otherwise: its first candidates are all pieces up to here
_LONGEST_WORD = 1_000  # letters of a word in training, whose time grows with the square of this
_MIN_FREQUENCY = 2
_ALPHABET_SHARE = 4  # a quarter of the vocabulary at most is letters; WordPiece needs most of them twice


@dataclass(frozen=True, kw_only=True)
class Training:
    """How a subword vocabulary is trained; the fields are those of `SubwordTokenizer.train`.

    Raises:
        OptionError: a field is outside its range, or does not go with another.
    """

    algorithm: Algorithm = "bpe"
    vocab_size: int = 32_000
    byte_fallback: bool = True
    special_tokens: tuple[str, ...] = ("<pad>", "<unk>", "<s>", "</s>", "<mask>")
    normalizer: TextNormalizer | None = None
    min_frequency: int | None = None
    max_token_length: int | None = None

    def __post_init__(self) -> None:
        if self.algorithm not in ALGORITHMS:
            raise OptionError(f"algorithm is one of {', '.join(ALGORITHMS)}, not {self.algorithm!r}")
        check_flag("byte_fallback", self.byte_fallback)
        object.__setattr__(self, "special_tokens", check_special(self.special_tokens))
        if self.normalizer is not None and not isinstance(self.normalizer, TextNormalizer):
            raise OptionError(f"normalizer is a TextNormalizer or None, not {type(self.normalizer).__name__}")
        least = len(self.special_tokens) + (_BYTES if self.byte_fallback else 1)
        check_whole("vocab_size", self.vocab_size, least, 2**24)
        if self.max_token_length is not None:
            check_whole("max_token_length", self.max_token_length, 1, LONGEST)
            if self.algorithm == "wordpiece":
                raise OptionError(
                    "the trainer of wordpiece has no max_token_length; leave it out, or take bpe"
                )
        if self.min_frequency is not None:
            check_whole("min_frequency", self.min_frequency, 1, 2**31 - 1)
            if self.algorithm == "unigram":
                raise OptionError("unigram scores its pieces and has no min_frequency; leave it out")
        if not self.byte_fallback and self.unknown is None:
            raise OptionError(
                f"without byte_fallback some text is unknown: add {ROLES['unknown'][0]!r} to special_tokens"
            )

    @property
    def unknown(self) -> str | None:
        """The special token that stands for what is unknown, if one does."""
        return next((token for token in self.special_tokens if token in ROLES["unknown"]), None)


def train(corpus: Any, recipe: Training) -> tuple[Any, dict[str, Any]]:
    """Train on whatever `firth.read_text` takes, but token lists.

    Returns:
        The `tokenizers.Tokenizer`, and the report: how many lines and bytes were read, and how many of these
        lines were not valid UTF-8 and had bytes replaced by U+FFFD.

    Raises:
        DataError: the corpus holds no text, too little for Unigram, or more letters than it has room for.
        FormatError: a compressed file is damaged, or text is UTF-16.
        MissingExtraError: the package tokenizers is not installed.
    """
    tokenizers = require("tokenizers", extra="text")
    opened = open_source(corpus)
    if isinstance(opened, Lists):
        raise DataError(
            "a subword vocabulary is trained on text, not on token lists: join them, ' '.join(tokens)"
        )
    made = tokenizers.Tokenizer(_model(tokenizers.models, recipe))
    _set_steps(tokenizers, made, recipe)
    splits = tokenizers.pre_tokenizers
    steps = made.pre_tokenizer
    made.pre_tokenizer = splits.Sequence([steps, splits.FixedLength(_LONGEST_WORD)])
    report = {"lines": 0, "bytes": 0, "invalid_utf8_lines": 0}
    with panics_raise(), _errors_explained():
        lines = _in_batches(corpus_lines(opened.blocks, report))
        made.train_from_iterator(lines, _trainer(tokenizers, recipe))
    made.pre_tokenizer = steps
    if not report["bytes"] or not report["lines"]:
        raise DataError("the corpus holds no text to train on")
    if recipe.algorithm == "unigram":
        made.model = _settled(tokenizers.models, made.model, recipe.special_tokens)
    else:
        made.model = without_special(tokenizers.models, made.model, recipe.special_tokens)
    _add_special(tokenizers, made, recipe)
    return made, report | {"vocabulary": made.get_vocab_size(with_added_tokens=True)}


@contextmanager
def _errors_explained() -> Iterator[None]:
    """Within, what the package itself says about a corpus becomes a DataError."""
    try:
        yield
    except Exception as error:
        if type(error) is not Exception:  # reading failed: the package raises Exception and no other
            raise
        if "contain all chars" not in str(error):
            raise DataError(f"the trainer gave up: {error}") from None
        raise DataError(
            "the corpus has more different letters than vocab_size has room for; raise it, "
            "or take byte_fallback=True"
        ) from None


def corpus_lines(blocks: Iterator[memoryview], report: dict[str, int]) -> Iterator[str]:
    """The lines of the blocks that hold something; bytes and lines are counted in the report. A line that
    goes on in the next block makes two, so that a text without newlines takes no more memory than others."""
    for block in blocks:
        report["bytes"] += len(block)
        lines = [line for line in lines_of(block, report) if line]
        report["lines"] += len(lines)
        yield from lines


def _in_batches(lines: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(lines, _LINES)):
        yield batch


# --- the parts of a tokenizer -------------------------------------------------------------------------------


def _model(models: Any, recipe: Training) -> Any:
    unknown = None if recipe.byte_fallback else recipe.unknown
    if recipe.algorithm == "bpe":
        return models.BPE(unk_token=unknown)
    if recipe.algorithm == "unigram":
        return models.Unigram()
    if recipe.byte_fallback:
        # No "##": the letter of the space says where a word begins, and each byte needs one form only.
        return models.WordPiece(continuing_subword_prefix="", max_input_chars_per_word=LONGEST)
    return models.WordPiece(unk_token=unknown, max_input_chars_per_word=LONGEST)


def _set_steps(tokenizers: Any, made: Any, recipe: Training) -> None:
    """What happens before and after the model."""
    split, decoders = tokenizers.pre_tokenizers, tokenizers.decoders
    made.normalizer = _normalizer(tokenizers, recipe.normalizer)
    if not recipe.byte_fallback:
        if recipe.algorithm == "wordpiece":
            made.pre_tokenizer = split.BertPreTokenizer()
            made.decoder = decoders.WordPiece(cleanup=False)
        else:
            made.pre_tokenizer = split.Metaspace(prepend_scheme="never")
            made.decoder = decoders.Metaspace(prepend_scheme="never")
        return
    made.decoder = decoders.ByteLevel()
    if recipe.algorithm == "bpe":
        made.pre_tokenizer = split.ByteLevel(add_prefix_space=False)
    elif recipe.algorithm == "wordpiece":
        # Pieces of a longer word are words of their own, so that time stays linear and nothing is given up.
        steps = [split.ByteLevel(add_prefix_space=False), split.FixedLength(LONGEST)]
        made.pre_tokenizer = split.Sequence(steps)
    else:
        # The trainer takes its first candidates from what different words have in common, each word counted
        # once. Were words cut from their punctuation, a frequent one would be a single word and no candidate:
        # that cost 13 % more tokens on Wikipedia.
        words = split.Split(tokenizers.Regex(UNIGRAM_SPLIT), "isolated")
        steps = [words, split.ByteLevel(add_prefix_space=False, use_regex=False)]
        made.pre_tokenizer = split.Sequence(steps)


def _trainer(tokenizers: Any, recipe: Training) -> Any:
    """The trainer; the vocabulary that it makes leaves room for the special tokens, which are added later."""
    trainers = tokenizers.trainers
    first = [recipe.unknown] if not recipe.byte_fallback else []
    more: dict[str, Any] = {
        "vocab_size": recipe.vocab_size - len(recipe.special_tokens) + len(first),
        "special_tokens": first,
        "initial_alphabet": sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
        if recipe.byte_fallback
        else [],
        "show_progress": False,
    }
    if recipe.algorithm == "unigram":
        longest = recipe.max_token_length or _LONGEST_PIECE
        unknown = None if recipe.byte_fallback else recipe.unknown
        return trainers.UnigramTrainer(**more, unk_token=unknown, max_piece_length=longest)
    more["min_frequency"] = recipe.min_frequency or _MIN_FREQUENCY
    if not recipe.byte_fallback:  # rare letters are unknown, lest they take the place of words
        more["limit_alphabet"] = max(1, more["vocab_size"] // _ALPHABET_SHARE)
    if recipe.algorithm == "bpe":
        return trainers.BpeTrainer(**more, max_token_length=recipe.max_token_length)
    prefix = "" if recipe.byte_fallback else "##"
    return trainers.WordPieceTrainer(**more, continuing_subword_prefix=prefix)


def _settled(models: Any, unigram: Any, special: Collection[str]) -> Any:
    """The same model without special tokens among its pieces, and with scores that are the same each time.

    Pieces come in the order of their scores, equal ones by their spelling.

    The trainer adds numbers in an order that is another each time, which shows in the last digits; and it
    gives the letters that it did not choose the lowest score, a ten thousandth more for each, in any order.
    """
    state = json.loads(unigram.__getstate__())
    first = [] if state["unk_id"] is None else [state["vocab"].pop(state["unk_id"])]
    pieces = [pair for pair in state["vocab"] if pair[0] not in special]
    if not pieces or any(score is None for _, score in pieces):
        raise DataError("the corpus holds too little text for unigram to score its pieces; give more of it")
    lowest = min(score for _, score in pieces)
    letters = sum(len(piece) == 1 for piece, _ in pieces)

    def settled(piece: str, score: float) -> tuple[str, float]:
        steps = (score - lowest) / 1e-4
        left_over = len(piece) == 1 and abs(steps - round(steps)) < 0.01 and steps < letters
        return piece, round(lowest if left_over else score, 6)

    kept = sorted((settled(*pair) for pair in pieces), key=lambda pair: (-pair[1], pair[0]))
    return models.Unigram(vocab=[*map(tuple, first), *kept], unk_id=0 if first else None)


def _add_special(tokenizers: Any, made: Any, recipe: Training) -> None:
    """Give the special tokens the last ids, and put those around a text that begin and end it.

    They are no part of the model, which therefore cannot make one of them from any text.
    """
    made.add_special_tokens(
        [tokenizers.AddedToken(token, normalized=False) for token in recipe.special_tokens]
    )
    start, end = frame_of(recipe.special_tokens)
    if end is not None:
        frame = [token for token in (start, end) if token is not None]
        made.post_processor = tokenizers.processors.TemplateProcessing(
            single=" ".join([*([start] if start else []), "$A", end]),
            special_tokens=[(token, made.token_to_id(token)) for token in frame],
        )


def _normalizer(tokenizers: Any, steps: TextNormalizer | None) -> Any:
    """The same steps in the terms of tokenizers, so that the file says them; None where nothing changes."""
    if steps is None or steps.changes_nothing:
        return None
    names = tokenizers.normalizers
    form = [getattr(names, steps.form)()] if steps.form else []
    made = [*form, *([names.Lowercase(), *form] if steps.lowercase else [])]
    if steps.accents == "strip":
        made += [names.NFD(), names.Replace(tokenizers.Regex(_accents()), "")]
        made += [names.NFC()] if steps.form not in ("NFD", "NFKD") else []
    return names.Sequence(made)


@cache
def _accents() -> str:
    """A class of all marks beside, above and below letters, as `TextNormalizer` takes them off."""
    marks = [c for c in map(chr, range(0x300, 0x20000)) if 200 <= unicodedata.combining(c) <= 240]
    return f"[{''.join(marks)}]"
