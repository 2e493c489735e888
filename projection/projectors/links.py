"""Span transfer over word links that come with the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from projection.align.base import Posterior
from projection.errors import EngineError, Problem
from projection.projectors.base import OneByOne, Projection, Stateless
from projection.projectors.pairs import PairView, pair_segments, project_pairs
from projection.transfer.decoder import DecoderSettings, transfer_spans, unprojected
from projection.transfer.heuristic import HeuristicSettings, transfer_by_links
from projection.types import Candidate, Item, Link, Span

LinkMethod = Literal["corrected", "published", "scored"]


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """How spans are transferred over imported links: by runs of linked words or by the scored decoder."""

    method: LinkMethod = "corrected"
    heuristic: HeuristicSettings = field(default_factory=HeuristicSettings)
    decoder: DecoderSettings = field(default_factory=DecoderSettings)


class LinksProjector(OneByOne, Stateless):
    """Span transfer over the links that items carry in `Item.alignments`."""

    def __init__(self, settings: LinkSettings | None = None) -> None:
        self._settings = settings or LinkSettings()

    def project(self, item: Item) -> Projection:
        """Candidates of one item; spans of segments without links come back with the reason `no-alignment`.

        Raises:
            EngineError: `link-out-of-range` when a link points outside the tokens.
        """
        known = {(alignment.src_segment, alignment.tgt_segment): alignment.links for alignment in item.alignments}

        def transfer(view: PairView, spans: Mapping[str, Span]) -> tuple[Sequence[Candidate], tuple[Link, ...] | None]:
            links = known.get((view.src_index, view.tgt_index))
            if links is None:
                return [unprojected(key, "no-alignment") for key in spans], None
            _check_links(item, view, links)
            return self._transfer(view, spans, links), links

        return project_pairs(item, pair_segments(item), transfer)

    def _transfer(self, view: PairView, spans: Mapping[str, Span], links: tuple[Link, ...]) -> Sequence[Candidate]:
        pair = view.span_pair
        if self._settings.method != "scored":
            return transfer_by_links(pair, spans, links, settings=self._settings.heuristic)
        shape = {"n_src": len(view.source.tokens), "n_tgt": len(view.target.tokens)}
        mass = Posterior.from_links(links, **shape).mean
        return transfer_spans(pair, spans, mass, settings=self._settings.decoder)


def _check_links(item: Item, view: PairView, links: Sequence[Link]) -> None:
    n_src, n_tgt = len(view.source.tokens), len(view.target.tokens)
    for link in links:
        if 0 <= link.src < n_src and 0 <= link.tgt < n_tgt:
            continue
        fault = f"The link {link.src}-{link.tgt} lies outside {n_src} source and {n_tgt} target tokens."
        remedy = "Import links that were made for these tokens."
        raise EngineError(Problem("link-out-of-range", fault, remedy, place=f"item {item.id}", item_id=item.id))
