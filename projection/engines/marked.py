"""The engine that translates with markers and looks for what they mark."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from projection.engines.base import NEURAL, Engine, Setting, versions_of
from projection.engines.shared import DEVICE, N_ALTERNATIVES
from projection.markers import MARKERS
from projection.markers.locate import LocateSettings
from projection.projectors import Projector
from projection.projectors.marked import MarkedProjector
from projection.translate.seq2seq import Seq2seqSettings, Seq2seqTranslator


def _build(settings: Mapping[str, Any]) -> Projector:
    translator = Seq2seqTranslator(
        Seq2seqSettings(
            model=settings["model"],
            prefix=settings["prefix"],
            beams=settings["beams"],
            batch_size=settings["batch_size"],
        ),
        device=settings["device"],
    )
    locate = LocateSettings(settings["min_similarity"], settings["n_alternatives"])
    return MarkedProjector(translator, settings["markers"], locate)


MARKED = Engine(
    name="marked",
    title="Translation with markers",
    summary="A translation model carries markers around the labels; what they mark is looked for in the target.",
    settings=(
        Setting(
            "model",
            "model",
            "",
            "Translation model that keeps markers (NLLB, M2M100, Marian, T5): folder or hub id.",
            is_required=True,
        ),
        Setting("markers", "choice", "numbered", "numbered: [1]; brackets: EasyProject; xml: <a>.", choices=MARKERS),
        Setting("prefix", "text", "", "For T5: what stands before each text, with {src_name} and {tgt_name}."),
        Setting(
            "min_similarity",
            "number",
            0.7,
            "Likeness of letters that is enough for a target string.",
            minimum=0,
            maximum=1,
        ),
        N_ALTERNATIVES,
        Setting("beams", "integer", 4, "Translations kept while translating.", minimum=1, maximum=32),
        Setting("batch_size", "integer", 16, "Texts in a batch.", minimum=1, maximum=1024),
        DEVICE,
    ),
    build=_build,
    seconds_per_1000=26000.0,
    versions=versions_of("torch", "transformers", "rapidfuzz", "icu4py"),
    resource="gpu",
    requirements=NEURAL,
)
