"""Correcting the target text under review: what moves along, what is to be decided again, what comes back by undo."""

from __future__ import annotations

import uuid

import pytest

from annotator.errors import ServiceError
from annotator.models import Alignment, Decision, Item
from annotator.queries.history import list_history
from annotator.queries.review import get_item
from annotator.services import review
from tests.annotator.reviewing import Desk, make_desk

pytestmark = pytest.mark.django_db

OLD = "Ada Brandt eröffnete das Hafenmuseum in Bremen ."


@pytest.fixture
def desk() -> Desk:
    return make_desk()


def edit(desk: Desk, text: str, *, version: int = 1, n: int = 0) -> None:
    desk.decide(n, {"kind": "edit", "segment": desk.target(n).pk, "text": text, "text_version": version})


def shown(desk: Desk, n: int = 0) -> list[tuple[str, str, str]]:
    """(state, words, words of the machine's proposal) of each span as the screen shows it."""
    item = get_item(desk.project, desk.items[n].pk, reviewer=desk.reviewer)
    assert item is not None
    text = next(each["text"] for each in item.data["segments"] if each["side"] == "target")

    def words(intervals: list[list[int]]) -> str:
        return " ".join(text[start:end] for start, end in intervals)

    return [
        (span["state"], words(span["intervals"]), words(span["machine"]["intervals"])) for span in item.data["spans"]
    ]


def test_proposals_follow_the_text_and_stay_as_they_were_made(desk: Desk) -> None:
    stored = list(desk.run.candidates.filter(item=desk.items[0]).values_list("intervals", "surface"))
    edit(desk, "Gestern eröffnete Ada Brandt das Museum in Bremerhaven .")
    assert shown(desk) == [
        ("undecided", "Ada Brandt", "Ada Brandt"),
        ("undecided", "Bremerhaven", "Bremerhaven"),
    ]
    assert list(desk.run.candidates.filter(item=desk.items[0]).values_list("intervals", "surface")) == stored


def test_accepted_labels_move_and_those_that_are_hit_are_open_again(desk: Desk) -> None:
    desk.decide(0, desk.accept(0, 0), desk.accept(0, 1))
    assert Item.objects.get(pk=desk.items[0].pk).state == "done"
    edit(desk, "Heute eröffnete Ada Brandt das Hafenmuseum in Hamburg .")
    assert [each[:2] for each in shown(desk)] == [("accepted", "Ada Brandt"), ("undecided", "Hamburg")]
    item = Item.objects.get(pk=desk.items[0].pk)
    assert (item.state, item.gold_review) == ("open", None)
    kinds = Decision.objects.filter(step=desk.last_step).order_by("ordinal").values_list("kind", flat=True)
    assert list(kinds) == ["move", "reopen", "edit"]


def test_undo_and_redo_bring_text_and_labels_back_and_forth(desk: Desk) -> None:
    desk.decide(0, desk.accept(0, 0), desk.accept(0, 1))
    new = "Heute eröffnete Ada Brandt das Hafenmuseum in Hamburg ."
    edit(desk, new)
    review.undo(project=desk.project, actor=desk.reviewer, step=uuid.uuid4())
    assert desk.target(0).text == OLD
    assert shown(desk) == [("accepted", "Ada Brandt", "Ada Brandt"), ("accepted", "Bremen", "Bremen")]
    assert Item.objects.get(pk=desk.items[0].pk).state == "done"
    review.redo(project=desk.project, actor=desk.reviewer, step=uuid.uuid4())
    assert desk.target(0).text == new
    assert [each[:2] for each in shown(desk)] == [("accepted", "Ada Brandt"), ("undecided", "Hamburg")]
    assert [row.number for row in desk.target(0).versions.all()] == [1, 2, 3, 4]


def test_undo_of_labels_that_changed_places_with_each_other(desk: Desk) -> None:
    desk.decide(0, desk.accept(0, 0), desk.accept(0, 1))
    edit(desk, "Er eröffnete in Bremen mit Ada Brandt das Hafenmuseum .")
    review.undo(project=desk.project, actor=desk.reviewer, step=uuid.uuid4())
    assert [each[:2] for each in shown(desk)] == [("accepted", "Ada Brandt"), ("accepted", "Bremen")]


def test_an_edit_of_an_item_without_labels_is_undone_too(desk: Desk) -> None:
    edit(desk, "Ada Brandt eröffnete heute das Hafenmuseum in Bremen .")
    review.undo(project=desk.project, actor=desk.reviewer, step=uuid.uuid4())
    assert desk.target(0).text == OLD
    assert Item.objects.get(pk=desk.items[0].pk).state == "open"


def test_links_are_counted_in_the_new_words(desk: Desk) -> None:
    item = desk.items[0]
    source = item.segments.get(side="source")
    links = [[0, 0, 0.9], [1, 1, 0.9], [7, 6, 0.8]]
    Alignment.objects.filter(item=item).delete()
    Alignment.objects.create(run=desk.run, item=item, src_segment=source, tgt_segment=desk.target(0), links=links)
    edit(desk, "Heute eröffnete Ada Brandt das Hafenmuseum in Hamburg .")
    data = get_item(desk.project, item.pk, reviewer=desk.reviewer)
    assert data is not None
    assert data.data["links"][0]["links"] == [[0, 2, 0.9], [1, 3, 0.9]]


def test_a_deleted_label_loses_its_place_but_not_its_source(desk: Desk) -> None:
    desk.decide(0, desk.accept(0, 1))
    edit(desk, "Ada Brandt eröffnete das Hafenmuseum .")
    assert shown(desk)[1] == ("undecided", "", "")


def test_the_history_says_it(desk: Desk) -> None:
    edit(desk, "Ada Brandt eröffnete heute das Hafenmuseum in Bremen .")
    assert [step.words for step in list_history(desk.project, desk.reviewer)] == ["text edited"]


@pytest.mark.parametrize(
    ("text", "version", "code"),
    [
        (OLD, 1, "unchanged"),
        ("   ", 1, "empty-text"),
        ("Neu \ud800 .", 1, "bad-text"),
        ("x" * 100_001, 1, "text-too-long"),
        ("Ein neuer Text .", 2, "text-changed"),
    ],
)
def test_edits_that_are_refused_change_nothing(desk: Desk, text: str, version: int, code: str) -> None:
    with pytest.raises(ServiceError) as caught:
        edit(desk, text, version=version)
    assert caught.value.problem.code == code
    assert (desk.target(0).text, desk.target(0).version) == (OLD, 1)


def test_the_source_cannot_be_edited(desk: Desk) -> None:
    source = desk.items[0].segments.get(side="source")
    act = {"kind": "edit", "segment": source.pk, "text": "Something else .", "text_version": 1}
    with pytest.raises(ServiceError, match="no target segment"):
        desk.decide(0, act)
