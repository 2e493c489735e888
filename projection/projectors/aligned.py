"""Word alignment of the run's own sentence pairs, then span transfer over the link probabilities."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from projection.align.base import Aligner, LexiconEntry, PairSink, Posterior
from projection.align.sentences import add_pair, align_pairs
from projection.align.stored import open_model, save_model
from projection.errors import EngineError, Problem
from projection.projectors.base import Projection
from projection.projectors.pairs import PairView, pair_segments, project_pairs, source_spans
from projection.transfer.decoder import SpanPair, unprojected
from projection.transfer.memory import CorpusMemory
from projection.types import Candidate, Item, Link, Segment, Span

Langs = tuple[str, str]
_MEMORY = "memory/"


class LinkedPair(NamedTuple):
    """A tokenised segment pair, its source spans by key, its link probabilities and its hard links."""

    pair: SpanPair
    spans: Mapping[str, Span]
    posterior: Posterior
    links: tuple[Link, ...]


LinkTransfer = Callable[[Sequence[LinkedPair]], Sequence[Sequence[Candidate]]]
"""Candidates of each of some segment pairs."""


class AlignedProjector:
    """One aligner for each pair of languages; every span goes where its links go.

    Passages are cut into sentence beads first (see `projection.align.sentences`).
    """

    def __init__(
        self,
        make_aligner: Callable[[Langs], Aligner],
        transfer: LinkTransfer,
        *,
        symmetrisation: str = "grow-diag-final-and",
    ) -> None:
        self._make_aligner = make_aligner
        self._transfer = transfer
        self._symmetrisation = symmetrisation
        self._lexicon: tuple[LexiconEntry, ...] = ()
        self._aligners: dict[Langs, Aligner] | None = None
        self._memories: dict[Langs, CorpusMemory] = {}

    def use_lexicon(self, entries: Sequence[LexiconEntry]) -> None:
        """Known word translations, for the next `fit`; aligners that cannot use them ignore them."""
        self._lexicon = tuple(entries)

    def fit(self, items: Iterator[Item] | Sequence[Item], *, progress: Callable[[float], None]) -> None:
        """Learn from the sentence pairs of all items; they are read once."""
        aligners: dict[Langs, Aligner] = {}
        corpora: dict[Langs, PairSink] = {}
        memories: dict[Langs, CorpusMemory] = {}
        for item in items:
            for view in pair_segments(item):
                if view.langs not in aligners:
                    aligners[view.langs] = self._new_aligner(view.langs)
                    corpora[view.langs] = aligners[view.langs].new_corpus()
                    memories[view.langs] = CorpusMemory()
                add_pair(view.source.words, view.target.words, corpora[view.langs], memories[view.langs])
        for number, langs in enumerate(aligners):
            aligners[langs].learn(corpora.pop(langs), progress=_part_of(progress, number, len(aligners)))
        self._aligners, self._memories = aligners, memories

    def _new_aligner(self, langs: Langs) -> Aligner:
        aligner = self._make_aligner(langs)
        aligner.use_lexicon(self._lexicon)
        return aligner

    def save(self, path: Path) -> None:
        """Write all aligners, and what is remembered of the sentence pairs, to one .npz file.

        Raises:
            EngineError: before `fit` or `load`.
        """
        aligners = self._fitted()
        arrays: dict[str, Any] = {"langs": np.array(list(aligners)).reshape(-1, 2)}
        for number, (langs, aligner) in enumerate(aligners.items()):
            arrays |= {f"{number}/{name}": value for name, value in aligner.to_arrays().items()}
            remembered = self._memories[langs].to_arrays()
            arrays |= {f"{number}/{_MEMORY}{name}": value for name, value in remembered.items()}
        save_model(path, arrays)

    def load(self, path: Path) -> None:
        """Read what `save` wrote.

        Raises:
            EngineError: when the file is missing, damaged, or was written with other settings.
        """
        aligners: dict[Langs, Aligner] = {}
        memories: dict[Langs, CorpusMemory] = {}
        with open_model(path) as arrays:
            for number, (src_lang, tgt_lang) in enumerate(arrays["langs"].tolist()):
                aligner = self._new_aligner((src_lang, tgt_lang))
                aligner.from_arrays(_Prefixed(arrays, f"{number}/"))
                aligners[src_lang, tgt_lang] = aligner
                memories[src_lang, tgt_lang] = CorpusMemory.from_arrays(_Prefixed(arrays, f"{number}/{_MEMORY}"))
        self._aligners, self._memories = aligners, memories

    def _fitted(self) -> dict[Langs, Aligner]:
        if self._aligners is None:
            raise EngineError(Problem("not-fitted", "The engine has not learned yet.", "Call fit or load first."))
        return self._aligners

    def align_views(self, views: Sequence[PairView]) -> list[Posterior | None]:
        """Link probabilities of segment pairs, None where `fit` did not see their languages.

        Raises:
            EngineError: before `fit` or `load`.
        """
        return list(_align_views(self._fitted(), views))

    def project(self, item: Item) -> Projection:
        """Links and candidates of one item, see `project_many`."""
        return self.project_many([item])[0]

    def project_many(self, items: Sequence[Item]) -> list[Projection]:
        """Links and candidates of items.

        Spans of languages that `fit` did not see come back unprojected with the reason `no-model`.

        Raises:
            EngineError: before `fit` or `load`.
        """
        groups = [pair_segments(item) for item in items]
        views = [view for group in groups for view in group]
        spans = [
            source_spans(item, view.src_index) for item, group in zip(items, groups, strict=True) for view in group
        ]
        linked = [
            None if posterior is None else self._link(view, own, posterior)
            for view, own, posterior in zip(views, spans, self.align_views(views), strict=True)
        ]
        candidates = iter(self._transfer([pair for pair in linked if pair]))
        found = iter(
            (next(candidates), pair.links) if pair else ([unprojected(key, "no-model") for key in own], None)
            for pair, own in zip(linked, spans, strict=True)
        )
        return [project_pairs(item, group, lambda *_: next(found)) for item, group in zip(items, groups, strict=True)]

    def _link(self, view: PairView, spans: Mapping[str, Span], posterior: Posterior) -> LinkedPair:
        pair = replace(view.span_pair, memory=self._memories[view.langs])
        return LinkedPair(pair, spans, posterior, posterior.hard_links(self._symmetrisation))


def _align_views(aligners: Mapping[Langs, Aligner], views: Sequence[PairView]) -> Iterator[Posterior | None]:
    """Link probabilities of each pair in the order given, or None where there is no aligner for its languages."""
    found: list[Posterior | None] = [None] * len(views)
    for langs, aligner in aligners.items():
        # A passage comes with each of its questions: the same pair is aligned once.
        numbers: dict[tuple[Segment, Segment], list[int]] = {}
        for number, view in enumerate(views):
            if view.langs == langs:
                numbers.setdefault((view.source, view.target), []).append(number)
        pairs = [(source.words, target.words) for source, target in numbers]
        for places, posterior in zip(numbers.values(), align_pairs(aligner, pairs), strict=True):
            for number in places:
                found[number] = posterior
    return iter(found)


def _part_of(progress: Callable[[float], None], number: int, n_parts: int) -> Callable[[float], None]:
    return lambda share: progress((number + share) / n_parts)


class _Prefixed(Mapping[str, Any]):
    """The arrays whose names begin with a prefix, without it."""

    def __init__(self, arrays: Mapping[str, Any], prefix: str) -> None:
        self._arrays, self._prefix = arrays, prefix

    def __getitem__(self, name: str) -> Any:
        return self._arrays[self._prefix + name]

    def __iter__(self) -> Iterator[str]:
        return (name.removeprefix(self._prefix) for name in self._arrays if name.startswith(self._prefix))

    def __len__(self) -> int:
        return sum(1 for _ in self)
