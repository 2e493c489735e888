"""Reviewing by program: the queue, steps that are done once, undo and redo, and where each label comes from."""

from __future__ import annotations

import uuid

import pytest

from annotator.models import Decision, Review
from tests.annotator.api.clients import client_of, sent
from tests.annotator.api.conftest import World
from tests.annotator.kinds import SENTENCE, KindDesk

pytestmark = pytest.mark.django_db


def new_step() -> str:
    return str(uuid.uuid4())


def reject(world: World, *, step: str, n: int = 0) -> dict:
    span = world.items[n].source_spans.first()
    act = {"kind": "reject", "source_span": span.pk, "reason": "wrong-words"}
    return {"step": step, "item": world.items[n].pk, "acts": [act]}


def state_of_span(client, world: World, n: int = 0) -> list[tuple[str, str]]:
    item = sent(client.get(world.at(f"items/{world.items[n].pk}/")))
    return [(row["state"], row["reason"]) for row in item["annotations"]]


def test_the_same_step_is_done_once(world: World) -> None:
    client = world.client("reviewer")
    given = reject(world, step=new_step())
    first = sent(client.post(world.at("decisions/"), given, format="json"))
    again = sent(client.post(world.at("decisions/"), given, format="json"))
    assert (first["is_repeat"], again["is_repeat"]) == (False, True)
    assert {**again, "is_repeat": False} == first
    assert Decision.objects.count() == 1


def test_a_step_of_somebody_else_is_no_repeat(world: World) -> None:
    given = reject(world, step=new_step())
    sent(world.client("reviewer").post(world.at("decisions/"), given, format="json"))
    refused = sent(world.client("curator").post(world.at("decisions/"), given, format="json"), 409)
    assert refused["code"] == "step-taken"


def test_undo_and_redo_bring_back_what_was(world: World) -> None:
    client, step = world.client("reviewer"), new_step()
    sent(client.post(world.at("decisions/"), reject(world, step=step), format="json"))
    assert state_of_span(client, world) == [("rejected", "wrong-words")]
    undone = sent(client.post(world.at("undo/"), {"step": new_step(), "expected": step}, format="json"))
    assert (undone["reversed_step"], undone["version"]) == (step, 2)
    assert state_of_span(client, world) == [("undecided", "")]
    sent(client.post(world.at("redo/"), {"step": new_step()}, format="json"))
    assert state_of_span(client, world) == [("rejected", "wrong-words")]
    kinds = [row["kind"] for row in sent(client.get(world.at("decisions/")))["results"]]
    assert kinds == ["redo", "undo", "reject"]
    refused = sent(client.post(world.at("redo/"), {"step": new_step()}, format="json"), 409)
    assert refused["code"] == "nothing-to-redo"
    refused = sent(client.post(world.at("undo/"), {"step": new_step(), "expected": new_step()}, format="json"), 409)
    assert refused["code"] == "other-step"


def test_a_wrong_place_is_refused_and_nothing_is_written(world: World) -> None:
    client, item = world.client("reviewer"), world.items[0]
    target = item.segments.get(side="target")
    act = {"kind": "move", "source_span": item.source_spans.first().pk, "segment": target.pk}
    for wrong in ({"intervals": [[0, 10]], "surface": "Ada"}, {"intervals": [[0, 10_000]], "surface": "Ada Brandt"}):
        given = {"step": new_step(), "item": item.pk, "acts": [{**act, **wrong}]}
        assert sent(client.post(world.at("decisions/"), given, format="json"), 400)["message"]
    assert not Decision.objects.exists()
    right = {"step": new_step(), "item": item.pk, "acts": [{**act, "intervals": [[0, 3]], "surface": "Ada"}]}
    sent(client.post(world.at("decisions/"), right, format="json"))
    moved = sent(client.get(world.at(f"items/{item.pk}/")))["annotations"][0]
    assert (moved["intervals"], moved["surface"], moved["state"]) == ([[0, 3]], "Ada", "undecided")


def test_a_missing_span_is_added_under_the_id_of_the_caller(world: World) -> None:
    client, item = world.client("reviewer"), world.items[1]
    text = item.segments.get(side="target").text
    start = text.index("Montag")
    label = next(row for row in sent(client.get(world.at("labels/")))["results"] if row["name"] == "ORG")
    act = {
        "kind": "add",
        "annotation": new_step(),
        "label": label["id"],
        "intervals": [[start, start + 6]],
        "surface": "Montag",
    }
    sent(client.post(world.at("decisions/"), {"step": new_step(), "item": item.pk, "acts": [act]}, format="json"))
    added = sent(client.get(world.at(f"items/{item.pk}/")))["annotations"]
    assert [(row["id"], row["state"], row["surface"], row["source_span"]) for row in added] == [
        (act["annotation"], "accepted", "Montag", None)
    ]


