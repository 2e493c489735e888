"""`python -m projection`."""

from __future__ import annotations

import sys

from projection.cli import main

if __name__ == "__main__":
    sys.exit(main())
