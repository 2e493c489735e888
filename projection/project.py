"""Engines at work: items with source spans in, alignments and candidates out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from projection.align.base import Posterior
from projection.align.corpus import Corpus
from projection.align.statistical import AlignerSettings, LexiconEntry, StatisticalAligner, open_model
from projection.errors import EngineError, Problem
from projection.text import tokenize
from projection.transfer.decoder import DecoderSettings, SpanPair, span_key, transfer_spans, unprojected
from projection.transfer.heuristic import HeuristicSettings, transfer_by_links
from projection.transfer.profiles import STRINGS_ONLY
from projection.types import SOURCE, TARGET, Alignment, Candidate, Item, Link, Segment, Side, Span

Floats = npt.NDArray[np.float32]
LinkMethod = Literal["corrected", "published", "scored"]


@dataclass(frozen=True, slots=True)
class Projection:
    """What an engine found for one item.

    Attributes:
        item_id: the item.
        alignment: links of the first segment pair, or None where the engine makes none.
        candidates: for each source span in stored order one candidate or more.
        alignments: links of all segment pairs; token positions refer to the segment's tokens, or to those of
            `projection.text.tokenize` where it has none.
    """

    item_id: str
    alignment: Alignment | None
    candidates: tuple[Candidate, ...]
    alignments: tuple[Alignment, ...] = ()


class Projector(Protocol):
    """An engine that was built with settings.

    `fit` learns from all items of a run (labels are never looked at) and may take long; `save`/`load` carry what was
    learned over a restart; `project` handles one item and is independent of the others.
    """

    def fit(self, items: Iterator[Item] | Sequence[Item], *, progress: Callable[[float], None]) -> None: ...

    def save(self, path: Path) -> None: ...

    def load(self, path: Path) -> None: ...

    def project(self, item: Item) -> Projection: ...


class PairView(NamedTuple):
    """A source and a target segment of an item that translate each other, tokenised, with their indices."""

    src_index: int
    tgt_index: int
    source: Segment
    target: Segment

    @property
    def langs(self) -> tuple[str, str]:
        return self.source.lang, self.target.lang


def pair_segments(item: Item) -> list[PairView]:
    """Segments of an item that translate each other: the n-th source of a role with the n-th target of that role.

    Where no role fits, the n-th source goes with the n-th target.
    """
    sources, targets = _indices_by_role(item, SOURCE), _indices_by_role(item, TARGET)
    if sources.keys().isdisjoint(targets):
        sources, targets = {"": _flatten(sources)}, {"": _flatten(targets)}
    return [
        PairView(src, tgt, _tokenised(item.segments[src]), _tokenised(item.segments[tgt]))
        for role in sources
        for src, tgt in zip(sources[role], targets.get(role, []), strict=False)
    ]


def _indices_by_role(item: Item, side: Side) -> dict[str, list[int]]:
    indices: dict[str, list[int]] = {}
    for index, segment in enumerate(item.segments):
        if segment.side == side:
            indices.setdefault(segment.role, []).append(index)
    return indices


def _flatten(indices: Mapping[str, list[int]]) -> list[int]:
    return sorted(index for group in indices.values() for index in group)


def _tokenised(segment: Segment) -> Segment:
    if segment.tokens:
        return segment
    return replace(segment, tokens=tokenize(segment.text, lang=segment.lang))


def _source_spans(item: Item, segment: int | None = None) -> dict[str, Span]:
    """Source spans of an item (of one segment) by key, in stored order."""
    return {
        span_key(span, number): span
        for number, span in enumerate(item.spans)
        if item.segments[span.segment].side == SOURCE and segment in (None, span.segment)
    }


Transfer = Callable[[PairView, Mapping[str, Span]], tuple[Sequence[Candidate], tuple[Link, ...] | None]]


def _project_item(item: Item, transfer: Transfer) -> Projection:
    """Run a transfer over all segment pairs; source spans of segments without a target come back as unprojected."""
    found: dict[str, list[Candidate]] = {}
    alignments = []
    for view in pair_segments(item):
        candidates, links = transfer(view, _source_spans(item, view.src_index))
        for candidate in candidates:
            found.setdefault(candidate.source_id, []).append(candidate)
        if links is not None:
            alignments.append(Alignment(links, view.src_index, view.tgt_index))
    ordered = [
        candidate
        for key in _source_spans(item)
        for candidate in found.get(key) or [unprojected(key, "no-target-segment")]
    ]
    return Projection(item.id, alignments[0] if alignments else None, tuple(ordered), tuple(alignments))


class HmmProjector:
    """Statistical word alignment of the run's own sentence pairs, then scored span transfer.

    One aligner is learned for each pair of languages.
    """

    def __init__(
        self,
        aligner: AlignerSettings | None = None,
        decoder: DecoderSettings | None = None,
        *,
        symmetrisation: str = "grow-diag-final-and",
        lexicon: Sequence[LexiconEntry] = (),
    ) -> None:
        self._aligner_settings = aligner or AlignerSettings()
        self._decoder = decoder or DecoderSettings()
        self._symmetrisation = symmetrisation
        self._lexicon = tuple(lexicon)
        self._aligners: dict[tuple[str, str], StatisticalAligner] | None = None

    def use_lexicon(self, entries: Sequence[LexiconEntry]) -> None:
        """Known word translations, for the next `fit`."""
        self._lexicon = tuple(entries)

    def fit(self, items: Iterator[Item] | Sequence[Item], *, progress: Callable[[float], None]) -> None:
        """Learn from the sentence pairs of all items; they are read once and only numbers are kept."""
        corpora: dict[tuple[str, str], Corpus] = {}
        for item in items:
            for view in pair_segments(item):
                corpus = corpora.get(view.langs) or self._new_aligner().new_corpus()
                corpora[view.langs] = corpus
                corpus.add(view.source.words, view.target.words)
        self._aligners = {}
        for number, (langs, corpus) in enumerate(corpora.items()):
            self._aligners[langs] = self._new_aligner()
            self._aligners[langs].learn(corpus, progress=_part_of(progress, number, len(corpora)))

    def _new_aligner(self) -> StatisticalAligner:
        return StatisticalAligner(self._aligner_settings, lexicon=self._lexicon)

    def save(self, path: Path) -> None:
        """Write all aligners to one .npz file.

        Raises:
            EngineError: before `fit` or `load`.
        """
        aligners = self._fitted()
        arrays: dict[str, Any] = {"langs": np.array(list(aligners)).reshape(-1, 2)}
        for number, aligner in enumerate(aligners.values()):
            arrays |= {f"{number}/{name}": value for name, value in aligner.to_arrays().items()}
        with path.open("wb") as file:
            np.savez_compressed(file, **arrays)

    def load(self, path: Path) -> None:
        """Read what `save` wrote.

        Raises:
            EngineError: when the file is missing, damaged, or was written with other settings.
        """
        aligners: dict[tuple[str, str], StatisticalAligner] = {}
        with open_model(path) as arrays:
            for number, (src_lang, tgt_lang) in enumerate(arrays["langs"].tolist()):
                aligner = self._new_aligner()
                aligner.from_arrays(_Prefixed(arrays, f"{number}/"))
                aligners[src_lang, tgt_lang] = aligner
        self._aligners = aligners

    def _fitted(self) -> dict[tuple[str, str], StatisticalAligner]:
        if self._aligners is None:
            raise EngineError(Problem("not-fitted", "The engine has not learned yet.", "Call fit or load first."))
        return self._aligners

    def project(self, item: Item) -> Projection:
        """Links and candidates of one item.

        Spans of languages that `fit` did not see come back unprojected with the reason `no-model`.

        Raises:
            EngineError: before `fit` or `load`.
        """
        aligners = self._fitted()

        def transfer(view: PairView, spans: Mapping[str, Span]) -> tuple[Sequence[Candidate], tuple[Link, ...] | None]:
            aligner = aligners.get(view.langs)
            if aligner is None:
                return [unprojected(key, "no-model") for key in spans], None
            posterior = aligner.align(view.source.words, view.target.words)
            links = posterior.hard_links(self._symmetrisation)
            pair = SpanPair(view.source, view.target, view.tgt_index)
            return transfer_spans(pair, spans, posterior.mean, settings=self._decoder), links

        return _project_item(item, transfer)


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


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """How spans are transferred over imported links: by runs of linked words or by the scored decoder."""

    method: LinkMethod = "corrected"
    heuristic: HeuristicSettings = field(default_factory=HeuristicSettings)
    decoder: DecoderSettings = field(default_factory=DecoderSettings)


class _Stateless:
    """Nothing to learn and nothing to keep; a saved state is an empty file."""

    def fit(self, items: Iterator[Item] | Sequence[Item], *, progress: Callable[[float], None]) -> None:
        """Nothing to learn: the items are not even read."""
        del items
        progress(1.0)

    def save(self, path: Path) -> None:
        path.write_bytes(b"")

    def load(self, path: Path) -> None:
        """Raises `EngineError` when the file is missing."""
        if not path.exists():
            raise EngineError(Problem("bad-model", f"{path.name} does not exist.", "Run fit and save again."))


class LinksProjector(_Stateless):
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

        return _project_item(item, transfer)

    def _transfer(self, view: PairView, spans: Mapping[str, Span], links: tuple[Link, ...]) -> Sequence[Candidate]:
        pair = SpanPair(view.source, view.target, view.tgt_index)
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


class SimilarityProjector(_Stateless):
    """Span transfer by spelling alone."""

    def __init__(self, *, n_alternatives: int = 5, min_score: float = 0.4) -> None:
        self._decoder = DecoderSettings(n_alternatives=n_alternatives, min_score=min_score, profile=STRINGS_ONLY)

    def project(self, item: Item) -> Projection:
        """Candidates of one item; it has no alignment."""

        def transfer(view: PairView, spans: Mapping[str, Span]) -> tuple[Sequence[Candidate], tuple[Link, ...] | None]:
            pair = SpanPair(view.source, view.target, view.tgt_index)
            nothing = np.zeros((len(view.source.tokens), len(view.target.tokens)), dtype=np.float32)
            return transfer_spans(pair, spans, nothing, settings=self._decoder), None

        return _project_item(item, transfer)
