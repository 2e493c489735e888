"""The engine for word links that come with the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from projection.engines.base import Engine, Setting, versions_of
from projection.engines.shared import GAP, KIND, MIN_SCORE, N_ALTERNATIVES, decoder_settings
from projection.projectors import LinkSettings, LinksProjector, Projector
from projection.transfer.heuristic import HeuristicSettings


def _build_links(settings: Mapping[str, Any]) -> Projector:
    return LinksProjector(
        LinkSettings(
            method=settings["method"],
            decoder=decoder_settings(settings),
            heuristic=HeuristicSettings(
                mode="published" if settings["method"] == "published" else "corrected",
                gap=settings["gap"],
                n_alternatives=settings["n_alternatives"],
                min_length_ratio=settings["min_length_ratio"],
                drop_signs=settings["drop_signs"],
            ),
        )
    )


LINKS = Engine(
    name="links",
    title="Imported word links",
    summary="Transfers spans over links that were imported with the data (Pharaoh files); aligns nothing itself.",
    settings=(
        Setting(
            "method",
            "choice",
            "corrected",
            "corrected: runs of linked words, gaps closed; published: the same with the gap rule of the published "
            "code; scored: the decoder of the statistical engine.",
            choices=("corrected", "published", "scored"),
        ),
        GAP,
        Setting(
            "min_length_ratio",
            "number",
            0.0,
            "Runs with fewer target words per source word are dropped; 0 keeps all.",
            minimum=0,
            maximum=2,
        ),
        Setting("drop_signs", "boolean", True, "Ignore links to punctuation."),
        KIND,
        N_ALTERNATIVES,
        MIN_SCORE,
    ),
    build=_build_links,
    seconds_per_1000=0.2,
    versions=versions_of("numpy", "rapidfuzz", "icu4py"),
    uses_links=True,
)
