"""Stored ballots as value objects of the library: those of voters that were asked, and candidates of runs as votes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from annotator import mapping
from annotator.models import Ballot, Candidate, Item, Segment, Tally, Voter, VoterRun
from annotator.queries.panels import Asked
from projection import types
from projection.vote import ballots as library
from projection.vote.records import read_ballot
from projection.vote.voters.projector import FOUND_NOTHING

_CHUNK = 2_000


def iter_ballots(voter_runs: Sequence[VoterRun], *, has_rest: bool = False) -> Iterator[library.Ballot]:
    """All ballots of some voters' runs, with the names of the voters and the ids of items as imported.

    Ballots on earlier versions of a text are left out: their places are in another text.

    Args:
        voter_runs: with their voters.
        has_rest: whether replies, problems, checks and usage are wanted as well.
    """
    for voter_run in voter_runs:
        read = _of_run if voter_run.voter.kind == Voter.Kind.RUN else _of_voter
        yield from read(voter_run, has_rest)


def list_ballots(tally: Tally, *, has_rest: bool = False) -> list[library.Ballot]:
    """The ballots that a tally counted."""
    voter_runs = tally.voter_runs.select_related("voter__panel").order_by("voter__position", "voter_id")
    return list(iter_ballots(list(voter_runs), has_rest=has_rest))


def _of_voter(voter_run: VoterRun, has_rest: bool) -> Iterator[library.Ballot]:
    rows = Ballot.objects.filter(run=voter_run.run_id).order_by("item__position", "item_id").select_related("item")
    if not has_rest:
        rows = rows.defer("rest")
    versions = _list_versions(voter_run)
    for row in rows.iterator(_CHUNK):
        if row.versions == versions.get(row.item_id):
            yield to_ballot(row, name=voter_run.voter.name, has_rest=has_rest)


def to_ballot(row: Ballot, *, name: str, has_rest: bool = True) -> library.Ballot:
    """A stored ballot under the name of its voter; `item` must be loaded."""
    rest = row.rest if has_rest else {}
    record = {**rest, "item_id": row.item.external_id, "voter_id": name, "votes": row.votes}
    usage = library.Usage(row.n_requests, row.n_input_tokens, row.n_output_tokens, row.cost, row.seconds)
    return replace(read_ballot(record), usage=usage)


def _list_versions(voter_run: VoterRun) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    segments = Segment.objects.filter(item__project=voter_run.run.project_id, item__tgt_lang=voter_run.tgt_lang)
    for item_id, version in segments.order_by("item_id", "position").values_list("item_id", "version"):
        found.setdefault(item_id, []).append(version)
    return found


def _of_run(voter_run: VoterRun, has_rest: bool) -> Iterator[library.Ballot]:
    """The best candidates of a projection run as votes."""
    del has_rest
    layers = Asked.of(voter_run.voter.panel).layers
    items = Item.objects.filter(project=voter_run.run.project_id, tgt_lang=voter_run.tgt_lang)
    ids = list(items.order_by("position", "pk").values_list("pk", flat=True))
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        segments: dict[int, list[Segment]] = {}
        for segment in Segment.objects.filter(item__in=chunk).defer("tokens").order_by("item_id", "position"):
            segments.setdefault(segment.item_id, []).append(segment)
        votes: dict[int, list[library.Vote]] = {item_id: [] for item_id in chunk}
        rows = Candidate.objects.filter(run=voter_run.run_id, item__in=chunk, rank=0, source_span__layer__in=layers)
        for row in rows.select_related("label__layer", "source_span").order_by("source_span__position"):
            votes[row.item_id] += _vote_of(row, segments[row.item_id])
        names = dict(Item.objects.filter(pk__in=chunk).values_list("pk", "external_id"))
        for item_id, found in votes.items():
            if found:
                yield library.Ballot(names[item_id], voter_run.voter.name, tuple(found))


def _vote_of(row: Candidate, segments: Sequence[Segment]) -> list[library.Vote]:
    """The vote that a candidate is; none where its text has changed since."""
    if row.source_span is None:
        return []
    key = row.source_span.key
    if row.segment_id is None:
        reason = row.unprojected_reason
        outcome = library.NOTHING if reason in FOUND_NOTHING else library.ABSTAIN
        return [library.Vote(key, outcome, reason=reason)]
    place = next(index for index, segment in enumerate(segments) if segment.pk == row.segment_id)
    if segments[place].version != row.version:
        return []
    intervals = mapping.to_intervals(row.intervals)
    span = types.Span(row.label.name, intervals, place, row.label.layer.name, source_id=key)
    return [library.Vote(key, library.LABEL, span, row.confidence)]
