"""Chess positions as tokens: 64 squares, then who is to move, castling, en passant and the clocks.

Every position has the same 74 tokens in the same places, over the 58 keys of `CHESS_KEYS`:

    0–63   the squares a8 to h8, a7 to h7, …, a1 to h1: "P", "n", … or "."
    64     "side=w" or "side=b"
    65     "castling=KQkq", …, "castling=-"
    66     "passant=e3", …, "passant=-"
    67–69  the half-move clock, three digits: "0", "1", "2"
    70–73  the number of the move, four digits
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.sequences import Sequences
from firth.errors import DataError
from firth.tokenize.codes import sequences_over, several
from firth.tokenize.fen import Position, read_fen

__all__ = ["CHESS_KEYS", "SQUARES", "ChessTokens", "chess_fen", "chess_sequences", "chess_tokens"]

SQUARES = tuple(f"{column}{row}" for row in range(8, 0, -1) for column in "abcdefgh")

_RIGHTS = ["".join(c for c in each if c) or "-" for each in itertools.product(*(("", c) for c in "KQkq"))]
CHESS_KEYS: tuple[str, ...] = (
    *".PNBRQKpnbrqk",
    *(f"side={side}" for side in "wb"),
    *(f"castling={rights}" for rights in _RIGHTS),
    *(f"passant={square}" for square in ("-", *(f"{c}{r}" for r in "36" for c in "abcdefgh"))),
    *"0123456789",
)
_ROW = {key: row for row, key in enumerate(CHESS_KEYS)}
_TOKENS = 74
_BLOCK = 1 << 16  # positions that are held as Python strings at a time


@dataclass(frozen=True, kw_only=True, eq=False)
class ChessTokens:
    """The 74 tokens of a position.

    Attributes:
        texts: what they say, such as "r" or "castling=Kq".
        ids: int32, (74,): their rows in `CHESS_KEYS`.
    """

    texts: tuple[str, ...]
    ids: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def board(self) -> NDArray[np.int32]:
        """The ids of the squares, int32, (8, 8), a8 in the corner [0, 0]."""
        return self.ids[:64].reshape(8, 8)


def chess_tokens(fen: str) -> ChessTokens:
    """The tokens of a position in FEN.

    Raises:
        DataError: it is no FEN or no legal position; the message says what is wrong.

    >>> start = chess_tokens("rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1")
    >>> start.texts[56:67]
    ('R', 'N', 'B', 'Q', 'K', 'B', 'N', 'R', 'side=w', 'castling=KQkq', 'passant=-')
    >>> chess_fen(start)
    'rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1'
    """
    texts = _texts(fen)
    return ChessTokens(texts=tuple(texts), ids=np.array([_ROW[text] for text in texts], np.int32))


def chess_fen(tokens: ChessTokens | Iterable[str] | Iterable[int] | NDArray[Any]) -> str:
    """The way back: the position in FEN, exactly as it was.

    Args:
        tokens: what `chess_tokens` gives, or the texts or the ids alone.

    Raises:
        DataError: they are not 74, neither texts nor ids, stand in other places, or are no legal position.
    """
    if isinstance(tokens, ChessTokens):
        tokens = tokens.texts
    elif isinstance(tokens, np.ndarray):
        tokens = tokens.reshape(-1)
    texts = [_text(token) for token in several(tokens, "chess tokens")]
    if len(texts) != _TOKENS:
        raise DataError(f"a position has {_TOKENS} tokens, not {len(texts)}")
    squares, fields = texts[:64], texts[64:67]
    for place, token in enumerate(squares):
        if token not in CHESS_KEYS[:13]:
            raise DataError(f"token {place}, of square {SQUARES[place]}, is no piece: {token!r}")
    for place, (token, name) in enumerate(zip(fields, ("side", "castling", "passant"), strict=True), 64):
        if not token.startswith(f"{name}=") or token not in _ROW:
            raise DataError(f"token {place} says the {name}; it is {token!r}")
    for place, token in enumerate(texts[67:], 67):
        if len(token) != 1 or token not in "0123456789":
            raise DataError(f"token {place} is a digit of a clock; it is {token!r}")
    side, castling, passant = (field.partition("=")[2] for field in fields)
    fen = Position(
        squares="".join(squares),
        side=side,
        castling=castling,
        en_passant=passant,
        half_moves=int("".join(texts[67:70])),
        move=int("".join(texts[70:])),
    ).fen()
    read_fen(fen)  # says what is wrong with tokens that are no position
    return fen


def chess_sequences(fens: Iterable[str], *, squares: bool = False, ids: Any = None) -> Sequences:
    """Many positions as Sequences of 74 tokens each.

    Args:
        fens: positions in FEN.
        squares: whether the tokens of pieces say their square, such as "P@e4"; empty squares are left out
            then, and only the pieces and the three fields after them remain, so that learners over windows
            see which pieces stand where together.
        ids: unique strings or whole numbers, if the sequences are documents.

    Raises:
        DataError: there is no position, one is not legal (the message says which), or `fens` is one alone.
    """
    keys = CHESS_KEYS if not squares else _placed_keys()
    row = {key: i for i, key in enumerate(keys)}
    parts: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    sizes, codes = [0], list[int]()
    for i, fen in enumerate(several(fens, "positions")):
        try:
            texts = _texts(fen)
        except DataError as error:
            raise DataError(f"position {i}: {error}") from error
        if squares:
            named = zip(texts, SQUARES, strict=False)
            texts = [f"{piece}@{square}" for piece, square in named if piece != "."] + texts[64:67]
        codes += [row[text] for text in texts]
        sizes.append(len(texts))
        if len(codes) > _BLOCK:
            parts.append(np.array(codes))
            codes = []
    parts.append(np.array(codes, np.int64))
    return sequences_over(np.concatenate(parts), np.cumsum(sizes, dtype=np.int64), keys, ids=ids)


def _text(token: Any) -> str:
    """What a token says that is given as its text or its id."""
    if isinstance(token, str):
        return token
    if isinstance(token, bool) or not isinstance(token, (int, np.integer)):
        raise DataError(f"chess tokens are texts or whole numbers, not {type(token).__name__}")
    if not 0 <= token < len(CHESS_KEYS):
        raise DataError(f"ids of chess tokens are 0 to {len(CHESS_KEYS) - 1}; one is {token}")
    return CHESS_KEYS[token]


def _texts(fen: str) -> list[str]:
    """The 74 tokens of a position."""
    position = read_fen(fen)
    return [
        *position.squares,
        f"side={position.side}",
        f"castling={position.castling}",
        f"passant={position.en_passant}",
        *f"{position.half_moves:03}",
        *f"{position.move:04}",
    ]


def _placed_keys() -> tuple[str, ...]:
    pieces = (f"{piece}@{square}" for piece in CHESS_KEYS[1:13] for square in SQUARES)
    return (*pieces, *CHESS_KEYS[13:48])
