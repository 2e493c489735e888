"""T-Projection at work: strings proposed by a text-to-text model, scored by a translation model, assigned to spans."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from projection.align.base import Posterior
from projection.align.stored import open_model, save_model
from projection.errors import Problem
from projection.projectors.aligned import AlignedProjector
from projection.projectors.base import Projection
from projection.projectors.pairs import PairView, pair_segments, project_pairs, source_spans
from projection.transfer.decoder import covered_tokens
from projection.transfer.nmtscore import TextPair
from projection.transfer.tprojection.hypotheses import Proposals, has_lone_sign, read_hypotheses
from projection.transfer.tprojection.improved import (
    Place,
    SelectionSettings,
    find_places,
    select_improved,
    wanted_surfaces,
)
from projection.transfer.tprojection.proposers import Proposed, Proposer, Request, Scorer
from projection.transfer.tprojection.published import in_source_order, select_published, wanted_pairs
from projection.transfer.tprojection.records import Record, Scores
from projection.types import Candidate, Item, Link, Span

SelectionMode = Literal["improved", "published"]
SELECTION_MODES: tuple[SelectionMode, ...] = ("improved", "published")

_NO_SCORES: Mapping[TextPair, float] = {}


@dataclass(frozen=True, slots=True)
class TProjectionSettings:
    """The assignment: which one, and how."""

    mode: SelectionMode = "improved"
    selection: SelectionSettings = field(default_factory=SelectionSettings)
    symmetrisation: str = "grow-diag-final-and"


class _Sentence(NamedTuple):
    """A segment pair with its source spans, what was proposed, and its link probabilities."""

    view: PairView
    spans: Mapping[str, Span]
    proposed: Proposed
    proposals: Proposals
    posterior: Posterior | None

    @property
    def mass(self) -> npt.NDArray[np.float32] | None:
        return None if self.posterior is None else self.posterior.mean


class TProjectionProjector:
    """Proposes, scores and assigns; with an aligner, word links help to choose and are kept."""

    def __init__(
        self,
        proposer: Proposer,
        scorer: Scorer | None,
        settings: TProjectionSettings | None = None,
        *,
        aligned: AlignedProjector | None = None,
    ) -> None:
        """Put the parts together.

        Args:
            proposer: gives hypotheses.
            scorer: gives translation scores; without one, links and spelling decide (not in the published mode).
            settings: of the assignment.
            aligned: learns the word links, or None to do without; the published mode has no use for them.
        """
        self._proposer = proposer
        self._scorer = scorer
        self._settings = settings or TProjectionSettings()
        self._aligned = aligned
        self._strip_signs = True

    def fit(self, items: Iterator[Item] | Sequence[Item], *, progress: Callable[[float], None]) -> None:
        """Learn word links, and whether a labelled source word is nothing but punctuation (see `select_published`)."""
        self._strip_signs = True
        seen = self._watched(items)
        if self._aligned is not None:
            self._aligned.fit(seen, progress=progress)
            return
        for _ in seen:
            pass
        progress(1.0)

    def _watched(self, items: Iterator[Item] | Sequence[Item]) -> Iterator[Item]:
        for item in items:
            if self._strip_signs and has_lone_sign(_span_words(item)):
                self._strip_signs = False
            yield item

    def save(self, path: Path) -> None:
        """Write what `fit` learned to one .npz file.

        Raises:
            EngineError: before `fit` or `load`.
        """
        arrays: dict[str, Any] = {"strip_signs": np.array(self._strip_signs)}
        if self._aligned is not None:
            part = path.with_name(f"{path.name}.links")
            self._aligned.save(part)
            arrays["links"] = np.frombuffer(part.read_bytes(), dtype=np.uint8)
            part.unlink()
        save_model(path, arrays)

    def load(self, path: Path) -> None:
        """Read what `save` wrote.

        Raises:
            EngineError: when the file is missing, damaged, or was written with other settings.
        """
        with open_model(path) as arrays:
            self._strip_signs = bool(arrays["strip_signs"])
            if self._aligned is None:
                return
            part = path.with_name(f"{path.name}.links")
            part.write_bytes(arrays["links"].tobytes())
        try:
            self._aligned.load(part)
        finally:
            part.unlink()

    def project(self, item: Item) -> Projection:
        """Links and candidates of one item, see `project_many`."""
        return self.project_many([item])[0]

    def project_many(self, items: Sequence[Item]) -> list[Projection]:
        """Links and candidates of items; their texts share batches.

        Spans for which nothing was found come back with the reasons of `select_improved` or `select_published`, or with
        `text-too-long` where the model cannot take the sentence.

        Raises:
            EngineError: before `fit` or `load`; for a model that cannot be loaded, or that lacks a language.
        """
        views = [pair_segments(item) for item in items]
        sentences = self._sentences(items, views)
        is_published = self._settings.mode == "published"
        candidates = self._published(sentences) if is_published else self._improved(sentences)
        pending = iter(zip(sentences, candidates, strict=True))

        def transfer(view: PairView, spans: Mapping[str, Span]) -> tuple[Sequence[Candidate], tuple[Link, ...] | None]:
            del view, spans
            sentence, found = next(pending)
            posterior = sentence.posterior
            return found, None if posterior is None else posterior.hard_links(self._settings.symmetrisation)

        return [project_pairs(item, group, transfer) for item, group in zip(items, views, strict=True)]

    def record(self, items: Sequence[Item]) -> tuple[list[Record], Scores, list[Problem]]:
        """What was proposed for items of one segment pair each, and the scores that either assignment needs.

        Items with more segment pairs are recorded with the first one. Without a scorer there are no scores.

        Returns:
            Records in the order given, scores, and a problem for each item that the model cannot read
            (`text-too-long`).
        """
        sentences = self._sentences(items, [pair_segments(item)[:1] for item in items])
        settings = replace(self._settings.selection, n_grams="never")
        wanted: list[list[TextPair]] = []
        for each in sentences:
            pair = each.view.span_pair
            places = find_places(pair, each.spans, each.proposals, mass=None, settings=settings)
            published = wanted_pairs(pair, each.spans, each.proposals, strip_signs=self._strip_signs)
            wanted.append([*published, *wanted_surfaces(pair, each.spans, places)])
        scores: dict[TextPair, float] = {}
        for own in self._scores(sentences, wanted).values():
            scores |= own
        rows = zip(items, sentences, strict=True)
        records = [Record(item, each.proposed.hypotheses) for item, each in rows]
        return (
            records,
            Scores(scores),
            [_unread(item) for item, each in zip(items, sentences, strict=True) if each.proposed.reason],
        )

    def _sentences(self, items: Sequence[Item], views: Sequence[Sequence[PairView]]) -> list[_Sentence]:
        """All segment pairs of the items in their order."""
        flat = [(item, view) for item, group in zip(items, views, strict=True) for view in group]
        spans = [source_spans(item, view.src_index) for item, view in flat]
        requests = [
            Request(item.id, view.target, tuple(own[key].label for key in in_source_order(own)))
            for (item, view), own in zip(flat, spans, strict=True)
        ]
        asked = [number for number, request in enumerate(requests) if request.labels and request.target.tokens]
        found = dict(zip(asked, self._proposer.propose([requests[number] for number in asked]), strict=True))
        posteriors = self._posteriors([view for _, view in flat])
        sentences = []
        for number, (_, view) in enumerate(flat):
            proposed = found.get(number, Proposed())
            proposals = read_hypotheses(proposed.hypotheses, set(requests[number].labels))
            sentences.append(_Sentence(view, spans[number], proposed, proposals, posteriors[number]))
        return sentences

    def _posteriors(self, views: Sequence[PairView]) -> Sequence[Posterior | None]:
        if self._aligned is None:
            return [None] * len(views)
        return self._aligned.align_views(views)

    def _published(self, sentences: Sequence[_Sentence]) -> list[list[Candidate]]:
        strip_signs = self._strip_signs
        wanted = [
            wanted_pairs(each.view.span_pair, each.spans, each.proposals, strip_signs=strip_signs) for each in sentences
        ]
        scores = self._scores(sentences, wanted)
        return [
            _with_reason(
                select_published(
                    each.view.span_pair,
                    each.spans,
                    each.proposals,
                    scores[each.view.langs],
                    strip_signs=strip_signs,
                    n_alternatives=self._settings.selection.decoder.n_alternatives,
                ),
                each.proposed.reason,
            )
            for each in sentences
        ]

    def _improved(self, sentences: Sequence[_Sentence]) -> list[list[Candidate]]:
        settings = self._settings.selection
        places: list[dict[str, list[Place]]] = [
            find_places(each.view.span_pair, each.spans, each.proposals, mass=each.mass, settings=settings)
            for each in sentences
        ]
        wanted = [
            wanted_surfaces(each.view.span_pair, each.spans, own) for each, own in zip(sentences, places, strict=True)
        ]
        scores = self._scores(sentences, wanted)
        return [
            _with_reason(
                select_improved(
                    each.view.span_pair,
                    each.spans,
                    own,
                    scores[each.view.langs],
                    has_links=each.posterior is not None,
                    settings=settings,
                ),
                each.proposed.reason,
            )
            for each, own in zip(sentences, places, strict=True)
        ]

    def _scores(
        self, sentences: Sequence[_Sentence], wanted: Sequence[Sequence[TextPair]]
    ) -> dict[tuple[str, str], Mapping[TextPair, float]]:
        """Scores by pair of languages, all pairs of texts of one pair of languages together."""
        pairs: dict[tuple[str, str], dict[TextPair, None]] = {each.view.langs: {} for each in sentences}
        for each, own in zip(sentences, wanted, strict=True):
            pairs[each.view.langs].update(dict.fromkeys(own))
        if self._scorer is None:
            return dict.fromkeys(pairs, _NO_SCORES)
        return {langs: self._scorer.score(own, src_lang=langs[0], tgt_lang=langs[1]) for langs, own in pairs.items()}


def _span_words(item: Item) -> Iterator[list[str]]:
    """The words of all source spans of an item."""
    for view in pair_segments(item):
        words = view.source.words
        for span in source_spans(item, view.src_index).values():
            yield [words[token] for token in covered_tokens(view.source, span)]


def _unread(item: Item) -> Problem:
    fault = "The model cannot take the sentence, even in parts."
    return Problem("text-too-long", fault, "Raise max_length.", place=f"item {item.id}", item_id=item.id)


def _with_reason(candidates: Sequence[Candidate], reason: str) -> list[Candidate]:
    """The candidates; where the model could not read the sentence, that is why nothing proposed is in the target."""
    return [
        replace(candidate, reason=reason) if reason and candidate.reason == "not-in-target" else candidate
        for candidate in candidates
    ]
