"""Span transfer by spelling alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from projection.projectors.base import OneByOne, Projection, Stateless
from projection.projectors.pairs import PairView, pair_segments, project_pairs
from projection.transfer.decoder import DecoderSettings, transfer_spans
from projection.transfer.profiles import STRINGS_ONLY
from projection.types import Candidate, Item, Link, Span


class SimilarityProjector(OneByOne, Stateless):
    """Span transfer by spelling alone."""

    def __init__(self, *, n_alternatives: int = 5, min_score: float = 0.4) -> None:
        self._decoder = DecoderSettings(n_alternatives=n_alternatives, min_score=min_score, profile=STRINGS_ONLY)

    def project(self, item: Item) -> Projection:
        """Candidates of one item; it has no alignment."""

        def transfer(view: PairView, spans: Mapping[str, Span]) -> tuple[Sequence[Candidate], tuple[Link, ...] | None]:
            nothing = np.zeros((len(view.source.tokens), len(view.target.tokens)), dtype=np.float32)
            return transfer_spans(view.span_pair, spans, nothing, settings=self._decoder), None

        return project_pairs(item, pair_segments(item), transfer)
