"""Blind items: what a reviewer must not know is not in the raw answer of any page or of the API."""

from __future__ import annotations

import json
import uuid
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotator.errors import BadRequestError
from annotator.models import Item
from annotator.queries.history import list_history
from annotator.queries.review import get_item
from tests.annotator.factories import make_candidate, make_member, make_run
from tests.annotator.reviewing import Desk, make_desk

pytestmark = pytest.mark.django_db

# A score, a part and an engine that occur nowhere else, and a label that the source does not bear.
SCORE, ENGINE = 0.731906, "zebra-engine"


@pytest.fixture
def desk() -> Desk:
    desk = make_desk()
    run = desk.run
    type(run).objects.filter(pk=run.pk).update(is_active=False)
    shown = make_run(desk.project)
    type(shown).objects.filter(pk=shown.pk).update(engine=ENGINE)
    make_candidate(shown, desk.span(1), "Uppsala", label="ORG", score=SCORE)
    make_candidate(shown, desk.span(1), "Rat", label="ORG", score=SCORE / 2, rank=1)
    Item.objects.filter(pk=desk.items[1].pk).update(is_blind=True, confidence=SCORE, n_reviews=2)
    return desk


def client_of(desk: Desk, role: str = "") -> Client:
    client = Client()
    client.force_login(make_member(desk.project, role) if role else desk.reviewer)
    return client


def item_url(desk: Desk) -> str:
    return reverse("review-item", args=[desk.project.pk, desk.items[1].pk])


def read_data(html: str) -> dict[str, Any]:
    return json.loads(unescape(html.split('data-item="')[1].split('"')[0]))


def send(client: Client, desk: Desk, name: str, given: dict[str, Any]) -> Any:
    url = reverse(name, args=[desk.project.pk])
    return client.post(url, json.dumps(given), content_type="application/json")


def decide(client: Client, desk: Desk, *acts: dict[str, Any]) -> Any:
    given = {"step": str(uuid.uuid4()), "item": desk.items[1].pk, "acts": list(acts)}
    return send(client, desk, "decision-create", given)


def assert_hidden(raw: str) -> None:
    text = unescape(raw)
    for secret in ("0.7319", "0.73", "0.365", ENGINE, '"parts"'):
        assert secret not in text


def test_the_page_and_the_fragments_hold_nothing_of_the_machine(desk: Desk) -> None:
    client = client_of(desk)
    page = client.get(reverse("review-show", args=[desk.project.pk]), {"item": desk.items[1].pk}).content.decode()
    assert_hidden(page)
    raw = client.get(item_url(desk)).content.decode()
    assert_hidden(raw)
    span = read_data(raw)["spans"][0]
    assert (span["label"], span["machine"], span["others"], span["votes"]) == (None, None, [], [])
    assert span["intervals"] == desk.place(1, "Uppsala")["intervals"]
    claimed = send(client, desk, "review-claim", {"n": 9}).content.decode()
    assert_hidden(_html_of(claimed, desk))


def _html_of(claimed: str, desk: Desk) -> str:
    return next(each["html"] for each in json.loads(claimed)["items"] if each["id"] == desk.items[1].pk)


def test_the_label_is_the_reviewers_to_set_and_then_the_machine_is_shown(desk: Desk) -> None:
    client = client_of(desk)
    accept = desk.act("accept", 1, surface="Uppsala")
    for label in (None, desk.label("ORG"), desk.label("LOC")):
        # Whatever label is tried, the answer is the same: it tells nothing of the machine's.
        answer = decide(client, desk, {**accept, "label": label} if label else accept)
        assert (answer.status_code, answer.json()["code"]) == (400, "label-missing")
    relabel = desk.act("relabel", 1, label=desk.label("LOC"))
    answer = decide(client, desk, relabel)
    assert_hidden(answer.content.decode())
    assert answer.json()["spans"][0]["label"] == desk.label("LOC")
    answer = decide(client, desk, accept)
    assert answer.status_code == 200
    span = answer.json()["spans"][0]
    assert (span["state"], span["machine"]["engine"], span["machine"]["label"]) == (
        "accepted",
        ENGINE,
        desk.label("ORG"),
    )


def test_a_label_that_is_the_machines_too_counts_as_set(desk: Desk) -> None:
    relabel, accept = desk.act("relabel", 1, label=desk.label("ORG")), desk.act("accept", 1, surface="Uppsala")
    desk.decide(1, relabel)
    shown = get_item(desk.project, desk.items[1].pk, reviewer=desk.reviewer)
    assert shown.data["spans"][0]["label"] == desk.label("ORG")
    desk.decide(1, accept)
    desk.undo()
    desk.undo()
    with pytest.raises(BadRequestError):
        desk.decide(1, accept)
    desk.decide(1, relabel, accept)
    assert desk.annotation(1).state == "accepted"


def test_rejecting_needs_no_label(desk: Desk) -> None:
    desk.decide(1, desk.act("reject", 1, reason="wrong-words"))
    assert desk.annotation(1).state == "rejected"


def test_the_history_does_not_tell_what_the_machine_said(desk: Desk) -> None:
    desk.decide(1, desk.act("relabel", 1, label=desk.label("LOC")))
    words = list_history(desk.project, desk.reviewer)[0].words
    assert "LOC" in words
    assert "ORG" not in words


def test_other_reviewers_see_neither_machine_nor_work_and_curators_do(desk: Desk) -> None:
    desk.decide(1, desk.act("relabel", 1, label=desk.label("PER")))
    for role in ("reviewer", "viewer"):
        client = client_of(desk, role)
        raw = client.get(item_url(desk)).content.decode()
        assert_hidden(raw)
        assert read_data(raw)["spans"][0]["label"] is None
        for address in api_addresses(desk):
            raw = client.get(address).content.decode()
            assert_hidden(raw)
            assert desk.reviewer.username not in raw
    curator = client_of(desk, "curator")
    detail = curator.get(api_addresses(desk)[0]).json()
    assert [row["score"] for row in detail["candidates"]] == [SCORE, SCORE / 2]
    assert len(detail["decisions"]) == 1


def api_addresses(desk: Desk) -> list[str]:
    at = f"/api/v1/projects/{desk.project.pk}/"
    run = desk.project.runs.get(is_active=True).pk
    item = desk.items[1].pk
    return [
        f"{at}items/{item}/",
        f"{at}items/?text=Uppsala",
        f"{at}runs/{run}/candidates/?item={item}",
        f"{at}runs/compare/items/?a={desk.run.pk}&b={run}",
        f"{at}decisions/?item={item}",
    ]


def test_all_is_shown_once_the_item_is_done(desk: Desk) -> None:
    other = make_member(desk.project, "reviewer")
    acts = [desk.act("relabel", 1, label=desk.label("LOC")), desk.act("accept", 1, surface="Uppsala")]
    desk.decide(1, *acts)
    desk.decide(1, *acts, actor=other)
    assert desk.state(1) == "done"
    detail = client_of(desk, "reviewer").get(api_addresses(desk)[0]).json()
    assert [row["score"] for row in detail["candidates"]] == [SCORE, SCORE / 2]
    assert len(detail["reviews"]) == 2
