"""The engine of models that tag under constrained decoding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from projection.engines.base import NEURAL, Engine, Setting, versions_of
from projection.engines.shared import DEVICE, N_ALTERNATIVES
from projection.projectors import Projector
from projection.projectors.tagging import PROMPTS, TaggingProjector, TaggingSettings


def _build_tagging(settings: Mapping[str, Any]) -> Projector:
    return TaggingProjector(
        TaggingSettings(
            model=settings["model"],
            task=settings["architecture"],
            prompt=settings["prompt"],
            n_beams=settings["n_beams"],
            n_alternatives=settings["n_alternatives"],
            device=settings["device"],
        )
    )


TAGGING = Engine(
    name="tagging",
    title="Tagging by a language model",
    summary="A language model writes the target with tags; it can set tags only, so the text stays as it is.",
    settings=(
        Setting("model", "model", "", "Folder of a language model, or its hub id.", is_required=True),
        Setting(
            "architecture",
            "choice",
            "seq2seq",
            "What the model is: seq2seq (T5, mT0, ...) or causal (Llama, Qwen, ...).",
            choices=("seq2seq", "causal"),
        ),
        Setting(
            "prompt",
            "choice",
            "example",
            "What the model sees: the source with its tags as an example, or the allowed tags (for models trained so).",
            choices=PROMPTS,
        ),
        Setting("n_beams", "integer", 4, "Beams of the search.", minimum=2, maximum=100),
        N_ALTERNATIVES,
        DEVICE,
    ),
    build=_build_tagging,
    seconds_per_1000=20000.0,
    versions=versions_of("torch", "transformers"),
    resource="gpu",
    requirements=NEURAL,
)
