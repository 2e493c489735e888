"""Repeating a decision: one step over several items, only where it is safe, taken back by one undo."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotator.errors import BadRequestError, ConflictError, ServiceError
from annotator.models import Annotation, Assignment, Decision, Item, Membership, Review, Segment
from annotator.queries.history import list_history
from annotator.queries.repeats import (
    MAX_REPEATS,
    Pattern,
    count_repeats,
    find_origin,
    find_pattern,
    list_repeats,
    offer_repeats,
    read_repeats,
)
from annotator.services import review
from annotator.services.repeats import Repeated, repeat_decision
from annotator.services.review_acts import SpanRef
from tests.annotator.factories import make_member
from tests.annotator.reviewing import Desk, make_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    """Nine items: each of the three sentences three times, so that every span has two repeats."""
    return make_desk(n=9)


def refusal(error: pytest.ExceptionInfo[ServiceError]) -> str:
    return error.value.problem.code


def pattern_of(desk: Desk, n: int, position: int = 0) -> Pattern | None:
    annotation = find_origin(desk.project, desk.items[n].pk, desk.span(n, position).pk, None)
    return find_pattern(annotation) if annotation else None


def found(desk: Desk, n: int, position: int = 0, *, actor=None) -> list[str]:
    """Ids of the items in which a decision can be repeated."""
    pattern = pattern_of(desk, n, position)
    if pattern is None:
        return []
    rows = list_repeats(desk.project, actor or desk.reviewer, pattern, now=timezone.now())
    return [row.item.external_id for row in rows]


def repeat(desk: Desk, n: int, *chosen: tuple[int, int], position: int = 0, **more) -> Repeated:
    given = {
        "step": uuid.uuid4(),
        "actor": desk.reviewer,
        "source_span_ids": [desk.span(*where).pk for where in chosen],
        **more,
    }
    origin = SpanRef(desk.span(n, position).pk)
    return repeat_decision(project=desk.project, item_id=desk.items[n].pk, origin=origin, **given)


# ---------------------------------------------------------------------------------------------------- what is found


def test_an_accepted_proposal_is_repeated_on_equal_ones(desk: Desk) -> None:
    desk.decide(1, desk.accept(1))
    assert found(desk, 1) == ["h5", "h8"]
    offer = offer_repeats(
        desk.project, desk.reviewer, item_id=desk.items[1].pk, source_span_id=desk.span(1).pk, annotation_id=None
    )
    assert offer is not None
    assert (offer["n"], offer["is_more"], offer["form"]) == (2, False, "Uppsala")


def test_forms_are_compared_to_the_letter_and_labels_too(desk: Desk) -> None:
    desk.decide(1, desk.accept(1))
    pattern = pattern_of(desk, 1)
    assert pattern is not None
    for form, label in (("uppsala", pattern.label_id), ("Uppsala", desk.label("PER")), ("Upp", pattern.label_id)):
        other = Pattern("de", form, label, label)
        assert count_repeats(desk.project, desk.reviewer, other, now=timezone.now()) == 0


def test_an_undecided_span_and_one_that_was_not_found_have_no_repeats(desk: Desk) -> None:
    desk.decide(0, desk.act("move", 0, **desk.place(0, "Ada")))
    assert pattern_of(desk, 0) is None
    desk.decide(2, desk.act("reject", 2, 1, reason="not-in-translation"))
    assert pattern_of(desk, 2, 1) is None


def test_what_was_put_elsewhere_stands_for_proposals_of_the_new_place(desk: Desk) -> None:
    desk.decide(0, desk.act("move", 0, 1, **desk.place(0, "Hafenmuseum")))
    desk.decide(0, desk.act("accept", 0, 1, surface="Hafenmuseum"))
    pattern = pattern_of(desk, 0, 1)
    assert pattern is not None
    assert (pattern.form, found(desk, 0, 1)) == ("Hafenmuseum", [])


def test_a_long_form_is_found_whole(desk: Desk) -> None:
    # Equal in the part that the index holds, different behind it.
    one, two = "A" * 64 + "x", "A" * 64 + "y"
    assert len(one) > 64
    pattern = Pattern("de", one, desk.label("PER"), desk.label("PER"))
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER annotator_candidate_immutable")
        else:
            # Rows of this transaction whose keys are yet to be checked would stand in the way.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE annotator_candidate DISABLE TRIGGER annotator_candidate_immutable")
        for n, form in ((0, one), (3, two)):
            cursor.execute(
                "UPDATE annotator_candidate SET surface = %s WHERE source_span_id = %s", [form, desk.span(n).pk]
            )
    rows = list_repeats(desk.project, desk.reviewer, pattern, now=timezone.now())
    assert [row.item.external_id for row in rows] == ["h1"]


@pytest.mark.parametrize("change", ["blind", "several", "qualification", "done", "held", "assigned", "touched", "text"])
def test_what_is_not_free_for_it_is_left_out(desk: Desk, change: str) -> None:
    desk.decide(1, desk.accept(1))
    item, other = desk.items[4], make_member(desk.project, Membership.Role.REVIEWER)
    changes = {
        "blind": {"is_blind": True},
        "several": {"n_reviews": 2},
        "qualification": {"is_qualification": True},
        "done": {"state": "done", "gold_review": Review.objects.first()},
    }
    Item.objects.filter(pk=item.pk).update(**changes.get(change, {}))
    if change == "held":
        until = timezone.now() + timedelta(minutes=5)
        Review.objects.create(item=item, reviewer=other, claimed_by=other, claim_expires_at=until)
    if change == "assigned":
        Assignment.objects.create(item=item, reviewer=other, created_by=desk.project.created_by)
    if change == "touched":
        desk.decide(4, desk.act("relabel", 4, label=desk.label("ORG")))
    if change == "text":
        item.segments.filter(side="target").update(version=2)
    assert found(desk, 1) == ["h8"]
    if change == "assigned":
        assert found(desk, 1, actor=other) == ["h5", "h8"]


def test_what_was_undone_is_found_again(desk: Desk) -> None:
    desk.decide(4, desk.accept(4))
    desk.undo()
    desk.decide(1, desk.accept(1))
    assert found(desk, 1) == ["h5", "h8"]


def test_blind_items_and_those_of_several_reviewers_offer_nothing(desk: Desk) -> None:
    desk.decide(1, desk.accept(1))
    for change in ({"is_blind": True}, {"is_blind": False, "n_reviews": 2}):
        Item.objects.filter(pk=desk.items[1].pk).update(**change)
        assert pattern_of(desk, 1) is None


def test_repeats_are_shown_in_the_context_of_both_sides(desk: Desk) -> None:
    desk.decide(1, desk.accept(1))
    listed = read_repeats(
        desk.project, desk.reviewer, item_id=desk.items[1].pk, source_span_id=desk.span(1).pk, annotation_id=None
    )
    assert listed is not None
    first = listed["repeats"][0]
    assert first["source"] == {
        "before": "The council met in ",
        "form": "Uppsala",
        "after": " on Monday .",
        "lang": "en",
        "dir": "ltr",
    }
    assert (first["target"]["before"], first["target"]["after"]) == ("Der Rat tagte am Montag in ", " .")
    assert first["external_id"] == "h5"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="plans of small tables are only stable on SQLite")
def test_repeats_are_looked_up_in_an_index(desk: Desk) -> None:
    desk.decide(1, desk.accept(1))
    pattern = pattern_of(desk, 1)
    assert pattern is not None
    rows = list_repeats(desk.project, desk.reviewer, pattern, now=timezone.now())[:MAX_REPEATS]
    sql, params = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        plan = " / ".join(row[3] for row in cursor.fetchall())
    assert "INDEX candidate_of_form (run_id=? AND label_id=? AND <expr>=?)" in plan


# ------------------------------------------------------------------------------------------------------------ doing


def test_one_step_over_several_items_and_one_undo(desk: Desk) -> None:
    desk.decide(1, desk.accept(1))
    origin = desk.annotation(1)
    done = repeat(desk, 1, (4, 0), (7, 0))
    assert (done.n_spans, done.item_ids, done.left_out) == (2, (desk.items[4].pk, desk.items[7].pk), ())
    assert [desk.state(n) for n in (4, 7)] == ["done", "done"]
    rows = Decision.objects.filter(step=done.step).order_by("ordinal")
    assert [(row.ordinal, row.kind, row.cause) for row in rows] == [
        (0, "accept", {"repeat_of": str(origin.pk)}),
        (1, "accept", {"repeat_of": str(origin.pk)}),
    ]
    undone = desk.undo(expected=done.step)
    assert (undone.item_id, undone.item_ids) == (desk.items[4].pk, (desk.items[4].pk, desk.items[7].pk))
    assert [desk.state(n) for n in (1, 4, 7)] == ["done", "open", "open"]
    redone = desk.redo()
    assert redone.item_ids == undone.item_ids
    assert [desk.annotation(n).state for n in (4, 7)] == ["accepted", "accepted"]


def test_a_new_label_is_repeated_with_it(desk: Desk) -> None:
    desk.decide(1, desk.act("relabel", 1, label=desk.label("ORG")), desk.accept(1))
    repeat(desk, 1, (4, 0))
    annotation = desk.annotation(4)
    assert (annotation.label.name, annotation.state) == ("ORG", "accepted")
    kinds = list(Decision.objects.filter(annotation=annotation).values_list("kind", flat=True))
    assert kinds == ["relabel", "accept"]
    desk.undo()
    annotation.refresh_from_db()
    assert (annotation.label.name, annotation.state) == ("LOC", "undecided")


def test_a_rejection_is_repeated_with_its_reason(desk: Desk) -> None:
    desk.decide(0, desk.act("reject", 0, reason="wrong-label"))
    done = repeat(desk, 0, (3, 0), (6, 0))
    assert done.n_spans == 2
    assert {desk.annotation(n).reason.code for n in (3, 6)} == {"wrong-label"}
    # Their other spans are undecided, so the items stay open, and nobody's.
    assert [desk.state(n) for n in (3, 6)] == ["open", "open"]
    assert not Review.objects.filter(item__in=[desk.items[3], desk.items[6]], claimed_by__isnull=False).exists()


def test_an_item_that_one_holds_stays_held(desk: Desk) -> None:
    review.claim_items(project=desk.project, actor=desk.reviewer, n=9)
    desk.decide(0, desk.act("reject", 0, reason="wrong-label"))
    repeat(desk, 0, (3, 0))
    assert Review.objects.get(item=desk.items[3]).claimed_by == desk.reviewer


def test_the_same_step_twice_is_done_once(desk: Desk) -> None:
    desk.decide(1, desk.accept(1))
    step = uuid.uuid4()
    first = repeat(desk, 1, (4, 0), (7, 0), step=step)
    again = repeat(desk, 1, (4, 0), (7, 0), step=step)
    assert (again.is_repeat, again.item_ids, again.n_spans) == (True, first.item_ids, first.n_spans)
    assert Decision.objects.filter(step=step).count() == 2


def test_what_somebody_was_quicker_with_is_left_out_and_told(desk: Desk) -> None:
    desk.decide(1, desk.accept(1))
    other = make_member(desk.project, Membership.Role.REVIEWER)
    desk.decide(4, desk.act("reject", 4, reason="other"), actor=other)
    done = repeat(desk, 1, (4, 0), (7, 0))
    assert (done.item_ids, [problem.code for problem in done.left_out]) == ((desk.items[7].pk,), ["changed-elsewhere"])
    assert desk.annotation(4).state == "rejected"
    with pytest.raises(ConflictError) as error:
        repeat(desk, 1, (4, 0))
    assert refusal(error) == "changed-elsewhere"


def test_a_span_of_another_form_cannot_be_slipped_in(desk: Desk) -> None:
    desk.decide(1, desk.accept(1))
    with pytest.raises(ConflictError):
        repeat(desk, 1, (0, 0))
    assert not Annotation.objects.filter(source_span=desk.span(0)).exists()


def test_what_would_overlap_an_accepted_span_is_left_out_and_told(desk: Desk) -> None:
    desk.decide(0, desk.accept(0, 1))
    desk.decide(3, desk.act("reject", 3, 1, reason="other"))
    place = desk.place(3, "Hafenmuseum in Bremen")
    desk.decide(3, {"kind": "add", "annotation": str(uuid.uuid4()), "label": desk.label("LOC"), **place})
    # The rejection is taken back by hand: its row is as the machine proposed it again.
    Annotation.objects.filter(source_span=desk.span(3, 1)).update(state="undecided", reason=None)
    done = repeat(desk, 0, (3, 1), (6, 1), position=1)
    assert (done.item_ids, [problem.code for problem in done.left_out]) == ((desk.items[6].pk,), ["overlap"])


def test_a_decision_that_was_undone_is_not_repeated(desk: Desk) -> None:
    desk.decide(1, desk.accept(1))
    desk.undo()
    with pytest.raises(ConflictError) as error:
        repeat(desk, 1, (4, 0))
    assert refusal(error) == "nothing-to-repeat"


@pytest.mark.parametrize("n", [0, MAX_REPEATS + 1])
def test_the_number_of_spans_is_bounded(desk: Desk, n: int) -> None:
    desk.decide(1, desk.accept(1))
    with pytest.raises(BadRequestError) as error:
        repeat(desk, 1, source_span_ids=list(range(1, n + 1)))
    assert refusal(error) == "bad-count"


def test_undoing_is_refused_whole_when_one_of_the_spans_was_changed(desk: Desk) -> None:
    desk.decide(1, desk.accept(1))
    done = repeat(desk, 1, (4, 0), (7, 0))
    other = make_member(desk.project, Membership.Role.REVIEWER)
    desk.decide(7, desk.act("reject", 7, reason="other"), actor=other)
    with pytest.raises(ConflictError) as error:
        desk.undo(expected=done.step)
    assert refusal(error) == "changed-since"
    assert desk.annotation(4).state == "accepted"


def test_a_step_over_many_items_is_one_line_of_the_history(desk: Desk) -> None:
    desk.decide(0, desk.act("reject", 0, reason="wrong-label"))
    desk.decide(1, desk.accept(1))
    repeat(desk, 1, (4, 0), (7, 0))
    past = list_history(desk.project, desk.reviewer, n=3)
    assert len(past) == 3
    assert past[0].item_id == desk.items[4].pk


def test_more_items_cost_two_queries_each(desk: Desk) -> None:
    def count_queries(desk: Desk, *chosen: tuple[int, int]) -> int:
        desk.decide(1, desk.accept(1))
        with CaptureQueriesContext(connection) as queries:
            assert repeat(desk, 1, *chosen).n_spans == len(chosen)
        # The test itself looks each span up.
        return len(queries) - len(chosen)

    few = count_queries(desk, (4, 0), (7, 0))
    more = count_queries(make_desk(n=15), (4, 0), (7, 0), (10, 0), (13, 0))
    # The states of a review and of its item.
    assert more == few + 2 * 2


def test_an_item_that_is_left_out_stays_as_nobody_had_touched_it(desk: Desk) -> None:
    desk.decide(1, desk.accept(1))
    Segment.objects.filter(item=desk.items[4], side="target").update(text="Damsala liegt am Fluss .")
    done = repeat(desk, 1, (4, 0), (7, 0))
    assert (done.item_ids, len(done.left_out)) == ((desk.items[7].pk,), 1)
    assert not Review.objects.filter(item=desk.items[4]).exists()
    assert Review.objects.get(item=desk.items[7]).version == 1


def test_undo_of_many_items_costs_no_more_than_doing_it(desk: Desk) -> None:
    desk.decide(1, desk.accept(1))
    repeat(desk, 1, (4, 0), (7, 0))
    with CaptureQueriesContext(connection) as queries:
        outcome = desk.undo()
    assert outcome.item_ids == (desk.items[4].pk, desk.items[7].pk)
    assert len(queries) <= 25
