"""The page and what its script asks for."""

from __future__ import annotations

import json
import uuid
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotator.models import Decision, Item, Review
from tests.annotator.factories import make_member, make_project, make_user
from tests.annotator.reviewing import Desk, make_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return make_desk(n=9)


@pytest.fixture
def reviewer(desk: Desk, client: Client) -> Client:
    client.force_login(desk.reviewer)
    return client


def address(desk: Desk, name: str, *more: int) -> str:
    return reverse(name, args=[desk.project.pk, *more])


def send(client: Client, url: str, given: Any) -> tuple[int, dict[str, Any]]:
    response = client.post(url, json.dumps(given), content_type="application/json")
    return response.status_code, response.json()


def test_the_text_is_on_the_page_before_any_script_runs(desk: Desk, reviewer: Client) -> None:
    response = reviewer.get(address(desk, "review-show"))
    page = unescape(response.content.decode())
    assert response.status_code == 200
    # Nordlys was not found, which is the least sure of all.
    assert '<p class="text" lang="de" dir="ltr" tabindex="0">Tomas Vale segelt für Nordlys .</p>' in page
    assert "not found: Nordlys" in page
    assert "0 of 9" in page


def test_looking_claims_nothing(desk: Desk, reviewer: Client) -> None:
    reviewer.get(address(desk, "review-show"))
    reviewer.get(address(desk, "review-item", desk.items[0].pk))
    assert not Review.objects.exists()


def test_the_page_carries_no_inline_script_or_style(desk: Desk, reviewer: Client) -> None:
    page = reviewer.get(address(desk, "review-show")).content.decode()
    scripts = [part.split(">")[0] for part in page.split("<script")[1:]]
    assert all("src=" in script for script in scripts)
    assert "style=" not in page
    assert "<style" not in page


def test_the_filter_lives_in_the_address(desk: Desk, reviewer: Client) -> None:
    page = unescape(reviewer.get(address(desk, "review-show"), {"order": "file"}).content.decode())
    assert "Ada Brandt eröffnete" in page
    assert "next in the file" in page
    assert '<option value="file" selected>' in page
    page = reviewer.get(address(desk, "review-show"), {"state": "done"}).content.decode()
    assert "No more reviewed items" in page


def test_an_asked_item_is_shown_and_an_unknown_one_not(desk: Desk, reviewer: Client) -> None:
    page = unescape(reviewer.get(address(desk, "review-show"), {"item": desk.items[1].pk}).content.decode())
    assert "Der Rat tagte" in page
    for unknown in ("987654", "x", str(make_desk().items[0].pk)):
        assert reviewer.get(address(desk, "review-show"), {"item": unknown}).status_code == 404


@pytest.mark.parametrize(
    ("state", "words"),
    [("new", "wait for a projection run"), ("done", "Everything is reviewed")],
)
def test_an_empty_queue_says_why(desk: Desk, reviewer: Client, state: str, words: str) -> None:
    Item.objects.update(state=state)
    desk.run.delete() if state == "new" else None
    assert words in reviewer.get(address(desk, "review-show")).content.decode()


def test_a_project_without_items_points_to_the_import(client: Client) -> None:
    project = make_project()
    client.force_login(project.created_by)
    page = client.get(reverse("review-show", args=[project.pk])).content.decode()
    assert reverse("import-create", args=[project.pk]) in page


def test_claiming_hands_out_fragments_and_progress(desk: Desk, reviewer: Client) -> None:
    status, answer = send(reviewer, address(desk, "review-claim"), {"n": 3, "exclude": []})
    assert status == 200
    assert [item["id"] for item in answer["items"]] == list(
        Item.objects.filter(reviews__claimed_by=desk.reviewer).order_by("priority", "id").values_list("pk", flat=True)
    )
    assert answer["progress"] == {"n_done": 0, "n_total": 9}
    data = unescape(answer["items"][0]["html"].split('data-item="')[1].split('"')[0])
    assert json.loads(data)["segments"][1]["text"] == "Tomas Vale segelt für Nordlys ."


def test_the_end_of_the_queue_comes_with_its_words(desk: Desk, reviewer: Client) -> None:
    Item.objects.update(state="done")
    _, answer = send(reviewer, address(desk, "review-claim"), {"n": 5})
    assert answer["items"] == []
    assert "Everything is reviewed" in answer["end_html"]


def test_items_of_others_are_told_apart_from_the_end(desk: Desk, reviewer: Client) -> None:
    other = Client()
    other.force_login(make_member(desk.project, "reviewer"))
    send(other, address(desk, "review-claim"), {"n": 9})
    _, answer = send(reviewer, address(desk, "review-claim"), {"n": 5})
    assert "9 open items are with other reviewers" in " ".join(answer["end_html"].split())


def test_deciding_undoing_and_redoing(desk: Desk, reviewer: Client) -> None:
    step = str(uuid.uuid4())
    given = {"step": step, "item": desk.items[0].pk, "acts": [desk.accept(0)], "seen_version": 0, "active_ms": 900}
    status, answer = send(reviewer, address(desk, "decision-create"), given)
    assert (status, answer["step"], answer["version"], answer["state"]) == (200, step, 1, "open")
    # What was seen is what was changed: the labels are not sent again, until the step is.
    assert answer["spans"] is None
    _, repeated = send(reviewer, address(desk, "decision-create"), given)
    assert [span["state"] for span in repeated.pop("spans")] == ["accepted", "undecided"]
    assert repeated == {name: value for name, value in answer.items() if name != "spans"}
    status, undone = send(reviewer, address(desk, "decision-undo"), {"step": str(uuid.uuid4()), "expected": step})
    assert (status, undone["reversed_step"], undone["item_id"]) == (200, step, desk.items[0].pk)
    assert undone["spans"][0]["state"] == "undecided"
    assert "Ada Brandt" in undone["html"]
    status, redone = send(reviewer, address(desk, "decision-redo"), {"step": str(uuid.uuid4())})
    assert (status, redone["spans"][0]["state"]) == (200, "accepted")


