"""Engines and runs by program."""

from __future__ import annotations

import pytest

from annotator.models import Run
from annotator.queries.runs import list_engines
from projection import engines
from tests.annotator.api.clients import sent, work
from tests.annotator.api.conftest import World

pytestmark = pytest.mark.django_db


def test_engines_say_what_can_be_set(world: World) -> None:
    found = {row["name"]: row for row in sent(world.client("stranger").get("/api/v1/engines/"))["results"]}
    assert list(found) == [engine.name for engine in list_engines()]
    for engine in list_engines():
        assert [row["name"] for row in found[engine.name]["settings"]] == [each.name for each in engine.settings]
        given = {row["name"]: row["default"] for row in found[engine.name]["settings"]}
        given |= {row["name"]: "somewhere" for row in found[engine.name]["settings"] if row["is_required"]}
        assert engine.read_settings(given) == given


def test_the_same_key_starts_one_run(world: World) -> None:
    client, given = world.client("manager"), {"tgt_lang": "de", "engine": "hmm"}
    n_before = Run.objects.count()
    ids = [
        sent(client.post(world.at("runs/"), given, format="json", headers={"Idempotency-Key": key}), 201)["id"]
        for key in ("one", "one", "two")
    ]
    assert ids[0] == ids[1] != ids[2]
    assert Run.objects.count() == n_before + 2
    other = [sent(client.post(world.at("runs/"), given, format="json"), 201)["id"] for _ in range(2)]
    assert other[0] != other[1]
    refused = sent(client.post(world.at("runs/"), given, format="json", headers={"Idempotency-Key": "x" * 101}), 400)
    assert (refused["code"], refused["place"]) == ("key-too-long", "Idempotency-Key")


def test_a_run_is_cancelled_resumed_and_shown(world: World) -> None:
    client = world.client("manager")
    run = sent(client.post(world.at("runs/"), {"tgt_lang": "de", "engine": "hmm"}, format="json"), 201)
    job = f"jobs/{run['job']['id']}/"
    assert sent(client.post(world.at(f"runs/{run['id']}/activate/")), 409)["code"] == "run-not-finished"
    assert sent(client.post(world.at(f"{job}cancel/")))["state"] == "cancelled"
    assert sent(client.post(world.at(f"{job}cancel/")), 409)["code"] == "job-ended"
    assert sent(client.post(world.at(f"{job}resume/")))["state"] == "queued"
    assert sent(client.post(world.at(f"{job}resume/")), 409)["code"] == "job-not-resumable"
    work(run["job"]["id"])
    assert sent(client.get(world.at(job)))["percent"] == 100
    assert sent(client.get(world.at(f"runs/{run['id']}/")))["is_active"] is False
    assert sent(client.post(world.at(f"runs/{run['id']}/activate/")))["is_active"] is True
    active = [row["id"] for row in sent(client.get(world.at("runs/")))["results"] if row["is_active"]]
    assert active == [run["id"]]


def test_an_estimate_counts_what_is_there(world: World) -> None:
    estimate = sent(world.client("viewer").get(world.at("runs/estimate/?tgt_lang=de&engine=hmm")))
    seconds = engines.get_engine("hmm").estimate_seconds(3)
    # The three sentences of the factory have 2, 1 and 2 source spans.
    assert estimate == {"n_items": 3, "n_spans": 5, "n_seconds": seconds}


def test_a_run_compared_with_itself_is_the_same_everywhere(world: World) -> None:
    client, pk = world.client("viewer"), world.runs[0].pk
    found = sent(client.get(world.at(f"runs/compare/?a={pk}&b={pk}")))
    total = found["total"]
    assert (total["n_spans"], total["different"], total["only_a"], total["only_b"]) == (5, 0, 0, 0)
    assert total["same"] + total["neither"] == 5
    assert {row["label"]: row["n_spans"] for row in found["labels"]} == {"LOC": 2, "ORG": 1, "PER": 2}
    assert sent(client.get(world.at(f"runs/compare/items/?a={pk}&b={pk}")))["results"] == []


def test_where_two_runs_differ_both_proposals_are_shown(world: World) -> None:
    first, second = world.runs
    span = world.items[0].source_spans.get(surface="Bremen")
    second.candidates.filter(source_span=span).delete()
    second.candidates.create(
        item=world.items[0], source_span=span, rank=0, label=span.label, score=0, unprojected_reason="no-links"
    )
    client = world.client("viewer")
    query = f"a={first.pk}&b={second.pk}"
    total = sent(client.get(world.at(f"runs/compare/?{query}")))["total"]
    items = sent(client.get(world.at(f"runs/compare/items/?{query}")))["results"]
    found = {pair["source_span"]["surface"]: pair for item in items for pair in item["spans"]}
    n_differing = total["different"] + total["only_a"] + total["only_b"]
    assert n_differing == sum(pair["outcome"] not in ("same", "neither") for pair in found.values())
    expected = "only_a" if first.candidates.get(source_span=span, rank=0).segment_id else "neither"
    assert found["Bremen"]["outcome"] == expected
    assert found["Bremen"]["b"]["unprojected_reason"] == "no-links"


def test_runs_of_two_languages_are_not_compared(world: World) -> None:
    first, second = world.runs
    Run.objects.filter(pk=second.pk).update(tgt_lang="th", is_active=False)
    answer = world.client("viewer").get(world.at(f"runs/compare/?a={first.pk}&b={second.pk}"))
    assert sent(answer, 400)["code"] == "languages-differ"
    assert (
        sent(world.client("viewer").get(world.at(f"runs/compare/?a={first.pk}&b=999999")), 404)["code"] == "not-found"
    )
