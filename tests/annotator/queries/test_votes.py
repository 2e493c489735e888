"""One vote a machine on each source span."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotator.models import Item, Job, Run
from annotator.queries.review import get_item, list_items
from annotator.queries.votes import MAX_MACHINES, list_machines
from tests.annotator.factories import make_candidate, make_run
from tests.annotator.reviewing import Desk, make_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return make_desk()


def add_run(desk: Desk, *, engine: str, surface: str = "", label: str = "", **settings: object) -> Run:
    """A run that votes on the first span of the first item."""
    run = make_run(desk.project, is_active=False)
    Run.objects.filter(pk=run.pk).update(engine=engine, settings=settings)
    make_candidate(run, desk.span(0), surface, label=label)
    return run


def votes(desk: Desk, n: int = 0, position: int = 0) -> list[dict]:
    found = get_item(desk.project, desk.items[n].pk, reviewer=desk.reviewer)
    assert found is not None
    return found.data["spans"][position]["votes"]


def test_every_machine_votes_once_the_active_one_first(desk: Desk) -> None:
    add_run(desk, engine="hmm", surface="Ada Brandt")
    newer = add_run(desk, engine="hmm", surface="Ada")
    other = add_run(desk, engine="fused", surface="Brandt", label="LOC")
    found = votes(desk)
    assert [(vote["run"], vote["engine"], vote["is_active"]) for vote in found] == [
        (desk.run.pk, "statistical", True),
        (other.pk, "fused", False),
        (newer.pk, "hmm", False),
    ]
    assert [vote["intervals"] for vote in found] == [[[0, 10]], [[4, 10]], [[0, 3]]]
    assert found[1]["label"] == desk.label("LOC")
    assert found[1]["candidate"] == other.candidates.get().pk


def test_settings_make_another_machine_and_its_name_says_which(desk: Desk) -> None:
    add_run(desk, engine="hmm", surface="Ada", seed=1, rounds=2)
    add_run(desk, engine="hmm", surface="Ada Brandt", seed=1, rounds=5)
    assert [vote["name"] for vote in votes(desk)] == ["statistical", "hmm (rounds 5)", "hmm (rounds 2)"]


def test_a_machine_that_found_nothing_says_why(desk: Desk) -> None:
    add_run(desk, engine="hmm")
    vote = votes(desk)[1]
    assert (vote["segment"], vote["intervals"]) == (None, [])
    assert vote["unprojected"]


def test_runs_that_are_not_finished_do_not_vote(desk: Desk) -> None:
    run = add_run(desk, engine="hmm", surface="Ada")
    Job.objects.filter(pk=run.job_id).update(state="failed")
    assert [vote["engine"] for vote in votes(desk)] == ["statistical"]


def test_a_vote_on_an_older_text_is_left_out(desk: Desk) -> None:
    add_run(desk, engine="hmm", surface="Ada")
    target = desk.target(0)
    act = {"kind": "edit", "segment": target.pk, "text": f"Heute : {target.text}", "text_version": 1}
    desk.decide(0, act)
    assert votes(desk) == []


def test_only_so_many_machines_are_shown(desk: Desk) -> None:
    for number in range(MAX_MACHINES + 2):
        add_run(desk, engine=f"e{number}", surface="Ada")
    assert len(list_machines(desk.project, ["de"])) == MAX_MACHINES
    assert votes(desk)[0]["is_active"]


def test_votes_on_a_blind_item_are_kept_until_it_is_decided(desk: Desk) -> None:
    Item.objects.filter(pk=desk.items[0].pk).update(is_blind=True)
    assert votes(desk) == []
    desk.decide(0, desk.act("reject", 0, reason="other"))
    assert len(votes(desk)) == 1
    assert votes(desk, position=1) == []


def test_votes_cost_the_same_number_of_queries_however_many_items_and_runs(desk: Desk) -> None:
    def count(ids: list[int]) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert len(list_items(desk.project, ids, reviewer=desk.reviewer)) == len(ids)
        return len(queries)

    before = count([desk.items[0].pk])
    for engine in ("hmm", "fused", "similarity"):
        add_run(desk, engine=engine, surface="Ada")
    assert count([item.pk for item in desk.items]) == before
