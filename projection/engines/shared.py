"""Settings that several engines have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from projection.engines.base import Setting
from projection.transfer.decoder import DecoderSettings
from projection.transfer.profiles import KINDS

KIND = Setting(
    "kind",
    "choice",
    "auto",
    "What the spans are: names, phrases, clauses (long spans), or auto to choose for each span by its length and case.",
    choices=KINDS,
)
N_ALTERNATIVES = Setting(
    "n_alternatives", "integer", 5, "Candidates kept for each span, the best included.", minimum=1, maximum=20
)
MIN_SCORE = Setting("min_score", "number", 0.15, "Spans below this score stay unprojected.", minimum=0, maximum=1)


def decoder_settings(settings: Mapping[str, Any]) -> DecoderSettings:
    """The settings of the scored decoder."""
    return DecoderSettings(settings["kind"], settings["n_alternatives"], settings["min_score"])
