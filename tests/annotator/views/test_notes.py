"""What the review screen sends about flags, skips and comments, and the pages that list them."""

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

from annotator.models import Comment, Flag, Thread
from annotator.services import notes
from annotator.services.notes import Target
from tests.annotator.factories import make_member
from tests.annotator.reviewing import Desk, make_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return make_desk()


@pytest.fixture
def reviewer(desk: Desk, client: Client) -> Client:
    client.force_login(desk.reviewer)
    return client


def client_of(desk: Desk, role: str) -> Client:
    client = Client()
    client.force_login(make_member(desk.project, role))
    return client


def address(desk: Desk, name: str, *more: object) -> str:
    return reverse(name, args=[desk.project.pk, *more])


def send(client: Client, url: str, given: Any) -> tuple[int, dict[str, Any]]:
    response = client.post(url, json.dumps(given), content_type="application/json")
    return response.status_code, response.json()


def new_id() -> str:
    return str(uuid.uuid4())


def flag(desk: Desk, n: int = 0, *, reason: str = "translation-wrong") -> Flag:
    target = Target(item_id=desk.items[n].pk, source_span_id=desk.span(n).pk)
    given = {"project": desk.project, "actor": desk.reviewer, "flag_id": uuid.uuid4(), "reason": reason}
    return notes.raise_flag(target=target, **given)


def comment(desk: Desk, n: int = 0, *, text: str = "Is this one name?") -> Thread:
    target = Target(item_id=desk.items[n].pk, source_span_id=desk.span(n).pk)
    given = {"project": desk.project, "actor": desk.reviewer, "comment_id": uuid.uuid4(), "thread_id": uuid.uuid4()}
    return notes.post_comment(target=target, text=text, **given)


# --------------------------------------------------------------------------------------------------- review screen


def test_a_flag_goes_and_comes_back_with_the_item(desk: Desk, reviewer: Client) -> None:
    flag_id, span = new_id(), desk.span(0)
    given = {"flag": flag_id, "item": desk.items[0].pk, "source_span": span.pk, "reason": "other"}
    status, answer = send(reviewer, address(desk, "flag-create"), given)
    assert (status, answer["item_id"], answer["n_flags"], answer["threads"]) == (200, desk.items[0].pk, 1, [])
    wanted = {"id": flag_id, "ref": f"s{span.pk}", "reason": "other", "by": str(desk.reviewer), "is_mine": True}
    assert answer["flags"] == [wanted]
    html = unescape(reviewer.get(address(desk, "review-item", desk.items[0].pk)).content.decode())
    assert json.loads(html.split('data-item="')[1].split('" aria-label')[0])["flags"] == [wanted]
    status, answer = send(reviewer, address(desk, "flag-close", flag_id), {})
    assert (status, answer["flags"], answer["n_flags"]) == (200, [], 0)


def test_skipping_and_taking_it_back(desk: Desk, reviewer: Client) -> None:
    url = address(desk, "item-skip")
    assert send(reviewer, url, {"skip": new_id(), "item": desk.items[0].pk})[1]["n_skips"] == 1
    own = reviewer.get(address(desk, "review-own")).json()
    assert own["skips"] == [{"item": desk.items[0].pk, "external_id": "h1", "n_times": 1}]
    assert send(reviewer, url, {"item": desk.items[0].pk, "is_back": True})[1]["n_skips"] == 0


def test_own_flags_are_listed_with_what_they_are_about(desk: Desk, reviewer: Client) -> None:
    raised = flag(desk)
    own = reviewer.get(address(desk, "review-own")).json()
    assert (own["n_flags"], own["flags"][0]["id"], own["flags"][0]["name"]) == (1, str(raised.pk), "Ada Brandt")
    assert client_of(desk, "curator").get(address(desk, "review-own")).json()["flags"] == []


def test_a_thread_on_the_screen(desk: Desk, reviewer: Client) -> None:
    thread_id = new_id()
    given = {"comment": new_id(), "thread": thread_id, "item": desk.items[1].pk, "text": "One name?"}
    status, answer = send(reviewer, address(desk, "comment-create"), given)
    assert status == 200
    assert [(each["text"], each["is_mine"]) for each in answer["threads"][0]["comments"]] == [("One name?", True)]
    assert (answer["threads"][0]["ref"], answer["threads"][0]["is_open"]) == ("", True)
    _, answer = send(reviewer, address(desk, "thread-change", thread_id), {"is_open": False})
    assert not answer["threads"][0]["is_open"]


def test_the_next_thread_says_where_it_is(desk: Desk, reviewer: Client) -> None:
    assert reviewer.get(address(desk, "thread-next")).json() == {"item": None}
    first, second = comment(desk, 0), comment(desk, 2)
    found = reviewer.get(address(desk, "thread-next"), {"after": str(first.pk)}).json()
    assert found == {"item": desk.items[2].pk, "thread": str(second.pk), "ref": f"s{desk.span(2).pk}"}
    assert reviewer.get(address(desk, "thread-next"), {"after": "x"}).status_code == 400


