"""The order of the queue, its cost, and what the screen says about it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotator import access
from annotator.models import Item
from annotator.queries import claims, queue, review
from annotator.queries.history import list_history
from annotator.queries.queue import QueueFilter, read_filter
from annotator.queries.queue_words import describe_place
from annotator.services.review import claim_items
from tests.annotator.factories import make_items, make_member
from tests.annotator.reviewing import Desk, make_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    """Ten open items; the higher the number, the less sure, and the shuffled order is 10, 9, 8, ..."""
    desk = make_desk(n=10)
    for number, item in enumerate(desk.items, start=1):
        Item.objects.filter(pk=item.pk).update(priority=1 - number / 20, shuffle_key=1 - number / 20)
    return desk


def numbers(desk: Desk, places: list[queue.Place]) -> list[int]:
    ids = [item.pk for item in desk.items]
    return [ids.index(place.item_id) + 1 for place in places]


def places(desk: Desk, n: int, *, first_place: int = 0, **filters: str) -> list[queue.Place]:
    wanted = QueueFilter(**filters)  # type: ignore[arg-type]
    return queue.list_places(
        desk.project, desk.reviewer, queue=wanted, n=n, first_place=first_place, now=timezone.now()
    )


def test_unsure_items_come_first(desk: Desk) -> None:
    assert numbers(desk, places(desk, 4)) == [10, 9, 8, 7]


def test_every_fifth_place_is_drawn_from_the_shuffled_order(desk: Desk) -> None:
    for number, item in enumerate(desk.items, start=1):
        Item.objects.filter(pk=item.pk).update(shuffle_key=number / 20)
    drawn = places(desk, 10)
    assert numbers(desk, drawn) == [10, 9, 8, 7, 1, 6, 5, 4, 3, 2]
    assert [place.drawn_by for place in drawn] == ["unsure"] * 4 + ["random"] + ["unsure"] * 4 + ["random"]


def test_the_random_share_goes_on_where_the_queue_stood(desk: Desk) -> None:
    assert [place.drawn_by for place in places(desk, 3, first_place=3)] == ["unsure", "random", "unsure"]


def test_file_order_is_the_order_of_the_file(desk: Desk) -> None:
    assert numbers(desk, places(desk, 3, order="file")) == [1, 2, 3]
    assert numbers(desk, places(desk, 3, order="file", tgt_lang="de")) == [1, 2, 3]


def test_what_another_person_holds_is_left_out(desk: Desk) -> None:
    other = make_member(desk.project, "reviewer")
    claim_items(project=desk.project, actor=other, n=2)
    assert numbers(desk, places(desk, 3)) == [8, 7, 6]
    now = timezone.now()
    assert claims.count_held_by_others(desk.project, desk.reviewer, tgt_lang="", now=now) == 2
    assert claims.count_held_by_others(desk.project, other, tgt_lang="", now=now) == 0


def test_progress_counts_by_state_and_language(desk: Desk) -> None:
    make_items(desk.project, tgt_lang="sv", n=3)
    Item.objects.filter(pk=desk.items[0].pk).update(state="done")
    assert queue.count_progress(desk.project) == queue.Progress(n_done=1, n_open=9, n_new=3)
    assert queue.count_progress(desk.project, tgt_lang="sv") == queue.Progress(n_done=0, n_open=0, n_new=3)


def test_a_filter_from_the_address_falls_back_to_the_default() -> None:
    assert read_filter({"lang": "de", "order": "file", "state": "done"}, tgt_langs=["de"]) == QueueFilter(
        tgt_lang="de", order="file", state="done"
    )
    assert read_filter({"lang": "xx", "order": "?", "state": "?"}, tgt_langs=["de"]) == QueueFilter()


def test_the_reason_of_a_place_is_given_in_words(desk: Desk) -> None:
    first, third = (review.get_item(desk.project, desk.items[n].pk, reviewer=desk.reviewer) for n in (0, 2))
    assert describe_place(first, "unsure") == "lowest score 0.80: Bremen"
    assert describe_place(third, "unsure") == "not found: Nordlys"
    assert describe_place(first, "random") == "random sample"
    assert describe_place(first, "file") == "next in the file"


PLANS = [
    ({}, "item_unsure_first"),
    ({"tgt_lang": "de"}, "item_unsure_first_lang"),
    ({"order": "file"}, "item_next_in_file"),
    ({"order": "file", "tgt_lang": "de"}, "item_next_in_file"),
]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="plans of small tables are only stable on SQLite")
@pytest.mark.parametrize(("filters", "index"), PLANS)
def test_the_queue_reads_an_index_and_sorts_nothing(desk: Desk, filters: dict[str, str], index: str) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        places(desk, 6, **filters)
    for query in queries:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            plan = " / ".join(row[3] for row in cursor.fetchall())
        if 'FROM "annotator_membership"' in query["sql"].split("WHERE")[0]:
            continue
        assert "TEMP B-TREE" not in plan, plan
        assert f"INDEX {index}" in plan or "INDEX item_shuffled" in plan


def test_claiming_and_reading_cost_the_same_for_any_size(desk: Desk) -> None:
    def count_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            claimed = claim_items(project=desk.project, actor=desk.reviewer, n=5)
            review.list_items(desk.project, [place.item_id for place in claimed], reviewer=desk.reviewer)
        desk.release()
        return len(queries)

    small = count_queries()
    more = make_desk(n=60)
    Item.objects.filter(pk__in=[item.pk for item in more.items]).update(project=desk.project, tgt_lang="nb")
    assert count_queries() <= small <= 22


def test_items_carry_everything_that_the_screen_shows(desk: Desk) -> None:
    desk.decide(2, desk.accept(2, 1))
    item = review.get_item(desk.project, desk.items[2].pk, reviewer=desk.reviewer)
    person, ship = item.data["spans"]
    assert (person["state"], person["machine"]["engine"], person["machine"]["score"]) == (
        "undecided",
        "statistical",
        0.95,
    )
    assert (ship["state"], ship["reason"], ship["intervals"]) == ("rejected", "not-in-translation", [])
    assert ship["machine"]["unprojected"] == "no links"
    assert item.data["version"] == 1
    assert item.data["links"][0]["links"][0] == [0, 0, 0.9]
    assert [pair["dir"] for pair in item.pairs[0]] == ["ltr", "ltr"]


def test_history_says_in_words_what_changed_and_what_was_undone(desk: Desk) -> None:
    desk.decide(0, desk.act("relabel", 0, label=desk.label("ORG")))
    desk.decide(0, desk.act("move", 0, **desk.place(0, "Brandt")))
    desk.decide(1, desk.accept(1))
    desk.decide(2, desk.act("reject", 2, 1, reason="not-in-translation"))
    desk.undo()
    desk.undo()
    desk.redo()
    steps = list_history(desk.project, desk.reviewer)
    words = [(step.words.replace("\u2068", "").replace("\u2069", ""), step.is_undone) for step in steps]
    assert words == [
        ("Nordlys: rejected, not in the translation", True),
        ("Uppsala: accepted LOC", False),
        ("Ada Brandt → Brandt", False),
        ("Ada Brandt: PER → ORG", False),
    ]


def test_a_filter_of_items_narrows_the_queue_and_draws_nothing_at_random() -> None:
    desk = make_desk(n=12)
    wanted = read_filter({"label": "ORG", "order": "unsure", "state": "open"}, tgt_langs=["de"])
    places = claim_items(project=desk.project, actor=desk.reviewer, n=9, queue=wanted)
    names = [Item.objects.get(pk=place.item_id).external_id for place in places]
    assert sorted(names) == ["h12", "h3", "h6", "h9"]
    assert {place.drawn_by for place in places} == {"unsure"}
    # What the browser sends back asks for the same.
    assert read_filter(wanted.params, tgt_langs=["de"]) == wanted
    other = read_filter({"label": "LOC", "lang": "de"}, tgt_langs=["de"])
    again = claim_items(project=desk.project, actor=desk.reviewer, n=2, queue=other)
    assert not {place.item_id for place in again} & {place.item_id for place in places}


def test_the_queue_lets_nobody_find_out_about_blind_items() -> None:
    desk = make_desk()
    Item.objects.update(is_blind=True)
    sight = access.get_sight(desk.reviewer, desk.project)
    wanted = read_filter({"score_max": "0.5"}, tgt_langs=["de"], sight=sight)
    assert claim_items(project=desk.project, actor=desk.reviewer, n=9, queue=wanted) == []
