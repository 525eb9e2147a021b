"""The command `firth`: one thin file a verb.

A verb reads its arguments, calls the rooms and shows what they answer. The files of this room import no other
room at the top, so that `firth --help` answers at once.
"""
