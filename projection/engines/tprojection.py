"""The engine that asks a text-to-text model where the labels go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from projection.align.statistical import StatisticalAligner
from projection.engines.base import NEURAL, Engine, Setting, versions_of
from projection.engines.shared import DEVICE, KIND, MIN_SCORE, N_ALTERNATIVES, decoder_settings
from projection.errors import EngineError, Problem
from projection.neural import load_model
from projection.projectors import AlignedProjector
from projection.projectors.tprojection import SELECTION_MODES, TProjectionProjector, TProjectionSettings
from projection.transfer.nmtscore import BASES, COMPARISONS, TranslationScorer
from projection.transfer.tprojection.improved import N_GRAM_USES, SelectionSettings
from projection.transfer.tprojection.proposers import ModelProposer


def link_learner() -> AlignedProjector:
    """Learns word links as the default engine does; transfers nothing."""
    return AlignedProjector(lambda _: StatisticalAligner(), lambda _: [])


def _build(settings: Mapping[str, Any]) -> TProjectionProjector:
    is_published = settings["mode"] == "published"
    if is_published and not settings["scorer"]:
        fault = "The published mode needs a translation model."
        raise EngineError(Problem("bad-setting", fault, "Give one, or choose mode=improved.", place="setting scorer"))
    return make_projector(settings, aligned=link_learner() if settings["links"] and not is_published else None)


def make_projector(settings: Mapping[str, Any], *, aligned: AlignedProjector | None = None) -> TProjectionProjector:
    """The projector for complete settings, with what learns word links, or nothing."""
    scorer = TranslationScorer(
        lambda: load_model(settings["scorer"], task="seq2seq", device=settings["device"]),
        base=settings["base"],
        comparison=settings["comparison"],
        batch_size=settings["batch_size"],
    )
    return TProjectionProjector(
        ModelProposer(
            lambda: load_model(settings["model"], task="seq2seq", device=settings["device"]),
            n_beams=settings["n_beams"],
            max_length=settings["max_length"],
            batch_size=settings["batch_size"],
        ),
        scorer if settings["scorer"] else None,
        TProjectionSettings(
            mode=settings["mode"],
            selection=SelectionSettings(decoder_settings(settings), settings["link_weight"], settings["n_grams"]),
        ),
        aligned=aligned,
    )


TPROJECTION = Engine(
    name="tprojection",
    title="T-Projection",
    summary="A text-to-text model proposes target strings, a translation model scores them; slow without a GPU.",
    settings=(
        Setting(
            "model",
            "model",
            "",
            "Text-to-text model fine-tuned by tprojection train: folder or hub id.",
            is_required=True,
        ),
        Setting("scorer", "model", "", "Translation model that scores; empty: word links and spelling decide."),
        Setting(
            "mode",
            "choice",
            "improved",
            "improved: every place is scored and the surest spans choose first; published: as the published code.",
            choices=SELECTION_MODES,
        ),
        Setting(
            "n_beams", "integer", 15, "Width of the beam search: proposals for a sentence.", minimum=1, maximum=100
        ),
        Setting("max_length", "integer", 256, "Most tokens of an input; more are split.", minimum=16, maximum=4096),
        Setting("links", "boolean", True, "Learn word links from the sentences and let them help."),
        Setting("link_weight", "number", 0.2, "Share of the score that depends on the links.", minimum=0, maximum=1),
        Setting(
            "n_grams",
            "choice",
            "missing",
            "Word sequences that the model did not propose: never, for spans without a proposal (missing), or always.",
            choices=N_GRAM_USES,
        ),
        KIND,
        N_ALTERNATIVES,
        MIN_SCORE,
        Setting("base", "choice", "e", "e: true probabilities; 2: as published scores.", choices=BASES),
        Setting(
            "comparison",
            "choice",
            "direct",
            "direct: each text as a translation of the other; cross: both against translations (slower).",
            choices=COMPARISONS,
        ),
        Setting("batch_size", "integer", 8, "Texts in a batch.", minimum=1, maximum=1024),
        DEVICE,
    ),
    build=_build,
    seconds_per_1000=24000.0,
    versions=versions_of("torch", "transformers", "numpy", "rapidfuzz"),
    resource="gpu",
    learns=True,
    requirements=NEURAL,
)
