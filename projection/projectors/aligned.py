"""Word alignment of the run's own sentence pairs, then span transfer over the link probabilities."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from projection.align.base import Aligner, LexiconEntry, PairSink, Posterior
from projection.align.sentences import add_pair, align_pairs
from projection.align.stored import open_model, save_model
from projection.errors import EngineError, Problem
from projection.projectors.base import Projection
from projection.projectors.pairs import PairView, pair_segments, project_pairs
from projection.transfer.decoder import SpanPair, unprojected
from projection.transfer.memory import CorpusMemory
from projection.types import Candidate, Item, Link, Span

Langs = tuple[str, str]
PosteriorTransfer = Callable[[SpanPair, Mapping[str, Span], Posterior, tuple[Link, ...]], Sequence[Candidate]]
"""Candidates from a tokenised segment pair, its source spans by key, its link probabilities and its hard links."""

_MEMORY = "memory/"


class AlignedProjector:
    """One aligner for each pair of languages; every span goes where its links go.

    Passages are cut into sentence beads first (see `projection.align.sentences`).
    """

    def __init__(
        self,
        make_aligner: Callable[[Langs], Aligner],
        transfer: PosteriorTransfer,
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
                add_pair(corpora[view.langs], view.source.words, view.target.words)
                add_pair(memories[view.langs], view.source.words, view.target.words)
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
        aligners = self._fitted()
        views = [pair_segments(item) for item in items]
        posteriors = _align_views(aligners, [view for group in views for view in group])

        def transfer(view: PairView, spans: Mapping[str, Span]) -> tuple[Sequence[Candidate], tuple[Link, ...] | None]:
            posterior = next(posteriors)
            if posterior is None:
                return [unprojected(key, "no-model") for key in spans], None
            links = posterior.hard_links(self._symmetrisation)
            pair = replace(view.span_pair, memory=self._memories[view.langs])
            return self._transfer(pair, spans, posterior, links), links

        return [project_pairs(item, group, transfer) for item, group in zip(items, views, strict=True)]


def _align_views(aligners: Mapping[Langs, Aligner], views: Sequence[PairView]) -> Iterator[Posterior | None]:
    """Link probabilities of each pair in the order given, or None where there is no aligner for its languages."""
    found: list[Posterior | None] = [None] * len(views)
    for langs, aligner in aligners.items():
        numbers = [number for number, view in enumerate(views) if view.langs == langs]
        pairs = [(views[number].source.words, views[number].target.words) for number in numbers]
        for number, posterior in zip(numbers, align_pairs(aligner, pairs), strict=True):
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
