"""All tables of the bench, in the order in which they are printed."""

from __future__ import annotations

from projection.bench.alignment import ALIGNMENT
from projection.bench.alternatives import ALTERNATIVES
from projection.bench.answers import XQUAD
from projection.bench.base import Table
from projection.bench.calibration import CALIBRATION
from projection.bench.links import OTE_LINKS
from projection.bench.masakha import MASAKHA
from projection.bench.panels import PANELS
from projection.bench.repair import ABSTRCT_RULES
from projection.bench.spans import SPAN_TABLES
from projection.bench.speed import SPEED
from projection.bench.tags import POS, SIB
from projection.bench.tprojection import TPROJECTION

_ORDER = (
    *(OTE_LINKS, TPROJECTION, ABSTRCT_RULES),
    *SPAN_TABLES,
    *(MASAKHA, POS, XQUAD, SIB, PANELS, ALIGNMENT, ALTERNATIVES, CALIBRATION, SPEED),
)

TABLES: dict[str, Table] = {table.name: table for table in _ORDER}
