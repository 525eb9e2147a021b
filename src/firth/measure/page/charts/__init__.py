"""Pictures as SVG, a kind a file, drawn with the few elements of `drawing`; they need no other program."""
