"""Engines whose candidates carry probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from projection.confidence import Calibrator, default_calibrator
from projection.engines.base import Engine
from projection.projectors.base import Projector
from projection.projectors.calibrated import CalibratedProjector


def build_calibrated(engine: Engine, settings: Mapping[str, Any], *, calibrator: Calibrator | None = None) -> Projector:
    """A projector of an engine, with a probability for each candidate.

    Args:
        engine: from the registry.
        settings: complete settings.
        calibrator: learned from reviews; the engine's default when None. Where there is neither, the projector is the
            plain one and probabilities stay None.
    """
    projector = engine.build(settings)
    chosen = calibrator or default_calibrator(engine.name, settings)
    return projector if chosen is None else CalibratedProjector(projector, chosen)
