"""A chess position in FEN (Forsyth–Edwards Notation), read strictly: what is not a legal position is refused.

Edwards 1994, "Standard: Portable Game Notation Specification and Implementation Guide", section 16.1. Checked
are the spelling, so that the way back gives the same string, and that the position can occur: kings, pawns,
castling rights, en passant, and that the side that has just moved is not in check. That there is a game that
leads to it is not shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from firth.errors import DataError

__all__ = ["MOST_HALF_MOVES", "MOST_MOVES", "Position", "read_fen"]

# A game is drawn after 75 moves of each side without a capture or a pawn move (FIDE Laws, 9.6.2), and no game
# can last longer than 5,950 moves or so.
MOST_HALF_MOVES, MOST_MOVES = 150, 9999

_KNIGHT = ((1, 2), (2, 1), (2, -1), (1, -2), (-1, -2), (-2, -1), (-2, 1), (-1, 2))
_STRAIGHT, _DIAGONAL = ((0, 1), (0, -1), (1, 0), (-1, 0)), ((1, 1), (1, -1), (-1, 1), (-1, -1))
_HOMES = {"K": (60, 63, "KR"), "Q": (60, 56, "KR"), "k": (4, 7, "kr"), "q": (4, 0, "kr")}


@dataclass(frozen=True, kw_only=True)
class Position:
    """A chess position.

    Attributes:
        squares: 64 characters, a8 to h8, then a7 and so on to h1, as FEN goes: "PNBRQK" white, "pnbrqk"
            black, "." empty.
        side: "w" or "b", who is to move.
        castling: the rights left, of "KQkq" in this order, or "-".
        en_passant: the square that a pawn has just passed over, or "-".
        half_moves: since the last capture or pawn move. move: the number of the move, from 1.
    """

    squares: str
    side: str
    castling: str
    en_passant: str
    half_moves: int
    move: int

    def fen(self) -> str:
        """The position in FEN."""
        rows = [self.squares[i : i + 8] for i in range(0, 64, 8)]
        board = "/".join(re.sub(r"\.+", lambda run: str(len(run[0])), row) for row in rows)
        fields = board, self.side, self.castling, self.en_passant, self.half_moves, self.move
        return " ".join(map(str, fields))


def read_fen(fen: str) -> Position:
    """Read and check a position.

    Raises:
        DataError: it is no FEN or no legal position; the message says what is wrong.

    >>> read_fen("rnbqkbnr/pppppppp/8/8/4P3/8/PPPP1PPP/RNBQKBNR b KQkq e3 0 1").squares[32:40]
    '....P...'
    """
    if not isinstance(fen, str):
        raise DataError(f"a position is a string in FEN, not {type(fen).__name__}")
    fields = fen.split(" ")
    if len(fields) != 6:
        raise _wrong(fen, f"it has {len(fields)} fields and not 6 with one space between")
    board, side, castling, en_passant, half_moves, move = fields
    if side not in ("w", "b"):
        raise _wrong(fen, f"the side to move is w or b, not {side!r}")
    if not re.fullmatch(r"-|(?=.)K?Q?k?q?", castling):
        raise _wrong(fen, f"castling is '-' or of KQkq in this order, not {castling!r}")
    if not re.fullmatch(r"-|[a-h][36]", en_passant):
        raise _wrong(fen, f"en passant is '-' or a square of row 3 or 6, not {en_passant!r}")
    position = Position(
        squares=_squares(fen, board),
        side=side,
        castling=castling,
        en_passant=en_passant,
        half_moves=_clock(fen, "half-move clock", half_moves, 0, MOST_HALF_MOVES),
        move=_clock(fen, "number of the move", move, 1, MOST_MOVES),
    )
    if said := _illegal(position):
        raise _wrong(fen, said)
    return position


def _squares(fen: str, board: str) -> str:
    """The 64 squares of the first field."""
    rows = board.split("/")
    if len(rows) != 8:
        raise _wrong(fen, f"the board has {len(rows)} rows and not 8")
    for number, row in zip(range(8, 0, -1), rows, strict=True):
        if strange := re.search(r"[^PNBRQKpnbrqk1-8]", row):
            raise _wrong(fen, f"row {number} holds {strange[0]!r}, which is no piece")
        if re.search(r"\d\d", row):
            raise _wrong(fen, f"row {number} has two numbers beside each other; write their sum")
        if (size := sum(int(c) if c.isdigit() else 1 for c in row)) != 8:
            raise _wrong(fen, f"row {number} has {size} squares and not 8")
    return re.sub(r"\d", lambda digit: "." * int(digit[0]), "".join(rows))


def _clock(fen: str, name: str, text: str, low: int, high: int) -> int:
    if not re.fullmatch(r"0|[1-9][0-9]{0,5}", text) or not low <= int(text) <= high:
        raise _wrong(fen, f"the {name} is a whole number from {low} to {high:,}, not {text!r}")
    return int(text)


def _illegal(position: Position) -> str:
    """Why the position cannot occur in a game; empty where nothing speaks against it."""
    squares = position.squares
    for name, king, pawn, pieces in (("white", "K", "P", "PNBRQK"), ("black", "k", "p", "pnbrqk")):
        if (kings := squares.count(king)) != 1:
            return f"{name} has {kings} kings"
        if squares.count(pawn) > 8 or sum(map(squares.count, pieces)) > 16:
            return f"{name} has more than 8 pawns or 16 pieces"
    if set(squares[:8] + squares[56:]) & {"P", "p"}:
        return "a pawn stands on the first or the last row"
    for right in position.castling.strip("-"):
        at, corner, both = _HOMES[right]
        if squares[at] + squares[corner] != both:
            return f"castling {right} needs king and rook where they began"
    if position.en_passant != "-" and (said := _wrong_passant(position)):
        return said
    moved = "k" if position.side == "w" else "K"
    return "the side that has just moved is in check" if _attacked(squares, squares.index(moved)) else ""


def _wrong_passant(position: Position) -> str:
    """What speaks against the square of en passant."""
    square, by_black = position.en_passant, position.side == "w"
    if (square[1] == "6") != by_black:
        return f"en passant {square} does not go with {position.side} to move"
    place = (8 - int(square[1])) * 8 + "abcdefgh".index(square[0])
    step = 8 if by_black else -8  # towards where the pawn stands now
    came, stands = position.squares[place - step], position.squares[place + step]
    if position.squares[place] != "." or came != "." or stands != ("p" if by_black else "P"):
        return f"no pawn has just passed over {square}"
    return ""


def _attacked(squares: str, place: int) -> bool:
    """Whether the king at this place is attacked by the other side."""
    own_white = squares[place].isupper()
    row, column = divmod(place, 8)

    def at(down: int, along: int) -> str:
        r, c = row + down, column + along
        if not (0 <= r < 8 and 0 <= c < 8):
            return ""
        piece = squares[8 * r + c]
        return piece if piece == "." or piece.isupper() != own_white else "x"  # x: one of its own in the way

    towards = -1 if own_white else 1  # pawns attack from where they come
    if any(at(towards, along).lower() == "p" for along in (-1, 1)):
        return True
    if any(at(*step).lower() == "n" for step in _KNIGHT):
        return True
    if any(at(*step).lower() == "k" for step in _STRAIGHT + _DIAGONAL):
        return True
    for steps, pieces in ((_STRAIGHT, "rq"), (_DIAGONAL, "bq")):
        for down, along in steps:
            seen = next((p for n in range(1, 8) if (p := at(n * down, n * along)) != "."), "")
            if seen and seen.lower() in pieces:
                return True
    return False


def _wrong(fen: str, said: str) -> DataError:
    return DataError(f"{fen!r} is no legal chess position: {said}")
