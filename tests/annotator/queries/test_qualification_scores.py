"""Scores of tags, classes, relations and concepts on qualification items, worked by hand."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from annotator.models import Attempt, Item, Membership, Project, User
from annotator.queries.item_filter import ItemFilter
from annotator.queries.qualification_scores import list_faults, pair_item
from annotator.services import qualification, review
from annotator.services.bulk_decisions import start_bulk
from annotator.services.review_acts import read_acts
from tests.annotator.factories import make_member
from tests.annotator.kinds import make_kind_project

pytestmark = pytest.mark.django_db

# "Ada segelt aus Bremen los": a relation between two spans, three tags, a topic.
KINDS: dict[str, Any] = {
    "lang": "de",
    "layers": [
        {"name": "entities", "kind": "span", "labels": ["PER", "LOC"]},
        {"name": "relations", "kind": "relation", "labels": ["lives-in", "born-in"]},
        {"name": "tags", "kind": "token", "labels": ["NOUN", "VERB", "ADP"]},
        {"name": "topic", "kind": "class", "labels": ["sea", "land"]},
    ],
    "items": [
        {
            "segments": [["source", "text", "Ada sails from Bremen"], ["target", "text", "Ada segelt aus Bremen los"]],
            "spans": [
                {"key": "ada", "layer": "entities", "label": "PER", "text": "Ada", "to": "Ada"},
                {"key": "bremen", "layer": "entities", "label": "LOC", "text": "Bremen", "to": "Bremen"},
                {"key": "lives", "layer": "relations", "label": "lives-in", "head": "ada", "tail": "bremen"},
                {"key": "noun", "layer": "tags", "label": "NOUN", "word": 0, "to": 0},
                {"key": "verb", "layer": "tags", "label": "VERB", "word": 1, "to": 1},
                {"key": "adp", "layer": "tags", "label": "ADP", "word": 2, "to": 2},
                {"key": "topic", "layer": "topic", "label": "sea", "to": True},
            ],
        }
    ],
}


class Board:
    """The item with its spans by key, decided by name."""

    def __init__(self) -> None:
        self.project = make_kind_project(KINDS)
        self.item = self.project.items.get()
        self.spans = {span.key: span for span in self.item.source_spans.all()}
        self.curator = make_member(self.project, Membership.Role.CURATOR)
        self.reviewer = make_member(self.project, Membership.Role.REVIEWER)

    def label(self, layer: str, name: str) -> int:
        return int(self.project.layers.get(name=layer).labels.get(name=name).pk)

    def act(self, key: str, kind: str, **more: Any) -> dict[str, Any]:
        return {"kind": kind, "source_span": self.spans[key].pk, **more}

    def accept_all(self, actor: User, *before: dict[str, Any], but: tuple[str, ...] = ()) -> None:
        """Everything as the machine has it after some acts; `but` are rejected."""
        found = {row.source_span_id: row.surface for row in self.item.candidates.filter(rank=0)}
        acts = [*before]
        for key, span in self.spans.items():
            if key in but:
                acts.append(self.act(key, "reject", reason="wrong-words"))
            else:
                acts.append(self.act(key, "accept", surface=found[span.pk]))
        review.decide(
            project=Project.objects.get(pk=self.project.pk),
            actor=actor,
            step=uuid.uuid4(),
            item_id=self.item.pk,
            acts=read_acts(acts),
        )

    def open_exam(self, percent: int) -> None:
        self.accept_all(self.curator)
        project = self.project
        wanted, step = ItemFilter(state="done"), uuid.uuid4()
        start_bulk(project=project, actor=self.curator, kind="qualify", wanted=wanted, step=step)
        qualification.set_qualification(
            project=project, actor=project.created_by, pass_percent=percent, shows_gold=False
        )

    @property
    def attempt(self) -> Attempt:
        return Attempt.objects.get(user=self.reviewer)


@pytest.fixture
def board() -> Board:
    board = Board()
    board.open_exam(60)
    return board


def percents(attempt: Attempt) -> dict[str, float]:
    return {kind: round(each["percent"], 2) for kind, each in attempt.figures["kinds"].items()}


def test_each_kind_has_its_figure_and_the_lowest_counts(board: Board) -> None:
    verb = board.act("noun", "relabel", label=board.label("tags", "VERB"))
    born = board.act("lives", "relabel", label=board.label("relations", "born-in"))
    board.accept_all(board.reviewer, verb, born)
    # Two of three spans and relations are right on both sides: F1 2/3. Two of three tags; the one class.
    assert percents(board.attempt) == {"span": 66.67, "token": 66.67, "class": 100.0}
    assert (board.attempt.percent, board.attempt.state) == (66.6, "passed")
    assert list_faults(board.attempt) == [("another label", 2)]


def test_a_wrong_class_fails_whatever_else_is_right(board: Board) -> None:
    land = board.act("topic", "relabel", label=board.label("topic", "land"))
    board.accept_all(board.reviewer, land)
    assert percents(board.attempt) == {"span": 100.0, "token": 100.0, "class": 0.0}
    assert (board.attempt.percent, board.attempt.state) == (0.0, "failed")


def test_a_tag_that_was_left_out_is_wrong_and_one_too_many_too(board: Board) -> None:
    board.accept_all(board.reviewer, but=("adp",))
    # NOUN and VERB of three places.
    assert percents(board.attempt)["token"] == 66.67
    assert board.attempt.figures["faults"] == {"missing": 1}
    gold = Item.objects.get(pk=board.item.pk)
    given = board.attempt.reviews.get()
    [pair] = [pair for pair in pair_item(gold, given) if pair.differences]
    assert (pair.name, pair.words) == ("from", ["only in the gold"])
