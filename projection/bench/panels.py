"""Table of panels: several projectors vote on target spans, counted by rules that see no gold.

The panel of OTE are the four aligners whose links come with the set, each with two ways of transfer; that of the other
sets are engines that need no model: the statistical aligner with and without spellings, each with two ways of transfer,
and spellings alone. The settings of `fusion` were chosen on OTE train and xSID valid, by the mean and the
least gain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby

from projection.bench.base import Case, Outcome, RowKey, Table, Workbench
from projection.bench.engine import project_items
from projection.bench.sets.links import StoredLinks, list_links, with_links
from projection.bench.sets.pairs import GoldPairs, PairSource, list_europarl, list_ote, list_uner
from projection.confidence import default_calibrator, with_probabilities_many
from projection.engines import get_engine
from projection.measure import measure_spans
from projection.projectors import Projection
from projection.types import Candidate, Item, Span
from projection.vote.aggregate import Rule, aggregate_votes, weigh_voters
from projection.vote.ballots import ABSTAIN, LABEL, Ballot, Verdict, Vote

_METHODS = ("corrected", "scored")
_ENGINES: Mapping[str, Mapping[str, object]] = {"hmm": {}, "stems": {"prior_weight": 0, "stem_letters": 5}}
RULES = ("plurality", "weighted", "one-coin", "overlap", "fusion")

Voters = dict[str, list[Projection]]


@dataclass(frozen=True, slots=True)
class _Voted:
    """A set with the ballots of its panel, and the F1 of each voter alone."""

    pairs: GoldPairs
    panel: tuple[str, ...]
    ballots: list[Ballot]
    weights: Mapping[str, float]
    single: Mapping[str, float]


def _list_cases(bench: Workbench) -> Iterator[Case]:
    for source, aligners in _list_sources(bench):
        files = (*source.files, *(stored.links for stored in aligners))
        for rule in RULES:
            key = RowKey("panels", source.lang, source.part, f"{source.name}, {rule}")
            yield Case(key, files, partial(_measure, bench, source, aligners, rule))


def _list_sources(bench: Workbench) -> Iterator[tuple[PairSource, list[StoredLinks]]]:
    folder = bench.options.folder
    for source in (*list_uner(folder), *list_europarl(folder)):
        if bench.options.wants(source.lang):
            yield source, []
    links = (stored for stored in list_links(folder) if bench.options.wants(stored.lang))
    by_part = {key: list(group) for key, group in groupby(links, key=lambda stored: (stored.lang, stored.part))}
    for source in list_ote(folder):
        if (source.lang, source.part) in by_part:
            yield source, by_part[source.lang, source.part]


def _measure(bench: Workbench, source: PairSource, aligners: Sequence[StoredLinks], name: str) -> Outcome:
    key = ("panels", source.name, source.lang, source.part)
    if key not in bench.cache:
        bench.cache[key] = _vote(source, aligners)
    voted: _Voted = bench.cache[key]
    verdicts = aggregate_votes(voted.ballots, voted.panel, _rule(name, voted))
    scores = measure_spans(voted.pairs.gold, _spans_of(voted.pairs.items, verdicts)).strict
    best = max(voted.single, key=lambda voter: voted.single[voter])
    figures = {
        "f1": scores.f1,
        "single": voted.single[best],
        "gain": scores.f1 - voted.single[best],
        **_triage(voted.pairs, verdicts),
        "n_voters": len(voted.panel),
        "n_questions": len(verdicts),
    }
    note = f"best voter: {best}"
    return Outcome(figures, "; ".join(filter(None, (note, voted.pairs.note))))


def _rule(name: str, voted: _Voted) -> Rule:
    rules = {
        "plurality": Rule("majority"),
        "weighted": Rule("weighted", weights=voted.weights),
        "one-coin": Rule("one-coin"),
        "overlap": Rule("majority", boundaries="overlap"),
        "fusion": Rule("fusion", weights=voted.weights),
    }
    return rules[name]


def _triage(pairs: GoldPairs, verdicts: Sequence[Verdict]) -> dict[str, float]:
    """In percent: contested questions, right ones of the agreed, errors among contested and least sure ones."""
    gold = {item.id: set(map(_mark, spans)) for item, spans in zip(pairs.items, pairs.gold, strict=True)}
    is_right = [each.span is not None and _mark(each.span) in gold[each.item_id] for each in verdicts]
    agreed = [right for each, right in zip(verdicts, is_right, strict=True) if each.is_agreed]
    n_wrong = len(is_right) - sum(is_right)
    n_caught = n_wrong - (len(agreed) - sum(agreed))
    least_sure = sorted(range(len(verdicts)), key=lambda number: _sureness(verdicts[number]))[: len(verdicts) // 5]
    return {
        "contested": 100.0 * (len(verdicts) - len(agreed)) / max(1, len(verdicts)),
        "agreed_right": 100.0 * sum(agreed) / max(1, len(agreed)),
        "caught": 100.0 * n_caught / max(1, n_wrong),
        "fifth": 100.0 * sum(not is_right[number] for number in least_sure) / max(1, n_wrong),
    }


def _sureness(verdict: Verdict) -> tuple[float, float]:
    probability = -verdict.entropy if verdict.probability is None else verdict.probability
    return (probability if verdict.options else -float("inf")), -verdict.entropy


def _mark(span: Span) -> tuple[object, ...]:
    return span.label, span.segment, span.intervals


def _spans_of(items: Sequence[Item], verdicts: Iterable[Verdict]) -> list[list[Span]]:
    found: dict[str, list[Span]] = {item.id: [] for item in items}
    for verdict in verdicts:
        if verdict.span is not None:
            found[verdict.item_id].append(verdict.span)
    return list(found.values())


# -------------------------------------------------------------------------------------------------------------- voters


def _vote(source: PairSource, aligners: Sequence[StoredLinks]) -> _Voted:
    pairs = source.read()
    voters = dict(_vote_over_links(pairs.items, aligners) if aligners else _vote_by_engines(pairs.items))
    ballots = [
        _ballot(voter, item, projection)
        for voter, projections in voters.items()
        for item, projection in zip(pairs.items, projections, strict=True)
        if item.spans
    ]
    panel = tuple(voters)
    weights = weigh_voters(ballots, panel, {item.id: item for item in pairs.items})
    single = {voter: measure_spans(pairs.gold, _best_of(found)).strict.f1 for voter, found in voters.items()}
    return _Voted(pairs, panel, ballots, weights, single)


def _vote_over_links(items: Sequence[Item], aligners: Sequence[StoredLinks]) -> Iterator[tuple[str, list[Projection]]]:
    for stored in aligners:
        linked = with_links(items, stored.links)
        for method in _METHODS:
            yield f"{stored.aligner}, {method}", _project("links", {"method": method}, linked)


def _vote_by_engines(items: Sequence[Item]) -> Iterator[tuple[str, list[Projection]]]:
    for name, settings in _ENGINES.items():
        found = _project("hmm", settings, items)
        linked = [replace(item, alignments=each.alignments) for item, each in zip(items, found, strict=True)]
        yield name, found
        yield f"{name}, links", _project("links", {}, linked)
    yield "similarity", _project("similarity", {}, items)


def _project(name: str, given: Mapping[str, object], items: Sequence[Item]) -> list[Projection]:
    """Projections with the probabilities of the engine's calibrator."""
    engine = get_engine(name)
    settings = engine.read_settings(given)
    projector = engine.build(settings)
    projector.fit(items, progress=lambda _: None)
    found = project_items(projector, items)
    calibrator = default_calibrator(name, settings)
    return found if calibrator is None else with_probabilities_many(found, calibrator)


def _best_of(projections: Iterable[Projection]) -> list[list[Span]]:
    return [[each.span for each in found.candidates if each.rank == 0 and each.span] for found in projections]


def _ballot(voter: str, item: Item, projection: Projection) -> Ballot:
    best = {each.source_id: each for each in projection.candidates if each.rank == 0}
    return Ballot(item.id, voter, tuple(_vote_of(span.id, best.get(span.id)) for span in item.spans))


def _vote_of(source_id: str, candidate: Candidate | None) -> Vote:
    """An engine that finds no place does not say that there is none: it abstains."""
    if candidate is None or candidate.span is None:
        return Vote(source_id, ABSTAIN, reason=candidate.reason if candidate else "")
    confidence = candidate.score if candidate.probability is None else candidate.probability
    return Vote(source_id, LABEL, candidate.span, confidence)


PANELS = Table(
    "panels",
    "Panels of projectors, strict F1 of the verdicts and of the best voter; in percent: contested questions, right "
    "among the agreed, errors that are contested, errors in the least sure fifth",
    ("f1", "single", "gain", "contested", "agreed_right", "caught", "fifth", "n_voters", "n_questions"),
    _list_cases,
)
