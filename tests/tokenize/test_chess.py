"""Chess positions: exact both ways, and what is no legal position is refused with the reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth.errors import DataError
from firth.tokenize import CHESS_KEYS, chess_fen, chess_sequences, chess_tokens
from firth.tokenize.chess import SQUARES

START = "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1"
GAMES = [
    START,
    "rnbqkbnr/pppppppp/8/8/4P3/8/PPPP1PPP/RNBQKBNR b KQkq e3 0 1",  # the two of the PGN standard, 16.1.4
    "rnbqkbnr/pp1ppppp/8/2p5/4P3/8/PPPP1PPP/RNBQKBNR w KQkq c6 0 2",
    "rnbqkbnr/pp1ppppp/8/2p5/4P3/5N2/PPPP1PPP/RNBQKB1R b KQkq - 1 2",
    "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1",  # a well-known test position
    "8/2p5/3p4/KP5r/1R3p1k/8/4P1P1/8 w - - 0 1",
    "r4rk1/1pp1qppp/p1np1n2/2b1p1B1/2B1P1b1/P1NP1N2/1PP1QPPP/R4RK1 w - - 0 10",
    "4k3/8/8/8/8/8/4q3/4K3 w - - 149 5949",  # in check, and to move
]


@pytest.mark.parametrize("fen", GAMES)
def test_positions_come_back_exactly(fen: str):
    tokens = chess_tokens(fen)
    assert len(tokens) == 74 and tokens.ids.dtype == np.int32
    assert [CHESS_KEYS[i] for i in tokens.ids] == list(tokens.texts)
    for form in (tokens, tokens.texts, tokens.ids, tokens.ids.astype(np.uint8)):
        assert chess_fen(form) == fen


@given(st.data())
def test_any_placing_that_is_accepted_comes_back_and_nothing_else_is_raised(data: st.DataObject):
    squares = data.draw(st.lists(st.sampled_from([*".......", *"KkQqRrPpNb"]), min_size=64, max_size=64))
    for king in "Kk":
        while king in squares:
            squares[squares.index(king)] = "."
    places = data.draw(st.permutations(range(64)))
    squares[places[0]], squares[places[1]] = "K", "k"
    rows = ["".join(squares[i : i + 8]) for i in range(0, 64, 8)]
    board = "/".join(rows)
    for n in range(8, 0, -1):
        board = board.replace("." * n, str(n))
    fen = f"{board} {data.draw(st.sampled_from('wb'))} - - {data.draw(st.integers(0, 150))} 1"
    try:
        tokens = chess_tokens(fen)
    except DataError as error:
        assert "is no legal chess position" in str(error)
    else:
        assert chess_fen(tokens) == fen


def test_tokens_stand_where_the_page_says():
    tokens = chess_tokens(GAMES[1])
    assert len(CHESS_KEYS) == len(set(CHESS_KEYS)) == 58
    assert tokens.texts[SQUARES.index("e4")] == "P" and tokens.texts[SQUARES.index("a8")] == "r"
    assert tokens.texts[64:] == ("side=b", "castling=KQkq", "passant=e3", *"000", *"0001")
    assert CHESS_KEYS[tokens.board[4, 4]] == "P"  # e4: the fifth row from above, the fifth column


def test_sequences_of_positions():
    made = chess_sequences(GAMES, ids=[f"g{i}" for i in range(len(GAMES))])
    keys = list(made.vocabulary.keys)
    assert len(made) == len(GAMES) and set(np.diff(made.offsets)) == {74}
    assert [chess_fen([keys[t] for t in row]) for row in made] == GAMES
    placed = chess_sequences(GAMES[:1], squares=True)
    words = [placed.vocabulary.keys[t] for t in placed[0]]
    assert words[:2] == ["r@a8", "n@b8"] and len(words) == 32 + 3
    assert words[-3:] == ["side=w", "castling=KQkq", "passant=-"]


def test_the_position_of_a_list_that_is_wrong_is_named():
    with pytest.raises(DataError, match="position 1: 'x' is no legal chess position: it has 1 fields"):
        chess_sequences([START, "x"])
    with pytest.raises(DataError, match="no token is left"):
        chess_sequences([])
    with pytest.raises(DataError, match=r"positions are a list, .* not str; write \[value\] for one"):
        chess_sequences(START)
    with pytest.raises(DataError, match="not NoneType"):
        chess_sequences(None)  # type: ignore[arg-type]


def test_texts_and_ids_in_any_list_are_a_position():
    tokens = chess_tokens(START)
    forms: list[Any] = [
        tokens.texts,
        tokens.ids,
        tokens.ids.tolist(),
        np.array(tokens.texts),
        iter(tokens.texts),
    ]
    assert {chess_fen(form) for form in forms} == {START}


@pytest.mark.parametrize(
    ("fen", "message"),
    [
        ("", "it has 1 fields and not 6"),
        (START + " ", "it has 7 fields and not 6"),
        (START.replace(" w ", " x "), "the side to move is w or b, not 'x'"),
        (START.replace("KQkq", "kqKQ"), "castling is '-' or of KQkq in this order, not 'kqKQ'"),
        (START.replace("KQkq", ""), "castling is .* not ''"),
        (START.replace(" - ", " e4 "), "a square of row 3 or 6, not 'e4'"),
        (START.replace("0 1", "-1 1"), "the half-move clock is a whole number from 0 to 150, not '-1'"),
        (START.replace("0 1", "151 1"), "not '151'"),
        (START.replace("0 1", "00 1"), "not '00'"),
        (START.replace("0 1", "0 0"), "the number of the move is a whole number from 1 to 9,999, not '0'"),
        (START.replace("0 1", "0 ²"), "not '²'"),
        (START.replace("/8/8/8/8", "/8/8/8"), "the board has 7 rows and not 8"),
        (START.replace("/8/8/8/8", "/8/7/8/8"), "row 5 has 7 squares and not 8"),
        (START.replace("/8/8/8/8", "/8/44/8/8"), "row 5 has two numbers beside each other"),
        (START.replace("/8/8/8/8", "/8/7x/8/8"), "row 5 holds 'x', which is no piece"),
        (START.replace("RNBQKBNR", "RNBQ1BNR"), "white has 0 kings"),
        (START.replace("rnbqkbnr", "rnbkkbnr"), "black has 2 kings"),
        (START.replace("/8/8/8/8", "/8/8/8/P7"), "white has more than 8 pawns or 16 pieces"),
        (START.replace("RNBQKBNR", "PNBQKBNR").replace("PPPPPPPP", "1PPPPPPP"), "a pawn stands on the first"),
        (START.replace("RNBQKBNR", "1NBQKBNR"), "castling Q needs king and rook where they began"),
        (START.replace(" - ", " e3 "), "en passant e3 does not go with w to move"),
        (START.replace(" - ", " e6 "), "no pawn has just passed over e6"),
        ("4k3/8/8/8/8/8/4q3/4K3 b - - 0 1", "the side that has just moved is in check"),
        ("4k3/8/8/8/8/8/3p4/4K3 b - - 0 1", "in check"),
        ("4k3/8/8/8/8/3n4/8/4K3 b - - 0 1", "in check"),
        ("8/8/8/8/8/8/4k3/4K3 w - - 0 1", "in check"),
        ("4k3/8/8/b7/8/8/8/4K3 b - - 0 1", "in check"),
        (7, "a position is a string in FEN, not int"),
    ],
)
def test_what_is_no_position_is_refused(fen: Any, message: str):
    with pytest.raises(DataError, match=message):
        chess_tokens(fen)


def test_a_piece_in_the_way_stops_a_check_and_pawns_attack_forwards_only():
    assert chess_tokens("4k3/8/8/b7/8/2P5/8/4K3 b - - 0 1")
    assert chess_tokens("4k3/8/8/8/8/4K3/3p4/8 b - - 0 1")


@pytest.mark.parametrize(
    ("place", "token", "message"),
    [
        (0, "side=w", "token 0, of square a8, is no piece: 'side=w'"),
        (64, "castling=-", "token 64 says the side; it is 'castling=-'"),
        (66, "passant=e5", "token 66 says the passant; it is 'passant=e5'"),
        (70, "x", "token 70 is a digit of a clock; it is 'x'"),
        (60, ".", "white has 0 kings"),
    ],
)
def test_tokens_that_are_no_position_are_refused(place: int, token: str, message: str):
    texts = list(chess_tokens(START).texts)
    texts[place] = token
    with pytest.raises(DataError, match=message):
        chess_fen(texts)
    with pytest.raises(DataError, match="a position has 74 tokens, not 73"):
        chess_fen(texts[:-1])
    with pytest.raises(DataError, match="ids of chess tokens are 0 to 57; one is 58"):
        chess_fen(np.full(74, 58))
    with pytest.raises(DataError, match="ids of chess tokens are 0 to 57; one is -1"):
        chess_fen([-1] * 74)
    for strange in (np.ones(74), np.ones(74, np.bool_)):
        with pytest.raises(DataError, match=f"texts or whole numbers, not {type(strange[0]).__name__}"):
            chess_fen(strange)
    for alone in (None, "pppp"):
        with pytest.raises(DataError, match="chess tokens are a list"):
            chess_fen(alone)  # type: ignore[arg-type]
