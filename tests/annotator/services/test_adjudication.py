"""Settling: what is shown side by side, which side is taken, what is recorded, undo, and gold by rules."""

from __future__ import annotations

import uuid

import pytest

from annotator.errors import BadRequestError, ConflictError
from annotator.models import Annotation, Bulk, Decision, Flag, Item, Review, Run, User
from annotator.queries import gold_rules as rules
from annotator.queries.adjudication import Sheet, list_gaps, list_settled, list_to_settle, read_sheet
from annotator.queries.review import get_item
from annotator.services import adjudication, gold_rules
from annotator.services.adjudication import Choice
from annotator.services.bulk_decisions import undo_bulk
from tests.annotator.factories import make_candidate, make_member, make_run
from tests.annotator.reviewing import Desk, make_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    """Three items of two reviewers each."""
    desk = make_desk()
    Item.objects.update(n_reviews=2)
    return desk


@pytest.fixture
def curator(desk: Desk) -> User:
    return make_member(desk.project, "curator", username="curator")


@pytest.fixture
def other(desk: Desk) -> User:
    return make_member(desk.project, "reviewer", username="zoe")


def differ(desk: Desk, other: User) -> None:
    """On h1: the first reviewer accepts both, the other makes "Ada" an ORG and adds "Hafenmuseum"."""
    desk.decide(0, desk.accept(0, 0), desk.accept(0, 1))
    added = {"kind": "add", "annotation": str(uuid.uuid4()), "label": desk.label("LOC"), **desk.place(0, "Hafenmuseum")}
    desk.decide(
        0,
        desk.act("relabel", 0, 0, label=desk.label("ORG")),
        desk.act("move", 0, 0, **desk.place(0, "Ada")),
        desk.act("accept", 0, 0, surface="Ada"),
        desk.accept(0, 1),
        added,
        actor=other,
    )


def sheet_of(desk: Desk, n: int = 0) -> Sheet:
    sheet = read_sheet(desk.project, desk.items[n].pk)
    assert sheet is not None
    return sheet


def settle(desk: Desk, curator: User, n: int = 0, **sides: str | Choice) -> adjudication.Outcome:
    units = sheet_of(desk, n).units
    choices = {
        units[int(name[1:])].ref: Choice(side) if isinstance(side, str) else side for name, side in sides.items()
    }
    return adjudication.settle(
        project=desk.project,
        actor=curator,
        item_id=desk.items[n].pk,
        choices=choices,
        step=uuid.uuid4(),
        seen=sheet_of(desk, n).seen,
    )


def gold(desk: Desk, n: int = 0) -> list[tuple[str, str]]:
    item = Item.objects.get(pk=desk.items[n].pk)
    assert item.gold_review is not None
    rows = item.gold_review.annotations.filter(state="accepted").order_by("start_char")
    return [(row.surface, row.label.name) for row in rows]


def test_only_disagreements_come_up(desk: Desk, other: User) -> None:
    differ(desk, other)
    for actor in (desk.reviewer, other):
        desk.decide(1, desk.accept(1), actor=actor)
    assert [item.external_id for item in list_to_settle(desk.project)] == ["h1"]
    assert desk.state(1) == "done"


def test_the_answers_stand_side_by_side_with_their_differences_in_words(desk: Desk, other: User) -> None:
    differ(desk, other)
    first, second, third = sheet_of(desk).units
    assert [column.key for column in sheet_of(desk).columns] == ["1", "2", "M"]
    assert (first.is_agreed, second.is_agreed, third.is_agreed) == (False, True, False)
    assert first.find("2").words == ["PER against ORG", "ends 1 word earlier"]
    assert first.find("M").words == []
    assert (second.find("1").before, second.find("1").after) == (
        "…dt eröffnete das Hafenmuseum in ",
        " .",
    )
    assert third.find("1").state == "absent"
    assert third.find("2").words == ["only zoe has it"]


def test_names_are_hidden_where_the_project_says_so(desk: Desk, other: User) -> None:
    differ(desk, other)
    desk.project.hides_names = True
    desk.project.save()
    columns = sheet_of(desk).columns
    assert [column.name for column in columns] == ["A", "B", "Machine"]
    assert columns == sheet_of(desk).columns
    words = {word for unit in sheet_of(desk).units for side in unit.sides for word in side.words}
    assert not any("zoe" in word for word in words)
    # The order is drawn anew for each item.
    orders = set()
    for seed in range(20):
        desk.project.seed = seed
        desk.project.save()
        orders.add(tuple(column.review.pk for column in sheet_of(desk).columns[:2] if column.review))
    assert len(orders) == 2


