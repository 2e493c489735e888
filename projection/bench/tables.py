"""All tables of the bench, in the order in which they are printed."""

from __future__ import annotations

from projection.bench.alignment import ALIGNMENT
from projection.bench.base import Table
from projection.bench.calibration import CALIBRATION
from projection.bench.links import OTE_LINKS
from projection.bench.masakha import MASAKHA
from projection.bench.spans import SPAN_TABLES

TABLES: dict[str, Table] = {table.name: table for table in (OTE_LINKS, *SPAN_TABLES, MASAKHA, ALIGNMENT, CALIBRATION)}
