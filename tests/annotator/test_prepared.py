from __future__ import annotations

import threading
import uuid

import pytest
from django.db import connection
from django.db.models import CharField, DateTimeField, JSONField, UUIDField
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotator.models import Decision, Item, Review, Segment
from annotator.prepared import OneOf, Prepared, PreparedUpdate, Slot
from tests.annotator.reviewing import Desk, make_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return make_desk(n=3)


def of_project() -> Prepared[Item]:
    return Prepared(lambda: Item.objects.filter(project=Slot("project")).select_related("document"))


def test_each_use_asks_for_its_own_values_and_finds_what_is_there_now(desk: Desk) -> None:
    query, other = of_project(), make_desk(n=2)
    assert [row.pk for row in query.list(project=desk.project.pk)] == [item.pk for item in desk.items]
    assert [row.pk for row in query.list(project=other.project.pk)] == [item.pk for item in other.items]
    Item.objects.filter(pk=desk.items[0].pk).update(external_id="renamed")
    assert query.list(project=desk.project.pk)[0].external_id == "renamed"


def test_it_builds_its_query_once_and_asks_once_a_use(desk: Desk) -> None:
    n_built = 0

    def build() -> object:
        nonlocal n_built
        n_built += 1
        return Item.objects.filter(project=Slot("project")).select_related("document")

    query: Prepared[Item] = Prepared(build)  # type: ignore[arg-type]
    with CaptureQueriesContext(connection) as queries:
        for _use in range(3):
            names = [row.document.name for row in query.list(project=desk.project.pk)]
    assert (n_built, len(queries), len(names)) == (1, 3, 3)


def test_another_thread_has_its_own(desk: Desk) -> None:
    # The compiler of a query belongs to the connection of its thread.
    query = of_project()
    query.list(project=desk.project.pk)
    seen: list[object] = []
    thread = threading.Thread(target=lambda: seen.append(query._own.made))
    thread.start()
    thread.join()
    assert seen == [None]


def test_values_of_all_kinds_arrive_as_they_are_stored(desk: Desk) -> None:
    step, now = uuid.uuid4(), timezone.now()
    desk.decide(0, desk.accept(0), step=step)
    by_step = Prepared(lambda: Decision.objects.filter(step=Slot("step", UUIDField())))
    done = by_step.first(step=step)
    assert done is not None
    assert (done.step, done.after["state"]) == (step, "accepted")
    assert by_step.first(step=uuid.uuid4()) is None
    since = Prepared(lambda: Review.objects.filter(created_at__gt=Slot("then", DateTimeField())))
    assert [row.pk for row in since.list(then=now)] == [done.review_id]
    assert since.list(then=timezone.now()) == []
    by_lang = Prepared(lambda: Segment.objects.filter(lang=Slot("lang", CharField())).values_list("item_id", "tokens"))
    assert {type(tokens) for _item, tokens in by_lang.list(lang=desk.items[0].tgt_lang)} == {list}


def test_no_row_has_an_id_that_fits_no_column() -> None:
    assert of_project().list(project=10**30) == []


def test_one_of_takes_any_number(desk: Desk) -> None:
    query = Prepared(lambda: Item.objects.filter(OneOf("pk", "items")).values_list("pk", flat=True))
    rest = Prepared(lambda: Item.objects.exclude(OneOf("pk", "items")).values_list("pk", flat=True))
    first, second, third = (item.pk for item in desk.items)
    assert query.list(items=[]) == []
    assert query.list(items=[third, first]) == [first, third]
    assert rest.list(items=[second]) == [first, third]
    assert rest.list(items=[]) == [first, second, third]
    names = Prepared(lambda: Item.objects.filter(OneOf("external_id", "names")).values_list("pk", flat=True))
    assert names.list(names=[desk.items[1].external_id, 'no "such" name']) == [second]


def test_a_query_is_given_to_owners_as_a_prefetch_is(desk: Desk) -> None:
    segments = Prepared(lambda: Segment.objects.filter(OneOf("item_id", "items")))
    rows = list(Item.objects.filter(project=desk.project))
    segments.prefetch(rows, "segments", by="item_id", items=[rows[0].pk, rows[1].pk])
    with CaptureQueriesContext(connection) as queries:
        found = [[each.side for each in row.segments.all()] for row in rows]
    assert (found, len(queries)) == ([["source", "target"], ["source", "target"], []], 0)


def test_an_update_says_how_many_rows_it_changed(desk: Desk) -> None:
    update = PreparedUpdate(
        lambda: (
            Item.objects.filter(OneOf("pk", "items"), state=Slot("state", CharField())),
            {"external_id": Slot("name", CharField())},
        )
    )
    first, second, _third = (item.pk for item in desk.items)
    assert update.run(items=[first], state="open", name="a") == 1
    assert update.run(items=[second], state="done", name="b") == 0
    assert [Item.objects.get(pk=pk).external_id for pk in (first, second)] == ["a", desk.items[1].external_id]


def test_an_update_takes_null_and_json(desk: Desk) -> None:
    update = PreparedUpdate(
        lambda: (
            Segment.objects.filter(item=Slot("item"), side="target"),
            {"tokens": Slot("tokens", JSONField())},
        )
    )
    assert update.run(item=desk.items[0].pk, tokens=[[0, 1]]) == 1
    assert desk.items[0].segments.get(side="target").tokens == [[0, 1]]
    unlink = PreparedUpdate(lambda: (Item.objects.filter(pk=Slot("item")), {"gold_review": Slot("gold")}))
    assert unlink.run(item=desk.items[0].pk, gold=None) == 1


def test_one_of_stands_in_any_query_with_what_is_given(desk: Desk) -> None:
    first, _second, third = (item.pk for item in desk.items)
    rows = Item.objects.filter(OneOf("pk", [third, first]), project=desk.project).values_list("pk", flat=True)
    assert list(rows) == [first, third]
    assert list(Segment.objects.filter(OneOf("item__position", [1]), side="source").values_list("item_id")) == [
        (desk.items[1].pk,)
    ]
    assert not Item.objects.filter(OneOf("pk", [])).exists()
