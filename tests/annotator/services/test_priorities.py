"""Which items need a person most: disagreement of machines, then links, then the score; worked by hand."""

from __future__ import annotations

import pytest
from django.utils import timezone

from annotator.models import Alignment, Item, Run
from annotator.queries.queue import QueueFilter, list_places
from annotator.queries.queue_words import describe_place
from annotator.queries.review import get_item
from annotator.services.priorities import set_priority, weigh_items
from annotator.services.run_items import _link_probability
from tests.annotator.factories import make_candidate, make_run
from tests.annotator.reviewing import Desk, make_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return make_desk()


def add_run(desk: Desk, engine: str, *proposals: tuple[int, int, str, str]) -> Run:
    """A finished run; each proposal is item, span, surface ("" for not found), label ("" for that of the source)."""
    run = make_run(desk.project, is_active=False)
    Run.objects.filter(pk=run.pk).update(engine=engine)
    for n, position, surface, label in proposals:
        make_candidate(run, desk.span(n, position), surface, label=label)
    return run


def weigh(desk: Desk) -> list[float]:
    weigh_items(desk.project, tgt_lang="de")
    return [round(Item.objects.get(pk=item.pk).disagreement, 3) for item in desk.items]


def order(desk: Desk) -> list[int]:
    ids = [item.pk for item in desk.items]
    queue = QueueFilter()
    places = list_places(desk.project, desk.reviewer, queue=queue, n=3, first_place=0, now=timezone.now())
    return [ids.index(place.item_id) for place in places]


def test_disagreement_is_the_largest_share_of_machines_that_differ_on_one_span(desk: Desk) -> None:
    assert weigh(desk) == [0.0, 0.0, 0.0]
    # Shown: Ada Brandt PER, Bremen LOC | Uppsala LOC | Tomas Vale PER, nothing.
    add_run(desk, "a", (0, 0, "Ada Brandt", ""), (0, 1, "Bremen", "ORG"), (1, 0, "Uppsala", ""), (2, 1, "", ""))
    add_run(desk, "b", (0, 0, "Ada", ""), (0, 1, "Bremen", "ORG"), (1, 0, "Uppsala", ""), (2, 1, "Nordlys", ""))
    assert weigh(desk) == [1.0, 0.0, 0.5]
    add_run(desk, "c", (0, 1, "Bremen", ""), (2, 0, "Tomas Vale", ""))
    assert weigh(desk) == [0.667, 0.0, 0.5]
    assert order(desk) == [0, 2, 1]


def test_only_the_newest_run_of_a_machine_counts(desk: Desk) -> None:
    add_run(desk, "a", (1, 0, "Rat", ""))
    add_run(desk, "a", (1, 0, "Uppsala", ""))
    assert weigh(desk) == [0.0, 0.0, 0.0]


def test_links_come_before_the_score_and_the_score_orders_the_rest(desk: Desk) -> None:
    first, second, third = (item.pk for item in desk.items)
    Item.objects.filter(pk=first).update(confidence=0.2, link_probability=0.95)
    Item.objects.filter(pk=second).update(confidence=0.9, link_probability=0.41)
    Item.objects.filter(pk=third).update(confidence=0.1, link_probability=None)
    set_priority(Item.objects.all())
    assert order(desk) == [1, 0, 2]
    Item.objects.filter(pk=third).update(disagreement=0.25)
    set_priority(Item.objects.all())
    assert order(desk) == [2, 1, 0]
    assert all(0 <= item.priority <= 1 for item in Item.objects.all())


def test_the_reason_of_a_place_says_who_differs_and_how_sure_the_links_are(desk: Desk) -> None:
    add_run(desk, "a", (0, 1, "Bremen", "ORG"))
    add_run(desk, "b", (0, 1, "Ada", ""))
    add_run(desk, "c", (0, 1, "Bremen", ""))
    Item.objects.update(link_probability=0.412)
    weigh(desk)

    def reason() -> str:
        return describe_place(get_item(desk.project, desk.items[0].pk, reviewer=desk.reviewer), "unsure")

    assert reason() == "2 of 3 machines differ, link 0.41: Bremen"
    Item.objects.update(link_probability=None)
    assert reason() == "2 of 3 machines differ: Bremen"
    Item.objects.update(is_blind=True)
    assert reason() == "next in the queue"


def test_the_link_probability_of_an_item_is_that_of_its_least_linked_span(desk: Desk) -> None:
    item = desk.items[0]
    source, target = item.segments.get(side="source"), item.segments.get(side="target")
    spans = list(item.source_spans.all())
    tokens = [
        [
            index
            for index, (start, end) in enumerate(source.tokens)
            if any(start < last and first < end for first, last in span.intervals)
        ]
        for span in spans
    ]
    assert [len(each) for each in tokens] == [2, 1]
    # Ada 0.9 (the better of two links), Brandt unlinked; Bremen 0.6: means 0.45 and 0.6.
    links = [[tokens[0][0], 0, 0.9], [tokens[0][0], 1, 0.3], [tokens[1][0], 4, 0.6]]
    alignment = Alignment(src_segment=source, tgt_segment=target, links=links)
    assert _link_probability(spans, [source, target], [alignment]) == pytest.approx(0.45)
    assert _link_probability(spans, [source, target], []) is None