def test_a_side_is_taken_for_each_label_and_becomes_gold(desk: Desk, other: User, curator: User) -> None:
    differ(desk, other)
    reason = Choice("2", reason="museums are places", is_guideline_gap=True)
    outcome = settle(desk, curator, u0="1", u2=reason)
    item = Item.objects.get(pk=desk.items[0].pk)
    assert (outcome.item_state, item.gold_review.kind, item.gold_review.number) == ("done", "adjudication", 0)
    assert gold(desk) == [("Ada Brandt", "PER"), ("Hafenmuseum", "LOC"), ("Bremen", "LOC")]
    causes = [row.cause for row in Decision.objects.filter(review=item.gold_review).order_by("ordinal")]
    reviews = {row.reviewer_id: row.pk for row in item.reviews.filter(kind="review")}
    assert causes == [
        {"side": reviews[desk.reviewer.pk]},
        {"side": "agreed"},
        {"side": reviews[other.pk], "reason": "museums are places", "is_guideline_gap": True},
    ]
    assert [row.cause["reason"] for row in list_gaps(desk.project)] == ["museums are places"]
    assert [row.pk for row in list_settled(desk.project)] == [item.pk]
    # What the reviewers said stays as it is.
    assert {row.state for row in Review.objects.filter(item=item)} == {"done"}
    assert Annotation.objects.filter(review__kind="review", item=item).count() == 5


def test_the_other_side_and_the_machine(desk: Desk, other: User, curator: User) -> None:
    differ(desk, other)
    settle(desk, curator, u0="2", u2="1")
    assert gold(desk) == [("Ada", "ORG"), ("Bremen", "LOC")]
    settle(desk, curator, u0="M", u2="M")
    assert gold(desk) == [("Ada Brandt", "PER"), ("Bremen", "LOC")]
    assert sheet_of(desk).units[0].chosen == "1"


def test_a_choice_is_needed_where_reviewers_differ(desk: Desk, other: User, curator: User) -> None:
    differ(desk, other)
    with pytest.raises(BadRequestError) as raised:
        settle(desk, curator, u0="1")
    assert raised.value.problem.code == "undecided"
    with pytest.raises(BadRequestError) as raised:
        settle(desk, curator, u0="7")
    assert raised.value.problem.code == "no-such-side"
    assert not Decision.objects.filter(actor=curator).exists()
    assert desk.state(0) == "reviewed"


def test_a_review_that_changed_meanwhile_is_shown_again(desk: Desk, other: User, curator: User) -> None:
    differ(desk, other)
    seen = sheet_of(desk).seen
    Review.objects.filter(reviewer=other).update(version=99)
    with pytest.raises(ConflictError) as raised:
        adjudication.settle(
            project=desk.project, actor=curator, item_id=desk.items[0].pk, choices={}, step=uuid.uuid4(), seen=seen
        )
    assert raised.value.problem.code == "changed-since"


def test_sides_that_overlap_are_refused(desk: Desk, other: User, curator: User) -> None:
    desk.decide(0, desk.accept(0, 0), desk.accept(0, 1))
    desk.decide(
        0,
        desk.act("reject", 0, 1, reason="wrong-words"),
        desk.act("move", 0, 0, **desk.place(0, "Bremen")),
        desk.act("accept", 0, 0, surface="Bremen"),
        actor=other,
    )
    with pytest.raises(BadRequestError) as raised:
        settle(desk, curator, u0="2", u1="1")
    assert raised.value.problem.code == "overlap"
    settle(desk, curator, u0="2", u1="2")
    assert gold(desk) == [("Bremen", "PER")]


def test_undo_brings_back_the_disagreement_and_its_history_stays(desk: Desk, other: User, curator: User) -> None:
    differ(desk, other)
    settle(desk, curator, u0="1", u2="1")
    step = uuid.uuid4()
    outcome = adjudication.undo(project=desk.project, actor=curator, step=step)
    assert (outcome.item_id, desk.state(0)) == (desk.items[0].pk, "reviewed")
    assert Item.objects.get(pk=desk.items[0].pk).gold_review is None
    assert [item.pk for item in list_to_settle(desk.project)] == [desk.items[0].pk]
    settle(desk, curator, u0="2", u2="2")
    assert gold(desk) == [("Ada", "ORG"), ("Hafenmuseum", "LOC"), ("Bremen", "LOC")]
    kinds = Decision.objects.filter(review__kind="adjudication").values_list("kind", flat=True)
    assert sorted(kinds) == ["accept", "accept", "accept", "accept", "add", "undo", "undo"]


