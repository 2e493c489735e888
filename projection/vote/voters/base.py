"""What every voter does, whatever is inside."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from projection.vote.asking import Request
from projection.vote.ballots import ABSTAIN, Ballot, Outcome, Usage, Vote, VoterSpec
from projection.vote.limits import Gate, Limits, Stop
from projection.vote.questions import Sheet


class Voter(Protocol):
    """Fills a ballot on one item at a time; several threads may ask it at once, as many as its limits say.

    `vote` gives a ballot with one vote for each question of the sheet, the same for the same sheet. It raises
    `EngineError` where the item cannot be asked about now: a general one or `remote-refused` ends the voter's work,
    `remote-failed` and `stopped` leave the item open.

    Attributes:
        spec: who it is; nothing in it is secret.
        gate: its limits, shared by all its threads.
        identity: all that its ballots depend on besides the sheet, as JSON values without secrets; None for a voter
            that keeps its own replies, so that its ballots need not be kept.
    """

    @property
    def spec(self) -> VoterSpec: ...

    @property
    def gate(self) -> Gate: ...

    @property
    def identity(self) -> Mapping[str, Any] | None: ...

    def vote(self, sheet: Sheet, *, stop: Stop) -> Ballot: ...


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered: its words, why it ended, what it cost."""

    text: str
    finish: str = "stop"
    usage: Usage = field(default_factory=Usage)


class Model(Protocol):
    """Something that answers requests in words.

    Attributes:
        identity: all that a reply depends on besides the request, as JSON values without secrets.
        gate: limits.
    """

    @property
    def identity(self) -> Mapping[str, Any]: ...

    @property
    def gate(self) -> Gate: ...

    def reply(self, request: Request, *, stop: Stop) -> Reply: ...


class ReplyCache(Protocol):
    """Keeps texts by key: a file (`projection.keyed_file.KeyedFile`), or a table of somebody's database."""

    def get(self, keys: list[str]) -> Mapping[str, str]: ...

    def put(self, rows: Mapping[str, tuple[str, str]]) -> None: ...


def content_key(*parts: object) -> str:
    """A hash of JSON values, the same on every machine."""
    written = json.dumps(parts, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(written.encode()).hexdigest()


def plain_gate(n_workers: int = 1) -> Gate:
    """For voters without limits but the number of threads."""
    return Gate(Limits(n_workers=n_workers))


def empty_ballot(voter_id: str, sheet: Sheet, *, reason: str, outcome: Outcome = ABSTAIN) -> Ballot:
    """A ballot that says nothing on any question, for a reason."""
    votes = tuple(Vote(question.source_id, outcome, reason=reason) for question in sheet.questions)
    return Ballot(sheet.item.id, voter_id, votes)
