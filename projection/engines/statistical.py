"""Engines that need nothing but the sentences: the statistical aligner and the comparison of spellings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from projection.align.statistical import AlignerSettings, StatisticalAligner
from projection.engines.base import Engine, Setting, versions_of
from projection.engines.shared import KIND, MIN_SCORE, N_ALTERNATIVES, SYMMETRISATION, decoder_settings, scored_transfer
from projection.projectors import AlignedProjector, Projector, SimilarityProjector


def _build_hmm(settings: Mapping[str, Any]) -> Projector:
    learning = AlignerSettings(
        stem_letters=settings["stem_letters"],
        prior_weight=settings["prior_weight"],
        ibm1_rounds=settings["ibm1_rounds"],
        hmm_rounds=settings["hmm_rounds"],
    )
    return AlignedProjector(
        lambda _: StatisticalAligner(learning),
        scored_transfer(decoder_settings(settings)),
        symmetrisation=settings["symmetrisation"],
    )


def _build_similarity(settings: Mapping[str, Any]) -> Projector:
    return SimilarityProjector(n_alternatives=settings["n_alternatives"], min_score=settings["min_score"])


HMM = Engine(
    name="hmm",
    title="Statistical word alignment",
    summary="Learns word links from the given sentence pairs and scores target spans; the default for every language.",
    settings=(
        KIND,
        N_ALTERNATIVES,
        MIN_SCORE,
        Setting(
            "prior_weight",
            "number",
            2.0,
            "How much alike spellings (names, cognates; romanised across scripts) count; 0 switches this off.",
            minimum=0,
            maximum=20,
        ),
        Setting("stem_letters", "integer", 4, "Words are cut to so many letters; 0 for whole.", minimum=0, maximum=20),
        Setting("ibm1_rounds", "integer", 5, "Training rounds without word order.", minimum=1, maximum=20),
        Setting("hmm_rounds", "integer", 4, "Training rounds with word order.", minimum=1, maximum=20),
        SYMMETRISATION,
    ),
    build=_build_hmm,
    learns=True,
    seconds_per_1000=1.9,
    versions=versions_of("numpy", "rapidfuzz", "uroman", "icu4py"),
    makes_links=True,
)

SIMILARITY = Engine(
    name="similarity",
    title="String similarity",
    summary="Finds names by their spelling alone (romanised across scripts): precise, but misses translated names.",
    settings=(
        N_ALTERNATIVES,
        Setting("min_score", "number", 0.4, "Spans below this score stay unprojected.", minimum=0, maximum=1),
    ),
    build=_build_similarity,
    seconds_per_1000=0.7,
    versions=versions_of("numpy", "rapidfuzz", "uroman", "icu4py"),
)
