"""The engines for word links that come with the data: of one aligner, and of several at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from projection.align.statistical import AlignerSettings, StatisticalAligner
from projection.engines.base import Engine, Setting, versions_of
from projection.engines.shared import (
    GAP,
    KIND,
    MIN_SCORE,
    N_ALTERNATIVES,
    decoder_settings,
    read_weights,
    scored_transfer,
)
from projection.projectors import (
    AfterTransfer,
    AlignedProjector,
    FusedProjector,
    LinkSettings,
    LinksProjector,
    Projector,
)
from projection.transfer.fusion import FusionSettings
from projection.transfer.heuristic import COLLISIONS, HeuristicSettings
from projection.transfer.rules import LONG_SPANS as RULES
from projection.transfer.rules import LongSpans

DROP_SIGNS = Setting("drop_signs", "boolean", True, "Ignore links to punctuation.")
LONG_SPANS = Setting(
    "long_spans",
    "choice",
    "auto",
    "Rules for spans that fill their sentence: corrected, published (near starts only), off; auto is off with the "
    "published method, else corrected.",
    choices=("auto", *RULES),
)
DISCONTINUOUS = Setting(
    "discontinuous", "boolean", False, "Propose targets in several pieces too; only for layers that allow them."
)


def _after(settings: Mapping[str, Any], *, long_spans: LongSpans = "corrected") -> AfterTransfer:
    chosen: LongSpans = long_spans if settings["long_spans"] == "auto" else settings["long_spans"]
    return AfterTransfer(chosen, settings["discontinuous"], settings["n_alternatives"])


def _build_links(settings: Mapping[str, Any]) -> Projector:
    is_published = settings["method"] == "published"
    return LinksProjector(
        LinkSettings(
            method=settings["method"],
            decoder=decoder_settings(settings),
            heuristic=HeuristicSettings(
                mode="published" if is_published else "corrected",
                gap=settings["gap"],
                n_alternatives=settings["n_alternatives"],
                min_length_ratio=settings["min_length_ratio"],
                drop_signs=settings["drop_signs"],
                split_at_first=settings["split_at_first"],
                collisions=settings["collisions"],
            ),
            after=_after(settings, long_spans="off" if is_published else "corrected"),
        )
    )


def _build_fused(settings: Mapping[str, Any]) -> Projector:
    decoder = decoder_settings(settings)
    fusion = FusionSettings(
        weights=read_weights(settings["weights"]),
        choice=settings["choice"],
        gap=settings["gap"],
        drop_signs=settings["drop_signs"],
        decoder=decoder,
    )
    learner = AlignedProjector(lambda _: StatisticalAligner(AlignerSettings()), scored_transfer(decoder))
    return FusedProjector(fusion, learner=learner if settings["learn"] else None, after=_after(settings))


LINKS = Engine(
    name="links",
    title="Given word links",
    summary="Carries spans over links that another run made, or that came in a Pharaoh file; aligns nothing itself.",
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
        DROP_SIGNS,
        Setting(
            "split_at_first",
            "boolean",
            False,
            "Do not join a run to the one before if it begins with a word linked to the span's first word.",
        ),
        Setting(
            "collisions",
            "choice",
            "auto",
            "Which span keeps words that two want: the one with the longest run, or the published rule, which looks "
            "at neighbours in the list; auto goes with the method.",
            choices=COLLISIONS,
        ),
        LONG_SPANS,
        DISCONTINUOUS,
        KIND,
        N_ALTERNATIVES,
        MIN_SCORE,
    ),
    build=_build_links,
    seconds_per_1000=0.2,
    versions=versions_of("numpy", "rapidfuzz", "icu4py"),
    uses_links=True,
)

FUSED = Engine(
    name="fused",
    title="Given word links of several aligners",
    summary="Scores target spans by the links of several aligners at once, and by links that it learns itself.",
    settings=(
        Setting(
            "weights",
            "text",
            "auto",
            "What each aligner counts, in their order, the learned one last: 1,0.5,0.25; auto estimates it from how "
            "well they agree and how consistent they are.",
        ),
        Setting("learn", "boolean", True, "Learn word links from the pairs as well, as one aligner more."),
        Setting(
            "choice",
            "number",
            1.0,
            "What an aligner's own choice adds to the score of a range, beside the scores of all ranges.",
            minimum=0,
            maximum=10,
        ),
        GAP,
        DROP_SIGNS,
        LONG_SPANS,
        DISCONTINUOUS,
        KIND,
        N_ALTERNATIVES,
        MIN_SCORE,
    ),
    build=_build_fused,
    seconds_per_1000=3.5,
    versions=versions_of("numpy", "rapidfuzz", "uroman", "icu4py"),
    uses_links=True,
)