def test_one_sees_where_a_label_comes_from(world: World) -> None:
    client, item = world.client("reviewer"), world.items[0]
    found = sent(client.get(world.at(f"items/{item.pk}/")))
    run = next(run for run in world.runs if run.is_active)
    assert {row["run"] for row in found["candidates"]} == {run.pk}
    assert [(row["run"], len(row["links"]) > 0) for row in found["alignments"]] == [(run.pk, True)]
    best = next(row for row in found["candidates"] if row["rank"] == 0 and row["label_name"] == "LOC")
    assert best["parts"]
    act = {
        "kind": "accept",
        "source_span": best["source_span"],
        "label": best["label"],
        "intervals": best["intervals"],
        "surface": best["surface"],
    }
    given = {"step": new_step(), "item": item.pk, "acts": [act], "seen_version": 0}
    sent(client.post(world.at("decisions/"), given, format="json"))
    found = sent(client.get(world.at(f"items/{item.pk}/")))
    annotation, decision = found["annotations"][0], found["decisions"][0]
    assert (annotation["state"], annotation["candidate"]) == ("accepted", best["id"])
    assert (decision["annotation"], decision["actor"], decision["kind"]) == (annotation["id"], "reviewer", "accept")
    frozen = sent(client.get(world.at(f"runs/{best['run']}/")))
    assert (frozen["engine"], frozen["settings"], bool(frozen["versions"])) == (run.engine, run.settings, True)
    assert found["reviews"][0]["version"] == 1


def test_looking_at_the_queue_claims_nothing(world: World) -> None:
    client, other = world.client("reviewer"), world.client("curator")
    seen = sent(client.get(world.at("queue/?n=2")))
    assert (seen["n_open"], seen["n_done"], len(seen["places"])) == (3, 0, 2)
    assert not Review.objects.exclude(claimed_by=None).exists()
    claimed = sent(client.post(world.at("queue/claim/"), {"n": 2}, format="json"))
    ids = [place["item"]["id"] for place in claimed["places"]]
    assert ids == [place["item"]["id"] for place in seen["places"]]
    assert all(place["reason"] for place in claimed["places"])
    assert [place["item"]["id"] for place in sent(client.get(world.at("queue/?n=2")))["places"]] == ids
    rest = sent(other.post(world.at("queue/claim/"), {"n": 5}, format="json"))["places"]
    assert {place["item"]["id"] for place in rest} == {item.pk for item in world.items} - set(ids)
    in_file = sent(world.client("viewer").get(world.at("queue/?order=file&n=3")))["places"]
    assert {place["drawn_by"] for place in in_file} <= {"file"}


def test_the_queue_refuses_a_language_that_the_project_lacks(world: World) -> None:
    for persona, ask in (("viewer", "get"), ("reviewer", "post")):
        client = world.client(persona)
        answer = (
            client.get(world.at("queue/?lang=fr"))
            if ask == "get"
            else client.post(world.at("queue/claim/"), {"lang": "fr"}, format="json")
        )
        assert sent(answer, 400)["code"] == "unknown-language"


def test_relations_and_concepts_are_decided_on_and_shown() -> None:
    desk = KindDesk.make(SENTENCE)
    client = client_of(desk.reviewer)
    base = f"/api/v1/projects/{desk.project.pk}/"
    concept = desk.project.concepts.get(code="Q2")
    acts = [
        {"kind": "link", "source_span": desk.span("bremen").pk, "concept": concept.pk},
        {"kind": "link", "source_span": desk.span("lives").pk, "tail": desk.ref("sails")},
    ]
    sent(client.post(f"{base}decisions/", {"step": new_step(), "item": desk.item.pk, "acts": acts}, format="json"))
    item = sent(client.get(f"{base}items/{desk.item.pk}/"))
    shown = {row["source_span"]: row for row in item["annotations"]}
    lives = shown[desk.span("lives").pk]
    assert shown[desk.span("bremen").pk]["concept"] == concept.pk
    assert (lives["head"], lives["tail"]) == (shown[desk.span("ada").pk]["id"], shown[desk.span("sails").pk]["id"])
    assert item["source_spans"][2]["head"] == desk.span("ada").pk
    reject = {"kind": "reject", "source_span": desk.span("ada").pk, "reason": "other"}
    accept = {"kind": "accept", "source_span": desk.span("lives").pk, "surface": ""}
    given = {"step": new_step(), "item": desk.item.pk, "acts": [accept, reject]}
    sent(client.post(f"{base}decisions/", given, format="json"))
    newest = sent(client.get(f"{base}decisions/"))["results"][0]
    assert (newest["kind"], newest["cause"]) == ("reopen", {"end": shown[desk.span("ada").pk]["id"]})