@pytest.mark.parametrize(
    ("name", "given", "status", "code"),
    [
        ("flag-create", {"flag": "x"}, 400, "bad-id"),
        ("flag-create", {"flag": new_id(), "item": 2**70}, 400, "bad-id"),
        ("flag-create", {"flag": new_id(), "item": 1, "source_span": "s1"}, 400, "bad-id"),
        ("item-skip", {"item": 987654}, 400, "bad-id"),
        ("item-skip", {"skip": new_id()}, 400, "no-such-item"),
        ("comment-create", {"comment": new_id(), "thread": new_id()}, 400, "comment-empty"),
    ],
)
def test_what_is_wrong_is_refused(
    desk: Desk, reviewer: Client, name: str, given: dict[str, Any], status: int, code: str
) -> None:
    answered, answer = send(reviewer, address(desk, name), given)
    assert (answered, answer["code"]) == (status, code)


def test_viewers_read_threads_and_write_nothing(desk: Desk) -> None:
    viewer, thread = client_of(desk, "viewer"), comment(desk)
    given = {"comment": new_id(), "thread": str(thread.pk), "item": desk.items[0].pk, "text": "Hm."}
    for name, more in (("comment-create", ()), ("thread-change", (thread.pk,)), ("flag-create", ()), ("item-skip", ())):
        assert send(viewer, address(desk, name, *more), given)[0] == 403
    assert viewer.get(address(desk, "thread-list")).status_code == 200
    assert "Is this one name?" in viewer.get(address(desk, "review-item", desk.items[0].pk)).content.decode()


def test_an_item_costs_the_same_number_of_queries_however_many_notes_it_has(desk: Desk, reviewer: Client) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            reviewer.get(address(desk, "review-item", desk.items[0].pk))
        return len(queries)

    comment(desk)
    flag(desk)
    before = count()
    for _ in range(3):
        comment(desk)
    assert count() == before


# ----------------------------------------------------------------------------------------------------------- pages


def test_curators_see_open_flags_and_resolve_them(desk: Desk) -> None:
    curator = client_of(desk, "curator")
    raised = flag(desk)
    flag(desk, 1, reason="duplicate")
    page = unescape(curator.get(address(desk, "flag-list")).content.decode())
    assert "2 open flags" in page
    assert ("Ada Brandt" in page, "Uppsala" in page, "translation wrong (1)" in page) == (True, True, True)
    page = unescape(curator.get(address(desk, "flag-list"), {"reason": "duplicate", "lang": "de"}).content.decode())
    assert ("Ada Brandt" in page, "Uppsala" in page) == (False, True)
    back = address(desk, "flag-list") + "?reason=translation-wrong"
    response = curator.post(address(desk, "flag-resolve", raised.pk), {"back": back})
    assert (response.status_code, response["Location"]) == (302, back)
    assert Flag.objects.get(pk=raised.pk).closed_at is not None
    response = curator.post(address(desk, "flag-resolve", raised.pk), {"back": "https://elsewhere.example/"})
    assert response["Location"] == address(desk, "flag-list")


def test_a_flag_says_that_its_span_was_decided_meanwhile(desk: Desk) -> None:
    flag(desk)
    desk.decide(0, desk.accept(0))
    assert "accepted meanwhile" in client_of(desk, "curator").get(address(desk, "flag-list")).content.decode()


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("reviewer", 403), ("curator", 200), ("manager", 200)])
def test_the_list_of_flags_is_for_those_who_settle_them(desk: Desk, role: str, status: int) -> None:
    assert client_of(desk, role).get(address(desk, "flag-list")).status_code == status
    linked = address(desk, "flag-list") in client_of(desk, role).get(address(desk, "item-list")).content.decode()
    assert linked == (status == 200)


def test_threads_are_listed_by_state_and_lead_to_the_text(desk: Desk, reviewer: Client) -> None:
    first = comment(desk, text="<b>Is this one name?</b>")
    page = reviewer.get(address(desk, "thread-list")).content.decode()
    assert "&lt;b&gt;Is this one name?" in page
    assert f"?item={desk.items[0].pk}&amp;thread={first.pk}" in page
    response = reviewer.post(address(desk, "thread-resolve", first.pk), {"back": address(desk, "thread-list")})
    assert response.status_code == 302
    assert "No thread is open" in reviewer.get(address(desk, "thread-list")).content.decode()
    resolved = reviewer.get(address(desk, "thread-list"), {"state": "resolved"}).content.decode()
    assert ("Open again" in resolved, "1 thread" in resolved) == (True, True)
    reviewer.post(address(desk, "thread-resolve", first.pk), {"is_open": "1"})
    assert Thread.objects.get().is_open
    assert Comment.objects.count() == 1


def test_lists_cost_the_same_number_of_queries_however_long_they_are(desk: Desk) -> None:
    manager = client_of(desk, "manager")

    def count(name: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert manager.get(address(desk, name)).status_code == 200
        return len(queries)

    flag(desk, 0)
    comment(desk, 0)
    before = count("flag-list"), count("thread-list")
    for n in (1, 2):
        flag(desk, n)
        comment(desk, n)
    assert (count("flag-list"), count("thread-list")) == before
