"""Says whether PostgreSQL and Redis are there for the second test run: exit 0 when they are.

Under CI they must be, and their absence is an error; elsewhere the run is left out with a word.
"""

from __future__ import annotations

import os
import sys

from tests.stack import missing_services

if __name__ == "__main__":
    missing = missing_services()
    if missing:
        sys.stderr.write(f"Tests on PostgreSQL and Redis are left out: {missing}\n")
        sys.exit(1 if os.environ.get("CI") else 75)
