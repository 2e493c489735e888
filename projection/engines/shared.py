"""Settings that several engines have."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from projection.align.base import SYMMETRISATIONS, Posterior
from projection.engines.base import Setting
from projection.errors import EngineError, Problem
from projection.projectors.aligned import PosteriorTransfer
from projection.transfer.decoder import DecoderSettings, SpanPair, transfer_spans
from projection.transfer.heuristic import HeuristicSettings, transfer_by_links
from projection.transfer.profiles import KINDS
from projection.types import Candidate, Link, Span

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
MIN_SCORE = Setting("min_score", "number", 0.05, "Spans below this score stay unprojected.", minimum=0, maximum=1)

DEVICE = Setting(
    "device",
    "choice",
    "auto",
    "Where the model runs; auto takes a GPU where there is one.",
    choices=("auto", "cpu", "cuda"),
)

GAP = Setting("gap", "integer", 2, "Unlinked words that may lie inside a span.", minimum=0, maximum=1000)
SYMMETRISATION = Setting(
    "symmetrisation",
    "choice",
    "grow-diag-final-and",
    "How the word links shown and exported are made from the two directions.",
    choices=SYMMETRISATIONS,
)

TRANSFER = Setting(
    "transfer",
    "choice",
    "scored",
    "scored: scores of target ranges over the link probabilities; corrected: runs of linked words, gaps closed.",
    choices=("scored", "corrected"),
)
TRANSFER_SETTINGS = (TRANSFER, KIND, N_ALTERNATIVES, MIN_SCORE, GAP)
"""What `make_transfer` needs."""


def decoder_settings(settings: Mapping[str, Any]) -> DecoderSettings:
    """The settings of the scored decoder."""
    return DecoderSettings(settings["kind"], settings["n_alternatives"], settings["min_score"])


def make_transfer(settings: Mapping[str, Any]) -> PosteriorTransfer:
    """Span transfer after word alignment, by link probabilities or by hard links."""
    decoder = decoder_settings(settings)
    heuristic = HeuristicSettings(gap=settings["gap"], n_alternatives=settings["n_alternatives"])

    def transfer(
        pair: SpanPair, spans: Mapping[str, Span], posterior: Posterior, links: tuple[Link, ...]
    ) -> Sequence[Candidate]:
        if settings["transfer"] == "corrected":
            return transfer_by_links(pair, spans, links, settings=heuristic)
        return transfer_spans(pair, spans, posterior.mean, settings=decoder)

    return transfer


def read_weights(text: str) -> tuple[float, ...]:
    """The weights of a setting, or nothing for `auto`.

    Raises:
        EngineError: `bad-setting` for anything but numbers of at least 0, one of them above 0.
    """
    if text.strip() in ("", "auto"):
        return ()
    try:
        weights = tuple(float(part) for part in text.split(","))
    except ValueError:
        weights = ()
    if not weights or min(weights) < 0 or not 0 < sum(weights) < math.inf:
        remedy = "Give auto, or numbers with commas, one for each: 1,0.5,0.25."
        raise EngineError(Problem("bad-setting", f"{text!r} are no weights.", remedy, place="setting weights"))
    return weights
