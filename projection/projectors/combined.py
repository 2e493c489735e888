"""Several projectors as one: their candidates are brought together by target span."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from projection.align.base import LexiconEntry
from projection.errors import EngineError, Problem, ProjectionError, raise_general
from projection.projectors.aligned import AlignedProjector
from projection.projectors.base import Projection, Projector
from projection.projectors.pairs import source_spans
from projection.projectors.state import load_members, save_members
from projection.transfer.assign import Choice, Claim, assign_ranges
from projection.transfer.decoder import unprojected
from projection.transfer.reliability import Ballot, estimate_weights
from projection.types import Candidate, Interval, Item, Span

N_SAMPLE = 500
"""Items with spans that weights are estimated from: the first ones."""

Place = tuple[int, tuple[Interval, ...]]
"""Target segment and intervals."""


@dataclass(frozen=True, slots=True)
class CombinedSettings:
    """How candidates of several projectors are combined.

    Attributes:
        weights: one for each member in order; none to estimate them without gold.
        choice: what being a member's best candidate adds to the score of a place (scores are at most 1).
        n_alternatives: candidates kept for each span.
    """

    weights: tuple[float, ...] = ()
    choice: float = 1.0
    n_alternatives: int = 5


class CombinedProjector:
    """Candidates of several members, scored by all of them and assigned best first.

    A place scores the weighted mean of the members' scores for it (0 from those that do not propose it) and of their
    being for it first. A member that fails on an item is left out of that item; one that cannot work at all, such as
    with a model that cannot be loaded, fails the whole.
    """

    def __init__(self, members: Mapping[str, Projector], settings: CombinedSettings | None = None) -> None:
        """Members by name; the names become parts of the scores."""
        self._members = dict(members)
        self._settings = settings or CombinedSettings()
        self._weights: dict[str, float] | None = None
        if self._settings.weights:
            given = (*self._settings.weights, *[1.0] * len(members))
            self._weights = dict(zip(members, given, strict=False))

    @property
    def weights(self) -> Mapping[str, float] | None:
        """By member; None before `fit` or `load`."""
        return self._weights

    def use_lexicon(self, entries: Sequence[LexiconEntry]) -> None:
        """Known word translations, for the members that align words."""
        for member in self._members.values():
            if isinstance(member, AlignedProjector):
                member.use_lexicon(entries)

    def fit(self, items: Iterator[Item] | Sequence[Item], *, progress: Callable[[float], None]) -> None:
        """Let all members learn, then estimate weights from what they propose for the first items that have spans.

        The items are held in memory, because every member reads them.
        """
        known = list(items)
        n_steps = len(self._members) + 1
        for number, member in enumerate(self._members.values()):
            member.fit(known, progress=_part_of(progress, number, n_steps))
        if self._weights is None:
            self._weights = self._estimate([item for item in known if source_spans(item)][:N_SAMPLE])
        progress(1.0)

    def _estimate(self, sample: Sequence[Item]) -> dict[str, float]:
        ballots = []
        for item, found in zip(sample, self._project_members(sample), strict=True):
            for key, span in source_spans(item).items():
                best = [_best_of(found.get(name), key) for name in self._members]
                phrase = span.surface(item.segments[span.segment].text).casefold()
                targets = tuple(
                    each.surface(item.segments[each.segment].text).casefold() if each else "" for each in best
                )
                ranges = tuple((each.start_char, each.end_char) if each else None for each in best)
                ballots.append(Ballot(phrase, ranges, targets))
        return dict(zip(self._members, estimate_weights(ballots, n_voices=len(self._members)), strict=True))

    def save(self, path: Path) -> None:
        """Write what all members learned, and the weights, to one file.

        Raises:
            EngineError: before `fit` or `load`.
        """
        save_members(path, self._members, {"weights": self._fitted()})

    def load(self, path: Path) -> None:
        """Read what `save` wrote.

        Raises:
            EngineError: when the file is missing, damaged, or was written for other members.
        """
        facts = load_members(path, self._members)
        self._weights = {name: float(facts["weights"][name]) for name in self._members}

    def _fitted(self) -> dict[str, float]:
        if self._weights is None:
            raise EngineError(Problem("not-fitted", "The engine has not learned yet.", "Call fit or load first."))
        return self._weights

    def project(self, item: Item) -> Projection:
        """Links and candidates of one item, see `project_many`."""
        return self.project_many([item])[0]

    def project_many(self, items: Sequence[Item]) -> list[Projection]:
        """Candidates of items with the links of the first member that makes some.

        Parts of a candidate: the score of each member that proposes it, by the member's name; `agreement`, the weighted
        share of the members for which it comes first; `disagreement`, the weighted share of the members that are
        against the place with the most agreement (the same for all candidates of a span); `failed`, the weighted share
        of the members that failed on the item, where some did.

        Raises:
            EngineError: before `fit` or `load`, of a member that cannot work at all, or of the first member where all
                members fail on an item.
        """
        weights = self._fitted()
        return [
            self._merge(item, found, weights) for item, found in zip(items, self._project_members(items), strict=True)
        ]

    def _project_members(self, items: Sequence[Item]) -> list[dict[str, Projection]]:
        """For each item the projections of the members that did not fail on it."""
        found: list[dict[str, Projection]] = [{} for _ in items]
        errors: dict[int, ProjectionError | RuntimeError | ValueError] = {}
        for name, member in self._members.items():
            for number, result in enumerate(_project_all(member, items)):
                if isinstance(result, Projection):
                    found[number][name] = result
                else:
                    errors.setdefault(number, result)
        for number, error in errors.items():
            if not found[number]:
                raise error
        return found

    def _merge(self, item: Item, found: Mapping[str, Projection], weights: Mapping[str, float]) -> Projection:
        spans = source_spans(item)
        failed = sum(weight for name, weight in weights.items() if name not in found) / (sum(weights.values()) or 1.0)
        ranked = {key: self._rank(key, found, weights, failed) for key in spans}
        numbers = list(spans)
        taken = assign_ranges(
            {number: [_choice_of(candidate) for candidate in ranked[key]] for number, key in enumerate(numbers)},
            {number: _claim(spans[key], ranked[key]) for number, key in enumerate(numbers)},
        )
        candidates: list[Candidate] = []
        for number, key in enumerate(numbers):
            if number in taken:
                candidates += _led_by(taken[number], ranked[key])[: self._settings.n_alternatives]
            else:
                candidates.append(unprojected(key, "conflict") if ranked[key] else _lost(key, found))
        linked = [projection for projection in found.values() if projection.alignment is not None]
        first = linked[0] if linked else Projection(item.id, None, ())
        return Projection(item.id, first.alignment, tuple(candidates), first.alignments)

    def _rank(
        self, key: str, found: Mapping[str, Projection], weights: Mapping[str, float], failed: float
    ) -> list[Candidate]:
        """Candidates of a span from all members, by fused score."""
        total = sum(weights[name] for name in found) or 1.0
        proposed: dict[Place, dict[str, Candidate]] = {}
        for name, projection in found.items():
            for candidate in projection.candidates:
                if candidate.source_id == key and candidate.span is not None:
                    place = (candidate.span.segment, candidate.span.intervals)
                    proposed.setdefault(place, {}).setdefault(name, candidate)
        agreement = {
            place: sum(weights[name] for name, each in members.items() if each.rank == 0) / total
            for place, members in proposed.items()
        }
        shared = {"disagreement": round(1.0 - max(agreement.values(), default=0.0), 4)}
        if failed:
            shared["failed"] = round(failed, 4)
        merged = []
        for place, members in proposed.items():
            mean = sum(weights[name] * each.score for name, each in members.items()) / total
            score = (mean + self._settings.choice * agreement[place]) / (1.0 + self._settings.choice)
            parts = {name: each.score for name, each in members.items()} | {"agreement": round(agreement[place], 4)}
            first = next(iter(members.values()))
            merged.append(replace(first, score=round(score, 4), parts=parts | shared, rank=0, probability=None))
        return sorted(merged, key=lambda each: (-each.score, each.span.intervals if each.span else ()))


def _project_all(
    member: Projector, items: Sequence[Item]
) -> list[Projection | ProjectionError | RuntimeError | ValueError]:
    """What a member finds for each item, or the error where it fails; one bad item does not spoil the batch."""
    try:
        return list(member.project_many(items))
    except (ProjectionError, RuntimeError, ValueError) as error:
        raise_general(error)
        return [_project_one(member, item) for item in items]


def _project_one(member: Projector, item: Item) -> Projection | ProjectionError | RuntimeError | ValueError:
    try:
        return member.project(item)
    except (ProjectionError, RuntimeError, ValueError) as error:
        raise_general(error)
        return error


def _best_of(projection: Projection | None, key: str) -> Span | None:
    for candidate in projection.candidates if projection else ():
        if candidate.source_id == key and candidate.rank == 0:
            return candidate.span
    return None


def _phrase(item: Item, span: Span | None) -> str:
    return span.surface(item.segments[span.segment].text).casefold() if span else ""


def _choice_of(candidate: Candidate) -> Choice:
    if candidate.span is None:
        return Choice(candidate.score, 0, 0)
    return Choice(candidate.score, candidate.span.start_char, candidate.span.end_char)


def _claim(span: Span, ranked: Sequence[Candidate]) -> Claim:
    """Spans compete where source and target segment and layer are the same."""
    target = ranked[0].span.segment if ranked and ranked[0].span else -1
    characters = frozenset(char for start, end in span.intervals for char in range(start, end))
    return Claim(f"{span.segment} {target} {span.layer}", characters)


def _led_by(choice: Choice, ranked: Sequence[Candidate]) -> list[Candidate]:
    """The candidates with the chosen one first, ranks set anew."""
    place = next(number for number, each in enumerate(ranked) if _choice_of(each) == choice)
    ordered = [ranked[place], *ranked[:place], *ranked[place + 1 :]]
    return [replace(candidate, rank=rank) for rank, candidate in enumerate(ordered)]


def _lost(key: str, found: Mapping[str, Projection]) -> Candidate:
    """The reason that most members give; of equally common ones that of the first member."""
    reasons = Counter(
        candidate.reason
        for projection in found.values()
        for candidate in projection.candidates
        if candidate.source_id == key and candidate.reason
    )
    return Candidate(key, None, 0.0, reason=reasons.most_common(1)[0][0] if reasons else "no-target-segment")


def _part_of(progress: Callable[[float], None], number: int, n_parts: int) -> Callable[[float], None]:
    return lambda share: progress((number + share) / n_parts)
