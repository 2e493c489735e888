"""The registry of projection engines: what can be chosen, with which settings, at what cost.

An engine turns items with source spans into candidates. The command line and the web application list and build
engines only through this package, so a new method is one entry here.
"""

from __future__ import annotations

from projection.engines.base import Engine, Requirement, Setting
from projection.engines.codec import CODEC
from projection.engines.combined import make_combined
from projection.engines.embedding import EMBEDDING
from projection.engines.external import EFLOMAL, FAST_ALIGN
from projection.engines.links import FUSED, LINKS
from projection.engines.marked import MARKED
from projection.engines.statistical import HMM, SIMILARITY
from projection.engines.tagging import TAGGING
from projection.engines.tprojection import TPROJECTION
from projection.errors import EngineError, Problem
from projection.projectors import Projection, Projector

__all__ = ["ENGINES", "Engine", "Projection", "Projector", "Requirement", "Setting", "get_engine", "list_engines"]

_ALL = (
    HMM,
    LINKS,
    SIMILARITY,
    EMBEDDING,
    EFLOMAL,
    FAST_ALIGN,
    TPROJECTION,
    CODEC,
    TAGGING,
    FUSED,
    MARKED,
)
ENGINES: dict[str, Engine] = {engine.name: engine for engine in (*_ALL, make_combined(_ALL))}
"""All engines by name; the first one is the default."""


def list_engines() -> list[Engine]:
    """All engines, the default first."""
    return list(ENGINES.values())


def get_engine(name: str) -> Engine:
    """The engine with this name.

    Raises:
        EngineError: there is none.
    """
    if name not in ENGINES:
        problem = Problem("unknown-engine", f"There is no engine {name!r}.", f"Known engines: {', '.join(ENGINES)}.")
        raise EngineError(problem)
    return ENGINES[name]
