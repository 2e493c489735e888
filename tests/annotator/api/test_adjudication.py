"""Settling by program what reviewers differ in."""

from __future__ import annotations

import uuid

import pytest

from annotator.models import Annotation, Decision, Item, User
from tests.annotator.api.clients import address, client_of, sent
from tests.annotator.factories import make_member
from tests.annotator.reviewing import Desk, make_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    """Three items of two reviewers each; on the first, one of them makes "Ada" an ORG and the other does not."""
    desk = make_desk()
    Item.objects.update(n_reviews=2)
    other = make_member(desk.project, "reviewer", username="zoe")
    desk.decide(0, desk.accept(0, 0), desk.accept(0, 1))
    relabel = desk.act("relabel", 0, 0, label=desk.label("ORG"))
    desk.decide(0, relabel, desk.act("accept", 0, 0, surface="Ada Brandt"), desk.accept(0, 1), actor=other)
    return desk


@pytest.fixture
def curator(desk: Desk) -> User:
    return make_member(desk.project, "curator", username="curator")


def read(desk: Desk, curator: User, n: int = 0) -> dict:
    return sent(client_of(curator).get(address(desk.project, f"adjudication/{desk.items[n].pk}/")))


def settle(desk: Desk, curator: User, given: dict, status: int = 200) -> dict:
    path = address(desk.project, f"adjudication/{desk.items[0].pk}/")
    return sent(client_of(curator).post(path, {"step": str(uuid.uuid4()), **given}, format="json"), status)


def test_what_is_to_be_settled_is_listed_with_how_much_is_open(desk: Desk, curator: User) -> None:
    listed = sent(client_of(curator).get(address(desk.project, "adjudication/")))["results"]
    assert [(row["item"], row["external_id"], row["n_open"]) for row in listed] == [(desk.items[0].pk, "h1", 1)]
    assert sent(client_of(curator).get(address(desk.project, "adjudication/?lang=pt")))["results"] == []


def test_the_answers_stand_side_by_side(desk: Desk, curator: User) -> None:
    sheet = read(desk, curator)
    assert [column["key"] for column in sheet["columns"]] == ["1", "2", "M"]
    first, second = sheet["labels"]
    assert (first["is_agreed"], first["chosen"], second["is_agreed"], second["chosen"]) == (False, "", True, "1")
    assert [side["label"] for side in first["sides"]] == ["PER", "ORG", "PER"]
    assert {side["surface"] for side in second["sides"]} == {second["sides"][0]["surface"]} != {""}
    assert "PER against ORG" in first["sides"][1]["differences"]
    start, end = first["sides"][0]["intervals"][0]
    assert first["sides"][0]["surface"] == desk.items[0].segments.get(side="target").text[start:end]


def test_names_are_hidden_where_the_project_says_so(desk: Desk, curator: User) -> None:
    desk.project.hides_names = True
    desk.project.save()
    assert [column["name"] for column in read(desk, curator)["columns"]] == ["A", "B", "Machine"]


def test_a_side_is_taken_and_undone(desk: Desk, curator: User) -> None:
    sheet = read(desk, curator)
    choice = {"label": sheet["labels"][0]["ref"], "side": "2", "reason": "a museum", "is_guideline_gap": True}
    given = {"step": str(uuid.uuid4()), "choices": [choice], "seen": sheet["seen"]}
    done = settle(desk, curator, given)
    assert (done["item_state"], done["is_repeat"]) == ("done", False)
    assert settle(desk, curator, given)["is_repeat"]
    gold = Annotation.objects.filter(review__kind="adjudication", state="accepted").order_by("start_char")
    assert [row.label.name for row in gold] == ["ORG", "LOC"]
    cause = Decision.objects.filter(step=given["step"], annotation__label__name="ORG").get().cause
    assert (cause["reason"], cause["is_guideline_gap"]) == ("a museum", True)
    assert read(desk, curator)["is_settled"]
    undo = address(desk.project, "adjudication/undo/")
    undone = sent(client_of(curator).post(undo, {"step": str(uuid.uuid4())}, format="json"))
    assert (undone["reversed_step"], undone["item_state"]) == (given["step"], "reviewed")


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({}, 400, "undecided"),
        ({"choices": [{"label": "s0", "side": "1"}]}, 400, "no-such-side"),
        ({"seen": "1:1"}, 409, "changed-since"),
        ({"choices": [{"label": "s1", "side": "1"}, {"label": "s1", "side": "2"}]}, 400, "chosen-twice"),
    ],
)
def test_what_cannot_be_settled_changes_nothing(desk: Desk, curator: User, given: dict, status: int, code: str) -> None:
    assert settle(desk, curator, given, status)["code"] == code
    assert not Annotation.objects.filter(review__kind="adjudication", state="accepted").exists()
