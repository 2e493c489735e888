"""The calibrators that come with the library, learned from development data (see `docs/methods.md`, Confidence)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from projection.confidence.calibrator import Calibrator

_PACKAGE = "projection.confidence"
_FOLDER = "defaults"


def default_calibrator(engine: str, settings: Mapping[str, Any] | None = None) -> Calibrator | None:
    """The calibrator of an engine; None where there is none.

    Engines with a setting `method` score each method in its own way and have a calibrator for each.
    """
    return _load(calibration_name(engine, settings or {}))


def calibration_name(engine: str, settings: Mapping[str, Any]) -> str:
    """Under which name a calibrator is kept: the engine, and its method where it has several."""
    return f"{engine}.{settings['method']}" if "method" in settings else engine


@cache
def _load(name: str) -> Calibrator | None:
    resource = files(_PACKAGE).joinpath(_FOLDER, f"{name}.json")
    if not resource.is_file():
        return None
    return Calibrator.from_json(json.loads(resource.read_text(encoding="utf-8")))
