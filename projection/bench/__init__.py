"""The bench: every table of figures that the documentation gives, measured again from the public evaluation sets.

A table lists its rows from the files that are there (languages and parts are read off their names); `run_bench`
measures them one after the other, keeps each finished row in a JSON file, and leaves out what that file has already.
"""

from __future__ import annotations

from projection.bench.base import Options, Table
from projection.bench.run import run_bench
from projection.bench.sets.bitext import CHOICES as BITEXT_CHOICES
from projection.bench.tables import TABLES

__all__ = ["BITEXT_CHOICES", "TABLES", "Options", "Table", "run_bench"]
