"""The engine for word alignment by the vectors of a pretrained encoder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from projection.align.embedding import MATCHINGS, UNITS, EmbeddingAligner, MatchSettings, WordEncoder
from projection.align.encoder import Encoder, load_encoder
from projection.align.onnx import Precision, load_onnx_encoder
from projection.engines.base import NEURAL, Engine, Setting, versions_of
from projection.engines.shared import DEVICE, TRANSFER_SETTINGS, make_transfer
from projection.projectors import AlignedProjector, Projector

_PRECISIONS: dict[str, Precision] = {"onnx": "float32", "onnx-int8": "int8"}


def _load(settings: Mapping[str, Any]) -> Encoder:
    if settings["backend"] == "torch":
        return load_encoder(settings["model"], layer=settings["layer"], device=settings["device"])
    return load_onnx_encoder(settings["model"], layer=settings["layer"], precision=_PRECISIONS[settings["backend"]])


def _build(settings: Mapping[str, Any]) -> Projector:
    encoder = WordEncoder(lambda: _load(settings), batch_size=settings["batch_size"])
    matching = MatchSettings(
        matching=settings["matching"],
        unit=settings["unit"],
        threshold=settings["threshold"],
        temperature=settings["temperature"],
    )
    return AlignedProjector(lambda _: EmbeddingAligner(encoder, matching), make_transfer(settings))


EMBEDDING = Engine(
    name="embedding",
    title="Embedding alignment",
    summary="Links words whose vectors in a multilingual encoder (mBERT, XLM-R, LaBSE, mT5) are alike; needs a model.",
    settings=(
        Setting("model", "model", "", "Folder of a multilingual encoder.", is_required=True),
        Setting(
            "layer",
            "integer",
            8,
            "Layer whose vectors are compared: 0 for the embeddings, -1 for the last layer.",
            minimum=-100,
            maximum=100,
        ),
        Setting(
            "matching",
            "choice",
            "itermax",
            "How links are chosen: argmax: each other's best; itermax: the same, repeated over free words; softmax: "
            "likely enough in both directions.",
            choices=MATCHINGS,
        ),
        Setting("unit", "choice", "subword", "What is matched: subwords, or words by their means.", choices=UNITS),
        Setting(
            "threshold", "number", 0.001, "For softmax: least probability in both directions.", minimum=0, maximum=1
        ),
        Setting(
            "temperature",
            "number",
            0.25,
            "Of the link probabilities, in standard deviations of the similarities; lower is surer.",
            minimum=0.05,
            maximum=5,
        ),
        *TRANSFER_SETTINGS,
        Setting("batch_size", "integer", 32, "Sentences that the model reads at once.", minimum=1, maximum=1024),
        DEVICE,
        Setting(
            "backend",
            "choice",
            "torch",
            "torch; onnx or onnx-int8 (weights of eight bits) for CPUs, which need the extra [onnx].",
            choices=("torch", *_PRECISIONS),
        ),
    ),
    build=_build,
    seconds_per_1000=102,
    versions=versions_of("numpy", "torch", "transformers", "tokenizers", "rapidfuzz", "icu4py"),
    resource="gpu",
    makes_links=True,
    requirements=NEURAL,
)
