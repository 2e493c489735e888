"""Span transfer over the links of several aligners at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from projection.align.base import Posterior
from projection.errors import EngineError, Problem
from projection.projectors.aligned import AlignedProjector
from projection.projectors.base import Projection
from projection.projectors.links import AfterTransfer, links_of
from projection.projectors.pairs import PairView, pair_segments, project_pairs, source_spans
from projection.projectors.state import load_members, save_members
from projection.transfer.fusion import FusionSettings, Voice, list_ballots, transfer_fused
from projection.transfer.reliability import estimate_weights
from projection.types import Candidate, Item, Link, Span

N_SAMPLE = 5000
"""Items with links and spans that weights are estimated from: the first ones."""

_CHUNK_ITEMS = 256


class FusedProjector:
    """Score fusion over the alignments that items carry for a segment pair, and over one that it learns itself.

    The aligners are numbered as their alignments stand in `Item.alignments`; the one that is learned comes last.
    """

    def __init__(
        self,
        settings: FusionSettings,
        *,
        learner: AlignedProjector | None = None,
        after: AfterTransfer | None = None,
    ) -> None:
        """Weights that `settings` does not give are estimated by `fit`."""
        self._settings = settings
        self._learner = learner
        self._after = after or AfterTransfer()
        self._weights: tuple[float, ...] | None = settings.weights or None
        self._n_given = 0

    @property
    def weights(self) -> tuple[float, ...] | None:
        """One for each aligner; None before `fit` or `load`."""
        return self._weights

    def fit(self, items: Iterator[Item] | Sequence[Item], *, progress: Callable[[float], None]) -> None:
        """Learn word links from all items, and weights from where the aligners put source spans.

        Of labels only the places of source spans are looked at.

        Raises:
            EngineError: `bad-setting` where another number of weights is given than there are aligners.
        """
        sample: list[Item] = []
        kept = _sampled(items, sample)
        if self._learner is not None:
            self._learner.fit(kept, progress=lambda share: progress(0.9 * share))
        else:
            for _ in kept:
                pass
        self._n_given = max(map(_count_aligners, sample), default=0)
        if sample:
            self._check_weights()
        if not self._settings.weights:
            self._weights = self._estimate(sample)
        progress(1.0)

    def _check_weights(self) -> None:
        n_weights, n_voices = len(self._settings.weights), self._n_given + (self._learner is not None)
        if n_weights not in (0, n_voices):
            fault = f"There are {n_weights} weights for {n_voices} aligners, counting one that is learned."
            raise EngineError(Problem("bad-setting", fault, "Give auto, or one for each.", place="setting weights"))

    def _estimate(self, sample: Sequence[Item]) -> tuple[float, ...]:
        n_voices = self._n_given + (self._learner is not None)
        if n_voices < 2:
            return (1.0,) * n_voices
        ballots = [
            ballot
            for start in range(0, len(sample), _CHUNK_ITEMS)
            for item, pairs in self._aligned(sample[start : start + _CHUNK_ITEMS])
            for view, posterior in pairs
            for ballot in list_ballots(
                view.span_pair,
                source_spans(item, view.src_index),
                self._voices(view, links_of(item, view), posterior),
                n_voices=n_voices,
                settings=self._settings,
            )
        ]
        return estimate_weights(ballots, n_voices=n_voices)

    def _aligned(self, items: Sequence[Item]) -> Iterator[tuple[Item, list[tuple[PairView, Posterior | None]]]]:
        """Each item with its segment pairs and what the learned aligner says about them."""
        views = [pair_segments(item) for item in items]
        flat = [view for group in views for view in group]
        posteriors = iter(self._learner.align_views(flat) if self._learner is not None else [None] * len(flat))
        for item, group in zip(items, views, strict=True):
            yield item, [(view, next(posteriors)) for view in group]

    def _voices(
        self, view: PairView, given: Sequence[tuple[Link, ...]], posterior: Posterior | None
    ) -> dict[int, Voice]:
        voices = {number: Voice.of_links(links, view.span_pair) for number, links in enumerate(given)}
        if posterior is not None:
            voices[self._n_given] = Voice(posterior.mean)
        return voices

    def save(self, path: Path) -> None:
        """Write weights and what was learned to one file.

        Raises:
            EngineError: before `fit` or `load`.
        """
        facts = {"weights": self._fitted(), "n_given": self._n_given}
        save_members(path, {} if self._learner is None else {"learner": self._learner}, facts)

    def load(self, path: Path) -> None:
        """Read what `save` wrote.

        Raises:
            EngineError: when the file is missing, damaged, or was written with other settings.
        """
        facts = load_members(path, {} if self._learner is None else {"learner": self._learner})
        self._weights, self._n_given = tuple(facts["weights"]), int(facts["n_given"])

    def _fitted(self) -> tuple[float, ...]:
        if self._weights is None:
            raise EngineError(Problem("not-fitted", "The engine has not learned yet.", "Call fit or load first."))
        return self._weights

    def project(self, item: Item) -> Projection:
        """Links and candidates of one item, see `project_many`."""
        return self.project_many([item])[0]

    def project_many(self, items: Sequence[Item]) -> list[Projection]:
        """Candidates of items, with the links of the first aligner that has some for the segment pair.

        Spans of segment pairs without any links come back with the reason `no-alignment`.

        Raises:
            EngineError: before `fit` or `load`; `link-out-of-range` when a link points outside the tokens.
        """
        settings = replace(self._settings, weights=self._fitted())
        return [self._project(item, dict(pairs), settings) for item, pairs in self._aligned(items)]

    def _project(
        self, item: Item, posteriors: Mapping[PairView, Posterior | None], settings: FusionSettings
    ) -> Projection:
        def transfer(view: PairView, spans: Mapping[str, Span]) -> tuple[Sequence[Candidate], tuple[Link, ...] | None]:
            given, posterior = links_of(item, view), posteriors[view]
            voices = self._voices(view, given, posterior)
            candidates = transfer_fused(view.span_pair, spans, voices, settings=settings)
            if not voices:
                return candidates, None
            best = max(voices, key=lambda number: (settings.weight(number), -number))
            after = self._after.apply(view.span_pair, spans, candidates, voices[best].mass)
            return after, given[0] if given else posterior.hard_links() if posterior else None

        return project_pairs(item, list(posteriors), transfer)


def _sampled(items: Iterator[Item] | Sequence[Item], sample: list[Item]) -> Iterator[Item]:
    """The items, the first of them that have spans being put into the sample on the way."""
    for item in items:
        if len(sample) < N_SAMPLE and item.alignments and source_spans(item):
            sample.append(item)
        yield item


def _count_aligners(item: Item) -> int:
    """The largest number of alignments of one segment pair."""
    return max(Counter((each.src_segment, each.tgt_segment) for each in item.alignments).values(), default=0)
