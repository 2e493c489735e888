"""Span transfer over word links that come with the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from projection.align.base import Posterior
from projection.errors import EngineError, Problem
from projection.projectors.base import OneByOne, Projection, Stateless
from projection.projectors.pairs import PairView, pair_segments, project_pairs
from projection.transfer.decoder import DecoderSettings, SpanPair, covered_tokens, transfer_spans, unprojected
from projection.transfer.heuristic import HeuristicSettings, transfer_by_links
from projection.transfer.pieces import add_pieces
from projection.transfer.profiles import CLAUSE_WORDS
from projection.transfer.rules import LongSpans, apply_rules
from projection.types import Candidate, Item, Link, Span

LinkMethod = Literal["corrected", "published", "scored"]


@dataclass(frozen=True, slots=True)
class AfterTransfer:
    """What is done to the candidates of a segment pair once they are there.

    Attributes:
        long_spans: rules for spans that fill their sentence, see `projection.transfer.rules`.
        discontinuous: propose targets in several pieces too, see `projection.transfer.pieces`.
        n_alternatives: candidates kept for each span.
    """

    long_spans: LongSpans = "off"
    discontinuous: bool = False
    n_alternatives: int = 5

    def apply(
        self,
        pair: SpanPair,
        spans: Mapping[str, Span],
        candidates: Sequence[Candidate],
        mass: npt.NDArray[np.float32],
    ) -> list[Candidate]:
        """The candidates with these steps applied; `mass` are the link probabilities, shape (n_src, n_tgt)."""
        found = list(candidates)
        if self.discontinuous:
            found = add_pieces(pair, spans, found, mass, n_alternatives=self.n_alternatives)
        return apply_rules(pair, spans, found, mode=self.long_spans)


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """How spans are transferred over imported links: by runs of linked words or by the scored decoder.

    With `corrected` rules for long spans, pairs that have spans of `CLAUSE_WORDS` words and more go through the decoder
    whatever the method, because runs break long spans.
    """

    method: LinkMethod = "corrected"
    heuristic: HeuristicSettings = field(default_factory=HeuristicSettings)
    decoder: DecoderSettings = field(default_factory=DecoderSettings)
    after: AfterTransfer = field(default_factory=AfterTransfer)


class LinksProjector(OneByOne, Stateless):
    """Span transfer over the links that items carry in `Item.alignments`."""

    def __init__(self, settings: LinkSettings | None = None) -> None:
        self._settings = settings or LinkSettings()

    def project(self, item: Item) -> Projection:
        """Candidates of one item; spans of segments without links come back with the reason `no-alignment`.

        Of several alignments of one segment pair the last one counts.

        Raises:
            EngineError: `link-out-of-range` when a link points outside the tokens.
        """

        def transfer(view: PairView, spans: Mapping[str, Span]) -> tuple[Sequence[Candidate], tuple[Link, ...] | None]:
            given = links_of(item, view)
            if not given:
                return [unprojected(key, "no-alignment") for key in spans], None
            return self._transfer(view, spans, given[-1]), given[-1]

        return project_pairs(item, pair_segments(item), transfer)

    def _transfer(self, view: PairView, spans: Mapping[str, Span], links: tuple[Link, ...]) -> Sequence[Candidate]:
        pair = view.span_pair
        shape = {"n_src": len(view.source.tokens), "n_tgt": len(view.target.tokens)}
        mass = Posterior.from_links(links, **shape).mean
        if self._is_scored(pair, spans):
            candidates = transfer_spans(pair, spans, mass, settings=self._settings.decoder)
        else:
            candidates = transfer_by_links(pair, spans, links, settings=self._settings.heuristic)
        return self._settings.after.apply(pair, spans, candidates, mass)

    def _is_scored(self, pair: SpanPair, spans: Mapping[str, Span]) -> bool:
        if self._settings.method == "scored":
            return True
        return self._settings.after.long_spans == "corrected" and any(
            len(covered_tokens(pair.source, span)) >= CLAUSE_WORDS for span in spans.values()
        )


def links_of(item: Item, view: PairView) -> list[tuple[Link, ...]]:
    """The links that an item carries for a segment pair: of one aligner or of several, in stored order.

    Raises:
        EngineError: `link-out-of-range` when a link points outside the tokens.
    """
    pair = (view.src_index, view.tgt_index)
    found = [each.links for each in item.alignments if (each.src_segment, each.tgt_segment) == pair]
    for links in found:
        _check_links(item, view, links)
    return found


def _check_links(item: Item, view: PairView, links: Sequence[Link]) -> None:
    n_src, n_tgt = len(view.source.tokens), len(view.target.tokens)
    for link in links:
        if 0 <= link.src < n_src and 0 <= link.tgt < n_tgt:
            continue
        fault = f"The link {link.src}-{link.tgt} lies outside {n_src} source and {n_tgt} target tokens."
        remedy = "Import links that were made for these tokens."
        raise EngineError(Problem("link-out-of-range", fault, remedy, place=f"item {item.id}", item_id=item.id))