def test_labels_are_sent_where_the_screen_knew_less(desk: Desk, reviewer: Client) -> None:
    first, second = desk.accept(0, 0), desk.accept(0, 1)
    given = {"step": str(uuid.uuid4()), "item": desk.items[0].pk, "acts": [first], "seen_version": 0}
    send(reviewer, address(desk, "decision-create"), given)
    late = {**given, "step": str(uuid.uuid4()), "acts": [second]}
    _, answer = send(reviewer, address(desk, "decision-create"), late)
    assert [span["state"] for span in answer["spans"]] == ["accepted", "accepted"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"step": "yesterday"}, 400, "bad-id"),
        ({"acts": []}, 400, "bad-act"),
        ({"acts": "accept"}, 400, "bad-act"),
        ({"item": 987654}, 400, "no-such-item"),
    ],
)
def test_errors_have_one_shape(desk: Desk, reviewer: Client, change: dict[str, Any], status: int, code: str) -> None:
    given = {"step": str(uuid.uuid4()), "item": desk.items[0].pk, "acts": [desk.accept(0)], **change}
    got, answer = send(reviewer, address(desk, "decision-create"), given)
    assert (got, answer["code"]) == (status, code)
    assert set(answer) == {"code", "message", "remedy", "place"}


def test_what_is_no_json_is_refused(desk: Desk, reviewer: Client) -> None:
    for body in ("{", "[]"):
        response = reviewer.post(address(desk, "decision-create"), body, content_type="application/json")
        assert (response.status_code, response.json()["code"]) == (400, "bad-json")


def test_a_late_undo_is_409_and_a_missing_item_404(desk: Desk, reviewer: Client) -> None:
    status, answer = send(reviewer, address(desk, "decision-undo"), {"step": str(uuid.uuid4())})
    assert (status, answer["code"]) == (409, "nothing-to-undo")
    response = reviewer.get(address(desk, "review-item", 987654))
    assert (response.status_code, response.json()["code"]) == (404, "not-found")


def test_viewers_read_strangers_find_nothing_and_the_logged_out_are_told(desk: Desk, client: Client) -> None:
    given = {"step": str(uuid.uuid4()), "item": desk.items[0].pk, "acts": [desk.accept(0)]}
    status, answer = send(client, address(desk, "decision-create"), given)
    assert (status, answer["code"]) == (403, "logged-out")
    assert client.get(address(desk, "review-show")).status_code == 302
    client.force_login(make_member(desk.project, "viewer"))
    assert client.get(address(desk, "review-show")).status_code == 200
    for name in ("decision-create", "decision-undo", "decision-redo", "review-claim"):
        status, answer = send(client, address(desk, name), given)
        assert (status, answer["code"]) == (403, "forbidden")
    client.force_login(make_user())
    assert client.get(address(desk, "review-show")).status_code == 404
    status, answer = send(client, address(desk, "decision-create"), given)
    assert (status, answer["code"]) == (404, "not-found")
    assert not Decision.objects.exists()


def test_decisions_need_the_csrf_token(desk: Desk) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(desk.reviewer)
    given = {"step": str(uuid.uuid4()), "item": desk.items[0].pk, "acts": [desk.accept(0)]}
    refused = client.post(address(desk, "decision-create"), json.dumps(given), content_type="application/json")
    assert refused.status_code == 403
    client.get(address(desk, "review-show"))
    token = {"X-CSRFToken": client.cookies["csrftoken"].value}
    taken = client.post(
        address(desk, "decision-create"), json.dumps(given), content_type="application/json", headers=token
    )
    assert taken.status_code == 200


def test_preferences_are_saved(desk: Desk, reviewer: Client) -> None:
    status, answer = send(reviewer, address(desk, "review-preferences"), {"auto_advance": False})
    assert (status, answer) == (200, {"auto_advance": False})
    page = unescape(reviewer.get(address(desk, "review-show")).content.decode())
    assert '"preferences": {"auto_advance": false}' in page


def test_the_page_costs_the_same_number_of_queries_for_any_size(desk: Desk, reviewer: Client) -> None:
    def count_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert reviewer.get(address(desk, "review-show")).status_code == 200
        return len(queries)

    small = count_queries()
    more = make_desk(n=60)
    Item.objects.filter(pk__in=[item.pk for item in more.items]).update(project=desk.project, tgt_lang="nb")
    assert count_queries() == small


def test_a_decision_asks_little_and_the_same_in_a_project_of_any_size(desk: Desk, reviewer: Client) -> None:
    def count_queries(n: int) -> list[int]:
        counts = []
        send(reviewer, address(desk, "review-claim"), {"n": 0, "wanted": desk.items[n].pk})
        for position in (0, 1):
            acts = [desk.accept(n, position)]
            given = {"step": str(uuid.uuid4()), "item": desk.items[n].pk, "acts": acts, "seen_version": position}
            with CaptureQueriesContext(connection) as queries:
                status, answer = send(reviewer, address(desk, "decision-create"), given)
            assert (status, answer["state"], answer["spans"]) == (200, ["open", "done"][position], None)
            counts.append(len(queries))
        return counts

    small = count_queries(0)
    more = make_desk(n=60)
    Item.objects.filter(pk__in=[item.pk for item in more.items]).update(project=desk.project, tgt_lang="nb")
    assert count_queries(3) == small
    # Who it is; the step, the item with what belongs to it, what is written, all in a transaction; repeats.
    assert max(small) <= 22