def test_settling_closes_flags_and_undo_opens_them(desk: Desk, curator: User) -> None:
    Item.objects.update(n_reviews=1)
    desk.decide(1, desk.act("relabel", 1, label=desk.label("PER")))
    review = Review.objects.get(item=desk.items[1])
    flag = Flag.objects.create(
        project=desk.project, item=desk.items[1], review=review, source_span=desk.span(1), raised_by=desk.reviewer
    )
    assert [item.external_id for item in list_to_settle(desk.project)] == ["h2"]
    unit = sheet_of(desk, 1).units[0]
    assert (unit.flags, unit.is_agreed, unit.find("1").state) == ([flag], False, "undecided")
    settle(desk, curator, 1, u0="M")
    assert (gold(desk, 1), desk.state(1)) == ([("Uppsala", "LOC")], "done")
    flag.refresh_from_db()
    assert flag.closed_by == curator
    adjudication.undo(project=desk.project, actor=curator, step=uuid.uuid4())
    flag.refresh_from_db()
    assert (flag.closed_at, desk.state(1)) == (None, "open")


def test_a_reviewer_cannot_change_what_was_settled(desk: Desk, other: User, curator: User) -> None:
    differ(desk, other)
    settle(desk, curator, u0="1", u2="1")
    with pytest.raises(ConflictError) as raised:
        desk.decide(0, desk.act("reject", 0, 0, reason="wrong-words"), actor=other)
    assert raised.value.problem.code == "settled"


def test_a_curator_goes_on_with_what_was_settled_on_the_review_screen(desk: Desk, other: User, curator: User) -> None:
    differ(desk, other)
    settle(desk, curator, u0="1", u2="1")
    shown = get_item(desk.project, desk.items[0].pk, reviewer=curator)
    assert [span["state"] for span in shown.data["spans"]] == ["accepted", "accepted"]
    desk.decide(0, desk.act("relabel", 0, 0, label=desk.label("ORG")), actor=curator)
    assert (gold(desk), desk.state(0)) == ([("Ada Brandt", "ORG"), ("Bremen", "LOC")], "done")
    last = Decision.objects.order_by("-id").first()
    assert (last.kind, last.review.kind, last.actor) == ("relabel", "adjudication", curator)
    desk.undo(actor=curator)
    assert gold(desk) == [("Ada Brandt", "PER"), ("Bremen", "LOC")]


# ----------------------------------------------------------------------------------------------------------- rules


def test_two_of_three_who_agree_settle_by_rule(desk: Desk, other: User, curator: User) -> None:
    Item.objects.update(n_reviews=3)
    third = make_member(desk.project, "reviewer", username="kim")
    differ(desk, other)
    desk.decide(0, desk.accept(0, 0), desk.accept(0, 1), actor=third)
    # On h2 all three differ.
    desk.decide(1, desk.accept(1))
    desk.decide(1, desk.act("relabel", 1, label=desk.label("PER")), desk.accept(1), actor=other)
    desk.decide(1, desk.act("reject", 1, reason="wrong-words"), actor=third)
    found = rules.preview_agreed(desk.project, n_agreeing=2)
    assert (found.n_items, found.n_waiting, [sheet.item.external_id for sheet in found.sample]) == (1, 2, ["h1"])
    bulk = gold_rules.settle_agreed(project=desk.project, actor=curator, n_agreeing=2, tgt_lang="de", step=uuid.uuid4())
    assert (bulk.kind, bulk.n_items, bulk.refused) == ("agreed", 1, {"not-agreed": 1})
    assert gold(desk) == [("Ada Brandt", "PER"), ("Bremen", "LOC")]
    cause = Decision.objects.filter(step=bulk.step).first().cause
    assert (cause["rule"], cause["n_agreeing"], cause["bulk"]) == ("agreed", 2, bulk.pk)
    undo_bulk(bulk=bulk, actor=curator)
    assert (desk.state(0), desk.state(1)) == ("reviewed", "reviewed")


