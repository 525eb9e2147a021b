"""`SubwordTokenizer`: frequent words in one token, rare ones in several, and nothing unknown.

The algorithms are byte pair encoding (Sennrich, Haddow and Birch 2016, "Neural Machine Translation of Rare
Words with Subword Units"), WordPiece (Schuster and Nakajima 2012, "Japanese and Korean Voice Search") and
Unigram (Kudo 2018, "Subword Regularization"), all of the package `tokenizers` of Hugging Face. What is here
around it: text that spells a special token stays text, what is left out is counted, damage is an error with a
name, and lines become ids without a Python object a token.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firth.data.ids import Strings
from firth.data.vocabulary import Vocabulary
from firth.errors import DataError, FormatError, OptionError
from firth.extras import require
from firth.options import check_whole
from firth.tokenize.encoder import Encoder, Reading, check_unicode
from firth.tokenize.normalize import TextNormalizer, check_text
from firth.tokenize.padded import Padded, pad
from firth.tokenize.special import Special
from firth.tokenize.steps import drops_letters
from firth.tokenize.tokens import Tokens, check_texts
from firth.tokenize.training import Algorithm, Training, train

__all__ = ["SubwordTokenizer"]


class SubwordTokenizer:
    """Cuts text into the pieces of a vocabulary; made by `train` or `load`.

    >>> texts = ["low lower lowest", "new newer newest"] * 50
    >>> tokenizer = SubwordTokenizer.train(texts, vocab_size=300, special_tokens=("<s>", "</s>"))
    >>> tokenizer.encode("newest lows").texts
    ['ne', 'west', 'Ġlo', 'w', 's']
    >>> tokenizer.decode(tokenizer.encode("Grzegorz Brzęczyszczkiewicz 👩‍🚀"))
    'Grzegorz Brzęczyszczkiewicz 👩\u200d🚀'

    Args:
        tokenizer: a `tokenizers.Tokenizer`, of which a copy is taken. Its own settings of truncation and
            padding are left out: here a text is cut or filled up only where that is asked for.
        report: how the vocabulary came about, counts by name.

    Attributes:
        special: the special tokens and what they are for.
        report: as given.
        is_lossless: whether decode(encode(text)) is the text itself for every text. So it is for vocabularies
            with byte fallback and without a normaliser.

    Raises:
        DataError: the parts of the tokenizer do not fit together.
    """

    def __init__(self, tokenizer: Any, *, report: Mapping[str, Any] | None = None):
        package = require("tokenizers", extra="text")
        if not isinstance(tokenizer, package.Tokenizer):
            raise DataError(
                "a SubwordTokenizer is made by train or load, or of a tokenizers.Tokenizer, "
                f"not of {type(tokenizer).__name__}"
            )
        self._encoder = Encoder(tokenizer)
        self.special: Special = self._encoder.special
        self.report = dict(report or {})
        self.is_lossless = self._encoder.restores and self._encoder.plain.normalizer is None

    @classmethod
    def train(
        cls,
        corpus: Any,
        *,
        algorithm: Algorithm = "bpe",
        vocab_size: int = 32_000,
        byte_fallback: bool = True,
        special_tokens: tuple[str, ...] = ("<pad>", "<unk>", "<s>", "</s>", "<mask>"),
        normalizer: TextNormalizer | None = None,
        min_frequency: int | None = None,
        max_token_length: int | None = None,
    ) -> SubwordTokenizer:
        """Learn a vocabulary from text.

        With byte fallback, the same text gives the same vocabulary each time. Without, letters and pieces
        that are equally frequent come in an order that changes, and with it the vocabulary may.
        Special tokens that the text spells are no pieces: they are left out of what was learnt. Words are
        cut every 1,000 letters, for training alone, so that its time grows with the text.

        Args:
            corpus: whatever `firth.read_text` takes, but token lists: paths, globs, strings.
            algorithm: "bpe" joins the most frequent pair of pieces again and again, and cuts a word by the
                same joins in the same order. "wordpiece" learns its pieces likewise, and cuts off the longest
                piece of the vocabulary each time. "unigram" begins with many pieces, takes away those that
                the text can best do without, and cuts a word in the most probable way.
            vocab_size: how many tokens there are at most, special ones included. A short text gives fewer.
            byte_fallback: text is written as bytes, each of which has a token, so that nothing is unknown.
                Without, letters are those of the text, and what has no token becomes `<unk>`.
            special_tokens: tokens that stand for no text; they get the last ids. `[CLS]` and `[SEP]`, or else
                `<s>` and `</s>`, stand around a text where `ends` is asked for.
            normalizer: steps before all others. They are written into the file in the terms of the package
                tokenizers: its lower case knows no final sigma, and all text that loses accents is composed.
            min_frequency: pairs seen less often make no token, 2 if not given; not for unigram.
            max_token_length: letters of a token, which are bytes with byte_fallback; not for wordpiece. If
                not given, unigram takes 16 and bpe has no limit.

        The package uses a thread a core; its variable RAYON_NUM_THREADS says otherwise.

        Raises:
            DataError: the corpus holds no text, or too little.
            FormatError: a compressed file is damaged, or text is UTF-16.
            MissingExtraError: the package tokenizers is not installed.
            OptionError: an option is outside its range.
        """
        recipe = Training(
            algorithm=algorithm,
            vocab_size=vocab_size,
            byte_fallback=byte_fallback,
            special_tokens=special_tokens,
            normalizer=normalizer,
            min_frequency=min_frequency,
            max_token_length=max_token_length,
        )
        made, report = train(corpus, recipe)
        return cls(made, report=report)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, lowercase: bool | None = None) -> SubwordTokenizer:
        """Read a tokenizer from `tokenizer.json`, `vocab.json` with `merges.txt`, or `vocab.txt`.

        Args:
            path: the file, or the folder of a model that holds one.
            lowercase: for `vocab.txt`, see `firth.formats.tokenizer_files.open_tokenizer`.

        Settings of the file that are not taken are in `report`; so is `drops_unknown`, True where a letter
        that the vocabulary lacks leaves no token at all, not even an unknown one.

        Raises:
            DataError: a folder holds no tokenizer.
            FormatError: a file is damaged, or is something else.
            OptionError: `lowercase` is no flag, or the file is no `vocab.txt`.
            MissingExtraError: the package tokenizers is not installed.
            OSError: a file cannot be read.
        """
        from firth.formats.tokenizer_files import open_tokenizer

        made = open_tokenizer(path, lowercase=lowercase)
        report: dict[str, Any] = {"file": os.fspath(path)}
        if made.truncation is not None:
            report["truncation_not_taken"] = made.truncation["max_length"]
        if made.padding is not None:
            report["padding_not_taken"] = made.padding["length"] or "longest"
        if drops_letters(made):
            report["drops_unknown"] = True
        try:
            return cls(made, report=report)
        except DataError as error:
            raise FormatError(str(error), path=path) from None

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write `tokenizer.json`, which the package tokenizers and all that build on it read.

        Raises:
            ExistsError: the file is there and `force` is not set.
        """
        from firth.formats.tokenizer_json import write_tokenizer

        write_tokenizer(self._encoder.plain, path, force=force)

    def __len__(self) -> int:
        return len(self.keys)

    def __repr__(self) -> str:
        return f"SubwordTokenizer({self.algorithm}, {len(self):,} tokens)"

    @property
    def algorithm(self) -> str:
        """ "bpe", "wordpiece", "unigram", or "wordlevel" in a file of another program."""
        return type(self._encoder.plain.model).__name__.lower()

    @cached_property
    def keys(self) -> Strings:
        """The tokens in the order of their ids, as the file spells them: byte letters, "##" and all.

        An id without a token, or with that of another one, which some files have, gets a name of its own.
        """
        plain = self._encoder.plain
        names: dict[str, int] = {}
        for i in range(max(plain.get_vocab(with_added_tokens=True).values()) + 1):
            name = plain.id_to_token(i)
            names[_name_of_hole(i, names) if name is None or name in names else name] = i
        return Strings.of(names)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """`keys` with zero counts, for `Sequences.over`: tokens then have the ids of this tokenizer."""
        return Vocabulary(self.keys, np.zeros(len(self.keys), np.int64))

    def normalized(self, text: str) -> str:
        """The text as decode(encode(text)) gives it back.

        It is the text after the normaliser where text is written as bytes. Elsewhere white space may become
        one space and what is unknown `<unk>`, as the file says.
        """
        if not self._encoder.restores:
            return self.decode(self.encode(text))
        steps = self._encoder.plain.normalizer
        check_unicode([check_text(text)])
        return str(text if steps is None else steps.normalize_str(text))

    # --- text to tokens -------------------------------------------------------------------------------------

    def encode(
        self, text: str, *, ends: bool = False, max_length: int | None = None, parse_special: bool = False
    ) -> Tokens:
        """Cut a text into tokens.

        Args:
            text: any characters but lone surrogates.
            ends: whether to put the tokens around it that begin and end a text.
            max_length: how many tokens there are at most, ends included; those left out are counted in `cut`.
            parse_special: whether "<s>" in the text means the special token. If not, it is text like any
                other, so that nobody can give orders by writing it.

        Returns:
            The tokens; texts are spelt as in the vocabulary, spans are of the text as given. A character that
            is cut into several tokens of bytes is the span of each.

        Raises:
            DataError: the text is not a string or holds a lone surrogate; or it spells a special token that
                this vocabulary cannot write as text.
            OptionError: max_length leaves no room for the ends.
        """
        room = self._room(max_length, ends=ends)
        (encoding,) = self._encoder.encodings(
            [check_text(text)], first=None, parse_special=parse_special, threads=1
        )
        return self._tokens(encoding, room, ends=ends)

    def encode_batch(
        self,
        texts: Iterable[str],
        *,
        ends: bool = False,
        max_length: int | None = None,
        parse_special: bool = False,
        threads: int | None = None,
    ) -> list[Tokens]:
        """Cut several texts into tokens, in their order; see `encode`.

        Args:
            texts, ends, max_length, parse_special: see `encode`.
            threads: how many work at a time; None leaves it to the package tokenizers, which takes a thread a
                core unless TOKENIZERS_PARALLELISM or RAYON_NUM_THREADS says otherwise. The result does not
                depend on it.
        """
        room = self._room(max_length, ends=ends)
        encodings = self._encoder.encodings(
            check_texts(texts), first=0, parse_special=parse_special, threads=threads
        )
        return [self._tokens(encoding, room, ends=ends) for encoding in encodings]

    def encode_padded(
        self,
        texts: Iterable[str],
        *,
        ends: bool = True,
        max_length: int | None = None,
        parse_special: bool = False,
        padding: int | None = None,
        threads: int | None = None,
    ) -> Padded:
        """The ids of several texts as one array, filled up to the longest; see `encode_batch`.

        Args:
            texts, ends, max_length, parse_special, threads: see `encode_batch`.
            padding: the id to fill up with; None takes that of the token for it, such as `<pad>`.

        Raises:
            DataError: see `encode`.
            OptionError: the vocabulary has no token to fill up with, and no id is given.
        """
        if padding is None:
            padding = self.special.padding
        if padding is None:
            raise OptionError(
                "this vocabulary has no token to fill up with, such as <pad>; give padding=0 or another id"
            )
        check_whole("padding", padding, 0, len(self) - 1)
        room = self._room(max_length, ends=ends)
        encodings = self._encoder.encodings(
            check_texts(texts), first=0, parse_special=parse_special, threads=threads
        )
        rows, cut = [], []
        for encoding in encodings:
            ids = np.array(encoding.ids, np.int32)
            kept = ids if room is None else ids[:room]
            rows.append(np.concatenate([self.special.start, kept, self.special.end]) if ends else kept)
            cut.append(ids.size - kept.size)
        return pad(rows, cut, padding=padding, unknown=self.special.unknown)

    def encode_lines(self, lines: Iterable[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The ids of the tokens of many lines, without ends; for large texts, and for `firth.read_text`.

        Most vocabularies cut a text at its spaces. Then each different word is given to the package once, and
        met again, it is looked up.

        Returns:
            ids: int32, flat, those of all lines one after the other.
            lengths: int64, (lines,), how many each line has.

        Raises:
            DataError: see `encode`.
        """
        return self._encoder.encode_lines(check_texts(lines))

    def for_reading(self) -> Reading:
        """What `firth.read_text` reads one source with; it counts what is unknown."""
        return Reading(self._encoder, self.keys)

    # --- and back -------------------------------------------------------------------------------------------

    def decode(self, tokens: Tokens | ArrayLike, *, special: bool = False) -> str:
        """The text that tokens stand for.

        Args:
            tokens: `Tokens`, or ids alone.
            special: whether special tokens are written out; the unknown one always is. Others are left out.

        Returns:
            The text. Bytes that make no character, as when tokens are cut in its middle, are U+FFFD.

        Raises:
            DataError: an id is not in the vocabulary.
        """
        try:
            ids = np.asarray(tokens.ids if isinstance(tokens, Tokens) else tokens)
        except ValueError:  # rows of different lengths
            raise DataError("tokens are those of one text here: ids in one dimension; decode each") from None
        if (ids.size or ids.ndim != 1) and (ids.dtype.kind not in "iu" or ids.ndim != 1):
            raise DataError("tokens have ids here, one-dimensional whole numbers; these have none")
        if ids.size and not 0 <= ids.min() <= ids.max() < len(self):
            bad = ids[(ids < 0) | (ids >= len(self))][0]
            raise DataError(
                f"the id {bad} is not in the vocabulary, whose ids go from 0 to {len(self) - 1:,}"
            )
        kept = ids.tolist()
        if not special:
            kept = [i for i in kept if i not in self._encoder.unspoken]
        return self._encoder.decode(kept)

    # --- within ---------------------------------------------------------------------------------------------

    def _room(self, max_length: int | None, *, ends: bool) -> int | None:
        """How many tokens of the text itself there is room for; None for all."""
        if max_length is None:
            return None
        taken = self.special.start.size + self.special.end.size if ends else 0
        return check_whole("max_length", max_length, taken, 2**31 - 1) - taken

    def _tokens(self, encoding: Any, room: int | None, *, ends: bool) -> Tokens:
        """What the package found, cut to what there is room for, with ends."""
        ids = np.array(encoding.ids[:room], np.int32)
        spans = np.array(encoding.offsets[:room], np.int64).reshape(-1, 2)
        cut = len(encoding.ids) - ids.size
        if ends:
            start, end = self.special.start, self.special.end
            last = spans[-1, 1] if len(spans) else 0
            spans = np.concatenate([np.zeros((start.size, 2), np.int64), spans, np.full((end.size, 2), last)])
            ids = np.concatenate([start, ids, end])
        return Tokens([self._names[i] for i in ids.tolist()], spans, ids, cut)

    @cached_property
    def _names(self) -> list[str]:
        """`keys` as Python strings."""
        return list(self.keys)


def _name_of_hole(i: int, taken: Mapping[str, int]) -> str:
    """A name for an id without a token, which no token before it has, nor is likely to have behind it."""
    name = f"<hole {i}>"
    while name in taken:
        name += "'"
    return name
