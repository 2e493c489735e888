"""How a word was tagged so far: by people, by the machine, and on blind items by oneself only."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotator.models import Item
from annotator.queries.tag_counts import count_tags_of_machine, count_tags_of_people
from tests.annotator.factories import make_member, make_user
from tests.annotator.kinds import SENTENCE, KindDesk

pytestmark = pytest.mark.django_db


def get_counts(desk: KindDesk, *, user=None, **changed) -> tuple[int, dict]:
    client = Client()
    client.force_login(user or desk.reviewer)
    query = {"item": desk.item.pk, "layer": desk.layer("tags").pk, "form": "segelt", **changed}
    answer = client.get(f"/projects/{desk.project.pk}/review/tags/", query)
    return answer.status_code, answer.json()


def test_people_and_machine_are_counted_by_label() -> None:
    desk = KindDesk.make(SENTENCE)
    noun, verb = desk.label("tags", "NOUN"), desk.label("tags", "VERB")
    desk.decide(desk.act("relabel", "sails", label=noun), desk.accept("sails"))
    counts = {"people": {str(noun): 1}, "machine": {str(verb): 1}, "is_blind": False}
    assert get_counts(desk) == (200, counts)
    assert get_counts(desk, form="Segelt")[1] == {"people": {}, "machine": {}, "is_blind": False}
    # What is undone or only proposed is nobody's tag.
    desk.undo()
    assert get_counts(desk)[1]["people"] == {}


def test_on_a_blind_item_only_ones_own_tags_are_sent() -> None:
    desk = KindDesk.make(SENTENCE)
    desk.decide(desk.accept("sails"))
    Item.objects.update(is_blind=True)
    own = {str(desk.label("tags", "VERB")): 1}
    assert get_counts(desk)[1] == {"people": own, "machine": {}, "is_blind": True}
    other = make_member(desk.project, "reviewer")
    assert get_counts(desk, user=other)[1] == {"people": {}, "machine": {}, "is_blind": True}


@pytest.mark.parametrize("changed", [{"item": 0}, {"layer": "x"}, {"item": "9" * 30}])
def test_what_is_not_in_the_project_is_not_found(changed: dict) -> None:
    assert get_counts(KindDesk.make(SENTENCE), **changed)[0] == 404


def test_strangers_find_nothing() -> None:
    assert get_counts(KindDesk.make(SENTENCE), user=make_user())[0] == 404


@pytest.mark.skipif(connection.vendor != "sqlite", reason="plans of small tables are only stable on SQLite")
def test_tags_are_counted_by_an_index() -> None:
    desk = KindDesk.make(SENTENCE)
    item, layer = desk.item, desk.layer("tags")
    with CaptureQueriesContext(connection) as queries, connection.cursor() as cursor:
        count_tags_of_people(item, layer, "segelt")
        count_tags_of_machine(item, layer, "segelt")
        plans = []
        for query in [query["sql"] for query in queries if "GROUP BY" in query["sql"]]:
            cursor.execute(f"EXPLAIN QUERY PLAN {query}")
            plans.append(" / ".join(row[3] for row in cursor.fetchall()))
    people, machine = plans
    assert "INDEX annotation_of_form (layer_id=? AND <expr>=?)" in people
    assert "INDEX candidate_of_form (run_id=? AND label_id=? AND <expr>=?)" in machine
