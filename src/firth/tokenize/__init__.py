"""Tokens for anything: text by rules, characters, bytes, subwords; pictures, sound, video, boards, bits.

>>> import firth
>>> firth.tokenize.RuleTokenizer().encode("It costs $3.50.").texts
['It', 'costs', '$', '3.50', '.']

Every name is loaded on first use; see the modules of this room for what each is about.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from firth.tokenize.audio import Audio, read_audio
    from firth.tokenize.bitstrings import Bits, bit_sequences, bits, unbits
    from firth.tokenize.characters import ByteTokenizer, CharacterTokenizer
    from firth.tokenize.chess import CHESS_KEYS, ChessTokens, chess_fen, chess_sequences, chess_tokens
    from firth.tokenize.codes import code_sequences
    from firth.tokenize.framing import Frames, frames, unframe
    from firth.tokenize.images import Picture, read_image
    from firth.tokenize.logmel import LogMel, log_mel, mel_filters
    from firth.tokenize.normalize import Normalized, TextNormalizer
    from firth.tokenize.padded import Padded
    from firth.tokenize.patching import Patches, patches, unpatch
    from firth.tokenize.rules import RuleTokenizer
    from firth.tokenize.subword import SubwordTokenizer
    from firth.tokenize.tokens import TextTokenizer, Tokens
    from firth.tokenize.videoclips import Clip, Clips, ClipStream, clips, stream_clips

_HOME = {  # public name -> the module of this room that holds it
    "Audio": "audio",
    "Bits": "bitstrings",
    "ByteTokenizer": "characters",
    "CHESS_KEYS": "chess",
    "CharacterTokenizer": "characters",
    "ChessTokens": "chess",
    "Clip": "videoclips",
    "ClipStream": "videoclips",
    "Clips": "videoclips",
    "Frames": "framing",
    "LogMel": "logmel",
    "Normalized": "normalize",
    "Padded": "padded",
    "Patches": "patching",
    "Picture": "images",
    "RuleTokenizer": "rules",
    "SubwordTokenizer": "subword",
    "TextNormalizer": "normalize",
    "TextTokenizer": "tokens",
    "Tokens": "tokens",
    "bit_sequences": "bitstrings",
    "bits": "bitstrings",
    "chess_fen": "chess",
    "chess_sequences": "chess",
    "chess_tokens": "chess",
    "clips": "videoclips",
    "code_sequences": "codes",
    "frames": "framing",
    "log_mel": "logmel",
    "mel_filters": "logmel",
    "patches": "patching",
    "read_audio": "audio",
    "read_image": "images",
    "stream_clips": "videoclips",
    "unbits": "bitstrings",
    "unframe": "framing",
    "unpatch": "patching",
}

__all__ = [
    "CHESS_KEYS",
    "Audio",
    "Bits",
    "ByteTokenizer",
    "CharacterTokenizer",
    "ChessTokens",
    "Clip",
    "ClipStream",
    "Clips",
    "Frames",
    "LogMel",
    "Normalized",
    "Padded",
    "Patches",
    "Picture",
    "RuleTokenizer",
    "SubwordTokenizer",
    "TextNormalizer",
    "TextTokenizer",
    "Tokens",
    "bit_sequences",
    "bits",
    "chess_fen",
    "chess_sequences",
    "chess_tokens",
    "clips",
    "code_sequences",
    "frames",
    "log_mel",
    "mel_filters",
    "patches",
    "read_audio",
    "read_image",
    "stream_clips",
    "unbits",
    "unframe",
    "unpatch",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'firth.tokenize' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"firth.tokenize.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
