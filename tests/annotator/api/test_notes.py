"""Flags, skips and comments by program."""

from __future__ import annotations

import uuid

import pytest

from annotator.models import Flag, Item, Skip, Thread
from tests.annotator.api.clients import sent
from tests.annotator.api.conftest import World

pytestmark = pytest.mark.django_db


def new_id() -> str:
    return str(uuid.uuid4())


def raise_flag(world: World, persona: str = "reviewer", *, n: int = 0, **more) -> dict:
    span = world.items[n].source_spans.first()
    given = {"flag": new_id(), "item": world.items[n].pk, "source_span": span.pk, "reason": "other", **more}
    return sent(world.client(persona).post(world.at("flags/"), given, format="json"), 201)


def comment(world: World, persona: str = "reviewer", *, n: int = 0, status: int = 201, **more) -> dict:
    given = {"comment": new_id(), "thread": new_id(), "item": world.items[n].pk, "text": "One name?", **more}
    return sent(world.client(persona).post(world.at("comments/"), given, format="json"), status)


def listed(world: World, path: str, persona: str = "viewer") -> list[dict]:
    return sent(world.client(persona).get(world.at(path)))["results"]


def test_a_flag_is_listed_until_it_is_closed_and_then_among_the_closed(world: World) -> None:
    raised = raise_flag(world)
    assert (raised["reason"], raised["raised_by"], raised["closed_at"]) == ("other", "reviewer", None)
    assert [row["id"] for row in listed(world, "flags/?is_open=true")] == [raised["id"]]
    assert [row["id"] for row in listed(world, f"flags/?reason=other&lang=de&item={world.items[0].pk}")]
    assert listed(world, "flags/?reason=duplicate") == []
    closed = sent(world.client("curator").post(world.at(f"flags/{raised['id']}/close/")))
    assert (closed["closed_by"], closed["closed_at"] is None) == ("curator", False)
    assert listed(world, "flags/?is_open=true") == []
    assert [row["id"] for row in listed(world, "flags/?is_open=false")] == [raised["id"]]


def test_a_flag_is_taken_back_by_whoever_raised_it_and_by_no_other_reviewer(world: World) -> None:
    theirs, own = raise_flag(world, "curator", n=1), raise_flag(world)
    refused = sent(world.client("reviewer").post(world.at(f"flags/{theirs['id']}/close/")), 403)
    assert refused["code"] == "permission-denied"
    sent(world.client("reviewer").post(world.at(f"flags/{own['id']}/close/")))
    assert Flag.objects.get(closed_at=None).pk == uuid.UUID(theirs["id"])
    sent(world.client("reviewer").post(world.at(f"flags/{new_id()}/close/")), 404)


def test_skips_are_the_callers_own(world: World) -> None:
    given = {"skip": new_id(), "item": world.items[0].pk}
    for _ in range(2):
        sent(world.client("reviewer").post(world.at("skips/"), given, format="json"), 201)
    own = listed(world, "skips/", "reviewer")
    assert [(row["item"], row["n_times"]) for row in own] == [(world.items[0].pk, 1)]
    assert listed(world, "skips/", "curator") == []
    sent(world.client("curator").delete(world.at(f"skips/{world.items[0].pk}/")), 404)
    sent(world.client("reviewer").delete(world.at(f"skips/{world.items[0].pk}/")), 204)
    assert not Skip.objects.exists()


def test_a_thread_is_begun_answered_and_resolved(world: World) -> None:
    begun = comment(world, source_span=world.items[0].source_spans.first().pk)
    answered = comment(world, "curator", thread=begun["id"], text="Yes.")
    assert [(row["author"], row["text"]) for row in answered["comments"]] == [
        ("reviewer", "One name?"),
        ("curator", "Yes."),
    ]
    changed = sent(
        world.client("reviewer").patch(world.at(f"threads/{begun['id']}/"), {"is_open": False}, format="json")
    )
    assert not changed["is_open"]
    assert listed(world, "threads/?is_open=true") == []
    assert [row["id"] for row in listed(world, f"threads/?is_open=false&item={world.items[0].pk}")] == [begun["id"]]


def test_on_blind_items_lists_and_addresses_hold_the_own_notes_only(world: World) -> None:
    Item.objects.filter(project=world.project).update(is_blind=True)
    thread, raised = comment(world, "curator"), raise_flag(world, "curator")
    assert listed(world, "threads/", "reviewer") == listed(world, "flags/", "reviewer") == []
    client = world.client("reviewer")
    sent(client.patch(world.at(f"threads/{thread['id']}/"), {"is_open": False}, format="json"), 404)
    sent(client.post(world.at(f"flags/{raised['id']}/close/")), 404)
    own = comment(world)
    assert [row["id"] for row in listed(world, "threads/", "reviewer")] == [own["id"]]
    assert len(listed(world, "threads/", "curator")) == 2


def test_pages_of_threads_go_on_where_they_ended(world: World) -> None:
    made = [comment(world, text=f"number {number}")["id"] for number in range(5)]
    seen, address = [], world.at("threads/?limit=2")
    while address:
        page = sent(world.client("viewer").get(address))
        seen += [row["id"] for row in page["results"]]
        address = page["next"]
    assert seen == made
    for wrong in ("cj0xJnA9eA==", "cD0xMjM=", "cD0yMDI2LTEzLTAx"):
        assert sent(world.client("viewer").get(world.at(f"threads/?cursor={wrong}")), 404)["code"] == "not-found"


def test_a_comment_that_cannot_be_stored_is_refused(world: World) -> None:
    for text in ("", "x" * 6000, "a\x00b"):
        assert comment(world, text=text, status=400)["message"]
    assert not Thread.objects.exists()
