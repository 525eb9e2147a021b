"""Tokens for anything: text by rules, characters, bytes, subwords; pictures, sound, video, boards, bits."""
