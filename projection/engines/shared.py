"""Settings that several engines have."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from projection.align.base import SYMMETRISATIONS
from projection.engines.base import Setting
from projection.errors import EngineError, Problem
from projection.projectors.aligned import LinkedPair, LinkTransfer
from projection.transfer.decoder import DecoderSettings, SpanJob, transfer_many
from projection.transfer.heuristic import HeuristicSettings, transfer_by_links
from projection.transfer.profiles import KINDS
from projection.types import Candidate

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


def scored_transfer(decoder: DecoderSettings) -> LinkTransfer:
    """Span transfer by link probabilities."""

    def transfer(linked: Sequence[LinkedPair]) -> list[list[Candidate]]:
        jobs = [SpanJob(each.pair, each.spans, each.posterior.mean) for each in linked]
        return transfer_many(jobs, settings=decoder)

    return transfer


def make_transfer(settings: Mapping[str, Any]) -> LinkTransfer:
    """Span transfer after word alignment, by link probabilities or by hard links."""
    if settings["transfer"] == "scored":
        return scored_transfer(decoder_settings(settings))
    heuristic = HeuristicSettings(gap=settings["gap"], n_alternatives=settings["n_alternatives"])

    def transfer(linked: Sequence[LinkedPair]) -> list[list[Candidate]]:
        return [transfer_by_links(each.pair, each.spans, each.links, settings=heuristic) for each in linked]

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
