"""Lists come in pages, filtered, with a number of queries that does not grow with the project."""

from __future__ import annotations

from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotator.models import Decision, Document, Item, Job, Run
from annotator.services.exports import start_export
from annotator.services.projects import add_labels
from annotator.services.review import decide
from annotator.services.review_acts import read_acts
from annotator.services.run_order import activate_run
from tests.annotator.api.clients import address, client_of, project_run, sent
from tests.annotator.api.conftest import World
from tests.annotator.factories import make_items, make_member, make_project, make_user

pytestmark = pytest.mark.django_db

LISTS = [
    "layers/",
    "labels/",
    "reject-reasons/",
    "members/",
    "items/",
    "imports/",
    "runs/",
    "runs/{run}/candidates/",
    "runs/{run}/failures/",
    "runs/compare/items/?a={run}&b={other_run}",
    "jobs/",
    "queue/?n=20",
    "decisions/",
    "exports/",
]


def grow(world: World) -> None:
    """More of everything that a list holds."""
    owner = world.people["owner"]
    for _ in range(3):
        make_member(world.project, "viewer")
    make_items(world.project, n=6)
    add_labels(world.project.layers.get(), names=["EVENT", "WORK", "DATE"])
    for token in ("third", "fourth"):
        project_run(world.project, owner, token=token)
        start_export(project=world.project, actor=owner, format="conll", filters={"state": "all"})
    activate_run(run=Run.objects.order_by("pk").last(), actor=owner)
    for index, item in enumerate(Item.objects.filter(project=world.project, state="open")[:4]):
        span = item.source_spans.first()
        acts = read_acts([{"kind": "reject", "source_span": span.pk, "reason": "wrong-words"}])
        step = f"00000000-0000-4000-8000-{index:012}"
        decide(project=world.project, actor=owner, step=step, item_id=item.pk, acts=acts)


def count_queries(world: World, path: str) -> int:
    client = world.client("viewer")
    ids = {"run": world.runs[0].pk, "other_run": world.runs[1].pk}
    with CaptureQueriesContext(
        connection,
    ) as queries:
        sent(client.get(world.at(path.format(**ids))))
    return len(queries)


def test_queries_do_not_grow_with_the_project(world: World) -> None:
    grow_first(world)
    before = {path: count_queries(world, path) for path in LISTS}
    grow(world)
    assert {path: count_queries(world, path) for path in LISTS} == before
    assert max(before.values()) <= 30
    n_places = len(sent(world.client("viewer").get(world.at("queue/?n=20")))["places"])
    assert n_places > len(world.items)


def grow_first(world: World) -> None:
    """One of each, so that no list is empty the first time."""
    item = world.items[0]
    span = item.source_spans.first()
    acts = read_acts([{"kind": "reject", "source_span": span.pk, "reason": "wrong-words"}])
    owner = world.people["owner"]
    decide(project=world.project, actor=owner, step="10000000-0000-4000-8000-000000000000", item_id=item.pk, acts=acts)


def test_projects_cost_the_same_however_many_there_are() -> None:
    user = make_user()
    client = client_of(user)
    make_project(manager=user)
    with CaptureQueriesContext(connection) as one:
        sent(client.get("/api/v1/projects/"))
    for _ in range(4):
        make_project(manager=user, tgt_langs=("de", "th"))
    with CaptureQueriesContext(connection) as five:
        assert len(sent(client.get("/api/v1/projects/"))["results"]) == 5
    assert len(one) == len(five)


def test_one_item_costs_the_same_however_much_is_in_it(world: World) -> None:
    client = world.client("viewer")
    # Of the sentences of the factory the second has one source span, the first two.
    counts = []
    for item in (world.items[1], world.items[0]):
        with CaptureQueriesContext(connection) as queries:
            sent(client.get(world.at(f"items/{item.pk}/")))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_pages_follow_each_other_without_gap_or_repeat(world: World) -> None:
    make_items(world.project, n=20)
    client = world.client("viewer")
    page, seen, n_pages = sent(client.get(world.at("items/?limit=6"))), [], 1
    while True:
        seen += [row["id"] for row in page["results"]]
        if page["next"] is None:
            break
        page, n_pages = sent(client.get(page["next"])), n_pages + 1
    assert seen == list(Item.objects.filter(project=world.project).order_by("id").values_list("pk", flat=True))
    assert (len(seen), n_pages) == (23, 4)
    assert page["previous"] is not None


def test_the_latest_come_first_where_things_happen(world: World) -> None:
    client = world.client("viewer")
    for path in ("runs/", "jobs/", "imports/", "exports/"):
        ids = [row["id"] for row in sent(client.get(world.at(path)))["results"]]
        assert all(later > earlier for later, earlier in pairwise(ids))
        assert ids


def test_items_are_filtered_by_language_state_and_text(world: World) -> None:
    make_items(world.project, n=2, tgt_lang="th")
    client = world.client("viewer")

    def found(query: str) -> list[str]:
        return [
            f"{row['tgt_lang']} {row['external_id']}"
            for row in sent(client.get(world.at(f"items/?{query}")))["results"]
        ]

    assert found("lang=th") == ["th h1", "th h2"]
    assert found("state=new") == ["th h1", "th h2"]
    assert found("lang=de&text=UPPSALA") == ["de h2"]
    assert found("lang=fr") == []
    refused = sent(client.get(world.at("items/?state=finished")), 400)
    assert (refused["code"], refused["place"]) == ("invalid-choice", "state")


def test_jobs_candidates_and_decisions_are_filtered(world: World) -> None:
    grow_first(world)
    client, run = world.client("viewer"), world.runs[0]
    kinds = [row["kind"] for row in sent(client.get(world.at("jobs/?kind=run&state=done")))["results"]]
    assert kinds == ["run", "run"]
    assert Job.objects.filter(project=world.project).count() == 3
    item = world.items[0]
    best = sent(client.get(world.at(f"runs/{run.pk}/candidates/?rank=0&item={item.pk}")))["results"]
    assert [(row["item"], row["rank"], row["label_name"]) for row in best] == [(item.pk, 0, "PER"), (item.pk, 0, "LOC")]
    assert len(sent(client.get(world.at(f"decisions/?item={item.pk}&actor=owner&kind=reject")))["results"]) == 1
    assert sent(client.get(world.at("decisions/?actor=viewer")))["results"] == []
    assert Decision.objects.count() == 1


def test_no_list_shows_rows_of_another_project(world: World) -> None:
    theirs = make_project(manager=world.people["viewer"], name="Other")
    make_items(theirs)
    Document.objects.get_or_create(project=theirs, name="x")
    client = world.client("viewer")
    for path in ("items/", "imports/", "jobs/", "runs/", "exports/", "decisions/"):
        here = {row["id"] for row in sent(client.get(world.at(path)))["results"]}
        there = {row["id"] for row in sent(client.get(address(theirs, path)))["results"]}
        assert not here & there