def test_one_opinion_is_no_agreement(desk: Desk, curator: User) -> None:
    with pytest.raises(BadRequestError) as raised:
        gold_rules.settle_agreed(project=desk.project, actor=curator, n_agreeing=1, tgt_lang="de", step=uuid.uuid4())
    assert raised.value.problem.code == "too-few"


def vote_alike(desk: Desk, *, but: tuple[int, ...] = ()) -> Run:
    """A second run that proposes the same, but in some items."""
    run = make_run(desk.project, is_active=False)
    for n, item in enumerate(desk.items):
        for row in item.candidates.filter(run=desk.run):
            span = row.source_span
            make_candidate(run, span, row.surface, label="ORG" if n in but else "", score=0.5)
    return run


def test_unanimous_machines_are_silver_where_an_audit_bears_it_out(curator: User) -> None:
    desk = make_desk(n=27)
    reviewer = make_member(desk.project, "curator", username="cy")
    vote_alike(desk, but=(1,))
    runs = rules.list_voting_runs(desk.project, "de")
    # Every third item has a label that was not found; in the second one the runs differ.
    ids = [item.pk for item in desk.items]
    assert len(rules.find_unanimous(runs, ids)) == 17
    common = {"project": desk.project, "actor": reviewer, "tgt_lang": "de"}
    with pytest.raises(ConflictError) as raised:
        gold_rules.accept_unanimous(**common, min_percent=90, step=uuid.uuid4())
    assert raised.value.problem.code == "audit-too-small"
    Item.objects.update(drawn_by="random")
    for n in (0, 3, 4, 6):
        acts = [desk.accept(n, 0)] if n % 3 else [desk.accept(n, 0), desk.accept(n, 1)]
        if n == 4:
            acts = [desk.act("relabel", n, label=desk.label("ORG")), *acts]
        desk.decide(n, *acts)
    audit = rules.audit_unanimous(desk.project, tgt_lang="de", runs=runs)
    assert (audit.n_items, audit.n_right) == (4, 3)
    gold_rules_min, gold_rules.MIN_AUDITED = gold_rules.MIN_AUDITED, 4
    try:
        with pytest.raises(ConflictError) as raised:
            gold_rules.accept_unanimous(**common, min_percent=50, step=uuid.uuid4())
        assert raised.value.problem.code == "audit-failed"
        desk.undo()
        desk.undo()
        audit = rules.audit_unanimous(desk.project, tgt_lang="de", runs=runs)
        assert (audit.n_items, audit.n_right) == (2, 2)
        gold_rules.MIN_AUDITED = 2
        with pytest.raises(ConflictError):
            gold_rules.accept_unanimous(**common, min_percent=50, step=uuid.uuid4())
    finally:
        gold_rules.MIN_AUDITED = gold_rules_min


def test_silver_is_named_and_undone_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = make_desk(n=9)
    curator = make_member(desk.project, "curator")
    vote_alike(desk)
    Item.objects.filter(pk__in=[item.pk for item in desk.items[:2]]).update(drawn_by="random")
    desk.decide(0, desk.accept(0, 0), desk.accept(0, 1))
    desk.decide(1, desk.accept(1))
    monkeypatch.setattr(gold_rules, "MIN_AUDITED", 2)
    # Two of two, whose interval begins at 34 percent, would not do.
    monkeypatch.setattr(rules.Audit, "bounds", (97.0, 100.0))
    bulk = gold_rules.accept_unanimous(
        project=desk.project, actor=curator, tgt_lang="de", min_percent=95, step=uuid.uuid4()
    )
    assert (bulk.kind, bulk.n_items, bulk.refused) == ("unanimous", 4, {"runs-differ": 3})
    assert bulk.settings["audit"]["n"] == 2
    causes = Decision.objects.filter(step=bulk.step).values_list("cause", flat=True)
    assert all(cause["is_silver"] and cause["rule"] == "unanimous" for cause in causes)
    # What was accepted by rule is no audit of the rule.
    audit = rules.audit_unanimous(desk.project, tgt_lang="de", runs=rules.list_voting_runs(desk.project, "de"))
    assert audit.n_items == 2
    undo_bulk(bulk=bulk, actor=curator)
    assert Item.objects.filter(state="done").count() == 2
    assert Bulk.objects.get().state == "undone"
