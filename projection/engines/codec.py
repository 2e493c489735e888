"""The engine of constrained decoding by a translation model (CODEC)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from projection.engines.base import NEURAL, Engine, Setting, versions_of
from projection.engines.shared import DEVICE, N_ALTERNATIVES
from projection.projectors import Projector
from projection.projectors.codec import CodecProjector, CodecSettings
from projection.transfer.codec.ranking import RULES


def _build_codec(settings: Mapping[str, Any]) -> Projector:
    return CodecProjector(CodecSettings(**{field.name: settings[field.name] for field in fields(CodecSettings)}))


CODEC = Engine(
    name="codec",
    title="CODEC",
    summary="A translation model that keeps brackets says where those of a source span go in the given translation.",
    settings=(
        Setting("model", "model", "", "Folder of a translation model, or its hub id.", is_required=True),
        Setting("n_best", "integer", 5, "Places of brackets kept for each span.", minimum=1, maximum=50),
        Setting(
            "future_steps",
            "integer",
            -1,
            "-1: exact search; 0 and more: the published bound, faster the fewer steps.",
            minimum=-1,
            maximum=100,
        ),
        Setting(
            "seed",
            "number",
            0.5,
            "Change of a token (nats) that makes its surroundings possible.",
            minimum=0,
            maximum=20,
        ),
        Setting("threshold", "number", 0.1, "Least change of a token that may begin the span.", minimum=0, maximum=20),
        Setting("window", "integer", 5, "Tokens around such a token.", minimum=0, maximum=1000),
        Setting("rule", "choice", "lexical", "How the best place is chosen.", choices=RULES),
        Setting("translate_spans", "boolean", True, "Translate spans by themselves too, to compare strings."),
        N_ALTERNATIVES,
        DEVICE,
    ),
    build=_build_codec,
    seconds_per_1000=60000.0,
    versions=versions_of("torch", "transformers"),
    resource="gpu",
    requirements=NEURAL,
)
