"""`python -m firth`: the command line, where the script `firth` is not on the path."""

from __future__ import annotations

import sys

from firth.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
