"""Decisions, their undoing, and claims."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from annotator.errors import BadRequestError, ConflictError, ServiceError
from annotator.models import Annotation, Candidate, Decision, Item, Membership, Review, Segment
from annotator.queries.queue import QueueFilter
from annotator.queries.review import get_item
from annotator.services import review
from annotator.services.review import claim_items
from annotator.services.review_acts import read_acts
from tests.annotator.factories import make_candidate, make_items, make_member, make_run
from tests.annotator.reviewing import Desk, make_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return make_desk()


def refusal(error: pytest.ExceptionInfo[ServiceError]) -> str:
    return error.value.problem.code


# ------------------------------------------------------------------------------------------------------------- acts


def test_accepting_keeps_place_label_and_candidate(desk: Desk) -> None:
    outcome = desk.decide(0, desk.accept(0), active_ms=1500)
    annotation = desk.annotation(0)
    assert (annotation.state, annotation.surface, annotation.label.name) == ("accepted", "Ada Brandt", "PER")
    assert annotation.candidate == Candidate.objects.get(source_span=desk.span(0), rank=0)
    assert (outcome.item_state, outcome.version, outcome.is_repeat) == ("open", 1, False)
    assert Review.objects.get().active_ms == 1500


def test_an_item_is_done_when_every_source_span_is_settled(desk: Desk) -> None:
    desk.decide(0, desk.accept(0))
    assert desk.state(0) == "open"
    desk.decide(0, desk.act("reject", 0, 1, reason="wrong-words"))
    assert desk.state(0) == "done"
    row = Review.objects.get()
    assert row.state == "done"
    assert row.finished_at is not None
    desk.undo()
    row.refresh_from_db()
    assert (desk.state(0), row.state, row.finished_at) == ("open", "open", None)


def test_the_same_id_twice_in_one_step_adds_nothing(desk: Desk) -> None:
    added = {"kind": "add", "annotation": str(uuid.uuid4()), "label": desk.label("LOC")}
    with pytest.raises(ConflictError) as error:
        desk.decide(0, {**added, **desk.place(0, "das")}, {**added, **desk.place(0, "in")})
    assert refusal(error) == "id-taken"
    assert not Annotation.objects.exists()


def test_a_span_moved_to_the_same_place_of_another_segment_stays_there(desk: Desk) -> None:
    place, accept = desk.place(0, "Ada Brandt"), desk.accept(0)
    text = desk.target(0).text
    second = Segment.objects.create(item=desk.items[0], side="target", role="note", lang="de", position=2, text=text)
    desk.decide(0, desk.act("move", 0, **{**place, "segment": second.pk}))
    item = get_item(desk.project, desk.items[0].pk, reviewer=desk.reviewer)
    assert item is not None
    assert item.data["spans"][0]["segment"] == second.pk
    desk.decide(0, accept)
    assert desk.annotation(0).segment == second


def test_a_step_of_several_acts_is_undone_as_one(desk: Desk) -> None:
    desk.decide(0, desk.accept(0), desk.accept(0, 1))
    assert [row.ordinal for row in Decision.objects.all()] == [0, 1]
    desk.undo()
    assert {row.state for row in Annotation.objects.all()} == {"undecided"}
    assert list(Decision.objects.values_list("kind", flat=True)) == ["accept", "accept", "undo", "undo"]


def test_accepting_what_was_not_found_rejects_it_as_not_in_the_translation(desk: Desk) -> None:
    desk.decide(2, desk.accept(2, 1))
    annotation = desk.annotation(2, 1)
    assert (annotation.state, annotation.reason.code, annotation.intervals) == ("rejected", "not-in-translation", [])
    assert Decision.objects.get().kind == "reject"


def test_relabelling_does_not_accept(desk: Desk) -> None:
    desk.decide(0, desk.act("relabel", 0, label=desk.label("ORG")))
    annotation = desk.annotation(0)
    assert (annotation.state, annotation.label.name, annotation.surface) == ("undecided", "ORG", "Ada Brandt")


def test_an_accepted_span_stays_accepted_when_it_is_moved_and_a_rejected_one_is_open_again(desk: Desk) -> None:
    desk.decide(0, desk.accept(0))
    desk.decide(0, desk.act("move", 0, **desk.place(0, "Brandt")))
    first = desk.annotation(0)
    assert (first.state, first.surface) == ("accepted", "Brandt")
    desk.decide(0, desk.act("reject", 0, reason="other"))
    desk.decide(0, desk.act("relabel", 0, label=desk.label("LOC")))
    again = desk.annotation(0)
    assert (again.pk, again.state, again.reason) == (first.pk, "undecided", None)
    assert again.candidate == first.candidate


def test_moving_trims_white_space_at_the_edges(desk: Desk) -> None:
    desk.decide(0, desk.act("move", 0, **desk.place(0, " Brandt ")))
    assert desk.annotation(0).surface == "Brandt"


def test_a_span_without_place_gets_one(desk: Desk) -> None:
    desk.decide(2, desk.act("move", 2, 1, **desk.place(2, "Nordlys")))
    desk.decide(2, desk.accept(2, 1, surface="Nordlys"))
    annotation = desk.annotation(2, 1)
    assert (annotation.state, annotation.surface) == ("accepted", "Nordlys")


def test_adding_and_undoing_and_redoing_an_addition(desk: Desk) -> None:
    added = {"kind": "add", "annotation": str(uuid.uuid4()), "label": desk.label("ORG"), **desk.place(0, "Hafenmuseum")}
    desk.decide(0, added)
    annotation = Annotation.objects.get(pk=added["annotation"])
    assert (annotation.state, annotation.surface, annotation.source_span) == ("accepted", "Hafenmuseum", None)
    desk.undo()
    annotation.refresh_from_db()
    assert annotation.state == "withdrawn"
    desk.redo()
    annotation.refresh_from_db()
    assert annotation.state == "accepted"
    with pytest.raises(ConflictError) as error:
        desk.decide(0, added)
    assert refusal(error) == "id-taken"


def test_an_item_without_source_spans_needs_a_word_of_its_own() -> None:
    desk = make_desk(sentences=(("It rained .", "Es regnete ."),), spans=((),))
    Item.objects.update(state="open")
    desk.decide(0, {"kind": "nothing"})
    assert desk.state(0) == "done"
    desk.undo()
    assert desk.state(0) == "open"
    desk.redo()
    assert desk.state(0) == "done"
    desk.undo()
    assert desk.state(0) == "open"


def test_nothing_here_is_refused_while_spans_are_open(desk: Desk) -> None:
    with pytest.raises(BadRequestError) as error:
        desk.decide(0, {"kind": "nothing"})
    assert refusal(error) == "still-undecided"


# ---------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"surface": "Ada Brand"}, "surface-differs"),
        ({"intervals": [[0, 999]], "surface": "x"}, "out-of-range"),
        ({"intervals": [[3, 3]], "surface": ""}, "empty-interval"),
        ({"intervals": [[0, 3], [4, 10]], "surface": "Ada Brandt"}, "discontinuous"),
        ({"intervals": [[3, 4]], "surface": " "}, "only-white-space"),
        ({"segment": 0, "surface": "Ada"}, "surface-differs"),
        ({"segment": 987654}, "no-such-segment"),
        ({"surface": None}, "surface-missing"),
        ({"intervals": "0-3"}, "bad-act"),
    ],
)
def test_a_wrong_place_is_refused_and_nothing_is_written(desk: Desk, change: dict, code: str) -> None:
    act = desk.act("move", 0, **{**desk.place(0, "Ada Brandt"), **change})
    with pytest.raises(BadRequestError) as error:
        desk.decide(0, act)
    assert refusal(error) == code
    assert not Decision.objects.exists()
    assert not Annotation.objects.exists()


def test_a_span_never_cuts_a_visible_character() -> None:
    text = "Die Familie \U0001f468\u200d\U0001f469\u200d\U0001f467 Brandt kam ."
    desk = make_desk(sentences=(("The Brandt family came .", text),), spans=((("PER", "Brandt"),),))
    Item.objects.update(state="open")
    start = text.index("\U0001f468")
    act = desk.act("move", 0, segment=desk.target(0).pk, intervals=[[start, start + 1]], surface=text[start])
    with pytest.raises(BadRequestError) as error:
        desk.decide(0, act)
    assert refusal(error) == "cuts-cluster"


def test_overlap_is_refused_unless_the_layer_allows_it(desk: Desk) -> None:
    wide = desk.act("move", 0, 1, **desk.place(0, "Brandt eröffnete das Hafenmuseum in Bremen"))
    with pytest.raises(BadRequestError) as error:
        desk.decide(0, wide)
    assert refusal(error) == "overlap"
    assert "Ada Brandt" in error.value.problem.message
    desk.project.layers.update(allows_overlap=True)
    desk.decide(0, wide)
    assert desk.annotation(0, 1).surface.startswith("Brandt")


def test_of_two_proposals_for_one_place_only_one_can_be_accepted() -> None:
    desk = make_desk(
        sentences=(("Bremen loves Bremen .", "Bremen liebt sich ."),),
        spans=((("LOC", "Bremen"), ("LOC", "loves Bremen")),),
    )
    Item.objects.update(state="open")
    for position in (0, 1):
        make_candidate(desk.run, desk.span(0, position), "Bremen")
    desk.decide(0, desk.accept(0, 0, surface="Bremen"))
    with pytest.raises(BadRequestError) as error:
        desk.decide(0, desk.accept(0, 1, surface="Bremen"))
    assert refusal(error) == "overlap"
    desk.decide(0, desk.act("reject", 0, 1, reason="duplicate"))
    assert desk.state(0) == "done"


@pytest.mark.parametrize(
    ("act", "code"),
    [
        ({"kind": "relabel", "label": 987654}, "no-such-label"),
        ({"kind": "reject", "reason": "boredom"}, "no-such-reason"),
        ({"kind": "accept", "source_span": 987654, "surface": ""}, "no-such-span"),
        ({"kind": "add", "annotation": ""}, "id-missing"),
        ({"kind": "celebrate"}, "bad-act"),
        ({"kind": "relabel", "label": True}, "bad-act"),
    ],
)
def test_a_wrong_act_is_refused(desk: Desk, act: dict, code: str) -> None:
    with pytest.raises(BadRequestError) as error:
        desk.decide(0, {"source_span": desk.span(0).pk, **act})
    assert refusal(error) == code
    assert not Decision.objects.exists()


def test_a_step_is_done_whole_or_not_at_all(desk: Desk) -> None:
    with pytest.raises(BadRequestError):
        desk.decide(0, desk.accept(0), desk.act("reject", 0, 1, reason="boredom"))
    assert not Annotation.objects.exists()


def test_an_item_that_was_not_projected_or_is_elsewhere_is_refused(desk: Desk) -> None:
    other = make_desk()
    act = read_acts([desk.accept(0)])
    with pytest.raises(BadRequestError) as error:
        review.decide(
            project=other.project, actor=other.reviewer, step=uuid.uuid4(), item_id=desk.items[0].pk, acts=act
        )
    assert refusal(error) == "no-such-item"
    Item.objects.update(state="new")
    with pytest.raises(ConflictError) as conflict:
        desk.decide(0, desk.accept(0))
    assert refusal(conflict) == "not-projected"


# ------------------------------------------------------------------------------------------- steps and other people


def test_the_same_step_is_done_once_and_answers_the_same(desk: Desk) -> None:
    step = uuid.uuid4()
    first = desk.decide(0, desk.accept(0), step=step)
    again = desk.decide(0, desk.accept(0), step=step)
    assert again.is_repeat
    assert (again.item_id, again.item_state, again.version) == (first.item_id, first.item_state, first.version)
    assert Decision.objects.count() == 1


def test_a_step_id_of_somebody_else_is_refused(desk: Desk) -> None:
    step = uuid.uuid4()
    desk.decide(0, desk.accept(0), step=step)
    other = make_member(desk.project, "reviewer")
    with pytest.raises(ConflictError) as error:
        desk.decide(1, desk.accept(1), step=step, actor=other)
    assert refusal(error) == "step-taken"


def test_accepting_something_else_than_was_seen_is_a_conflict(desk: Desk) -> None:
    seen = {**desk.accept(0), "label": desk.label("PER"), "intervals": desk.place(0, "Ada Brandt")["intervals"]}
    desk.decide(0, desk.act("relabel", 0, label=desk.label("ORG")))
    with pytest.raises(ConflictError) as error:
        desk.decide(0, seen)
    assert refusal(error) == "span-differs"


def test_ones_own_later_edit_is_no_conflict_but_that_of_another_is(desk: Desk) -> None:
    desk.decide(0, desk.act("relabel", 0, label=desk.label("ORG")), seen_version=0)
    desk.decide(0, desk.accept(0), seen_version=0)
    desk.release()
    curator = make_member(desk.project, "curator")
    desk.decide(0, desk.act("reject", 0, reason="wrong-label"), actor=curator, seen_version=2)
    desk.release()
    with pytest.raises(ConflictError) as error:
        desk.decide(0, desk.accept(0), seen_version=2)
    assert refusal(error) == "changed-elsewhere"
    # Another span of the same item is nobody's business.
    desk.decide(0, desk.accept(0, 1), seen_version=2)
    assert desk.annotation(0).state == "rejected"


def test_an_item_that_another_person_holds_is_refused(desk: Desk) -> None:
    other = make_member(desk.project, "reviewer", username="ana")
    claim_items(project=desk.project, actor=other, n=3)
    with pytest.raises(ConflictError) as error:
        desk.decide(0, desk.accept(0))
    assert refusal(error) == "claimed"
    assert error.value.problem.message.startswith("ana is reviewing this item")


# ---------------------------------------------------------------------------------------------------- undo and redo


def test_undo_goes_back_across_items_and_redo_forward(desk: Desk) -> None:
    desk.decide(0, desk.accept(0))
    desk.decide(1, desk.accept(1))
    assert (desk.undo().item_id, desk.undo().item_id) == (desk.items[1].pk, desk.items[0].pk)
    assert {row.state for row in Annotation.objects.all()} == {"undecided"}
    with pytest.raises(ConflictError) as error:
        desk.undo()
    assert refusal(error) == "nothing-to-undo"
    assert (desk.redo().item_id, desk.redo().item_id) == (desk.items[0].pk, desk.items[1].pk)
    assert {row.state for row in Annotation.objects.all()} == {"accepted"}
    with pytest.raises(ConflictError) as error:
        desk.redo()
    assert refusal(error) == "nothing-to-redo"


def test_undo_and_redo_can_follow_each_other_for_ever(desk: Desk) -> None:
    desk.decide(0, desk.act("relabel", 0, label=desk.label("ORG")))
    desk.decide(0, desk.act("relabel", 0, label=desk.label("LOC")))
    for _ in range(3):
        desk.undo()
        assert desk.annotation(0).label.name == "ORG"
        desk.redo()
        assert desk.annotation(0).label.name == "LOC"
    desk.undo()
    desk.undo()
    assert desk.annotation(0).label.name == "PER"
    reversed_ids = list(Decision.objects.exclude(reverses=None).values_list("reverses", flat=True))
    assert len(reversed_ids) == len(set(reversed_ids)) == 8


def test_a_new_decision_ends_what_could_be_redone(desk: Desk) -> None:
    desk.decide(0, desk.accept(0))
    desk.undo()
    desk.decide(0, desk.act("reject", 0, reason="other"))
    with pytest.raises(ConflictError) as error:
        desk.redo()
    assert refusal(error) == "nothing-to-redo"
    desk.undo()
    assert desk.annotation(0).state == "undecided"
    desk.redo()
    assert desk.annotation(0).state == "rejected"
    with pytest.raises(ConflictError):
        desk.redo()


def test_undo_restores_place_label_and_reason(desk: Desk) -> None:
    desk.decide(0, desk.act("move", 0, **desk.place(0, "Brandt")))
    desk.decide(0, desk.act("reject", 0, reason="wrong-words"))
    desk.decide(0, desk.act("reject", 0, reason="duplicate"))
    desk.undo()
    assert desk.annotation(0).reason.code == "wrong-words"
    desk.undo()
    assert (desk.annotation(0).state, desk.annotation(0).reason, desk.annotation(0).surface) == (
        "undecided",
        None,
        "Brandt",
    )
    desk.undo()
    assert desk.annotation(0).surface == "Ada Brandt"


def test_undo_concerns_ones_own_decisions_only(desk: Desk) -> None:
    other = make_member(desk.project, "reviewer")
    desk.decide(0, desk.accept(0))
    desk.decide(1, desk.accept(1), actor=other)
    desk.undo()
    assert desk.annotation(1).state == "accepted"
    assert desk.annotation(0).state == "undecided"


def test_undo_of_what_somebody_else_has_changed_since_is_a_conflict(desk: Desk) -> None:
    curator = make_member(desk.project, "curator", username="mira")
    desk.decide(0, desk.accept(0))
    desk.release()
    desk.decide(0, desk.act("relabel", 0, label=desk.label("ORG")), actor=curator)
    desk.release()
    with pytest.raises(ConflictError) as error:
        desk.undo()
    assert refusal(error) == "changed-since"
    assert error.value.problem.message == "mira has changed 'Ada Brandt' after your decision."
    assert desk.annotation(0).label.name == "ORG"


def test_undo_names_the_step_that_it_means(desk: Desk) -> None:
    desk.decide(0, desk.accept(0))
    with pytest.raises(ConflictError) as error:
        desk.undo(expected=uuid.uuid4())
    assert refusal(error) == "other-step"
    assert desk.undo(expected=desk.last_step).reversed_step == desk.last_step


def test_the_same_undo_sent_twice_undoes_once(desk: Desk) -> None:
    desk.decide(0, desk.accept(0))
    desk.decide(1, desk.accept(1))
    step = uuid.uuid4()
    first = review.undo(project=desk.project, actor=desk.reviewer, step=step)
    again = review.undo(project=desk.project, actor=desk.reviewer, step=step)
    assert (again.is_repeat, again.item_id, again.reversed_step) == (True, first.item_id, first.reversed_step)
    assert desk.annotation(0).state == "accepted"


def test_what_was_undone_begins_again_from_the_run_that_is_shown_now(desk: Desk) -> None:
    desk.decide(0, desk.accept(0))
    desk.undo()
    desk.run.is_active = False
    desk.run.save()
    make_candidate(make_run(desk.project), desk.span(0), "Brandt")
    desk.decide(0, desk.accept(0, surface="Brandt"))
    assert desk.annotation(0).surface == "Brandt"


# ----------------------------------------------------------------------------------------------------------- claims


def test_two_people_never_get_the_same_item() -> None:
    desk = make_desk(n=12)
    other = make_member(desk.project, "reviewer")
    mine = {place.item_id for place in claim_items(project=desk.project, actor=desk.reviewer, n=6)}
    theirs = {place.item_id for place in claim_items(project=desk.project, actor=other, n=20)}
    assert (len(mine), len(theirs), mine & theirs) == (6, 6, set())


def test_own_claims_come_first_and_are_renewed_and_others_return_after_15_minutes() -> None:
    desk = make_desk(n=6)
    first = claim_items(project=desk.project, actor=desk.reviewer, n=2)
    soon = timezone.now() + timedelta(minutes=1)
    Review.objects.filter(claimed_by=desk.reviewer).update(claim_expires_at=soon)
    again = claim_items(project=desk.project, actor=desk.reviewer, n=2)
    assert {place.item_id for place in again} == {place.item_id for place in first}
    held = Review.objects.get(item=first[0].item_id)
    assert timedelta(minutes=14) < held.claim_expires_at - timezone.now() <= timedelta(minutes=15)
    Review.objects.update(claim_expires_at=timezone.now() - timedelta(seconds=1))
    other = make_member(desk.project, "reviewer")
    assert len(claim_items(project=desk.project, actor=other, n=6)) == 6


def test_what_the_browser_has_is_not_handed_out_again() -> None:
    desk = make_desk(n=6)
    first = claim_items(project=desk.project, actor=desk.reviewer, n=3)
    held = [place.item_id for place in first]
    more = claim_items(project=desk.project, actor=desk.reviewer, n=3, exclude=held)
    assert len(more) == 3
    assert not {place.item_id for place in more} & set(held)


def test_an_opened_item_is_handed_out_unless_somebody_holds_it() -> None:
    desk = make_desk(n=9)
    last = Item.objects.order_by("priority", "id").last()
    places = claim_items(project=desk.project, actor=desk.reviewer, n=2, wanted=last.pk)
    assert last.pk in [place.item_id for place in places]
    other = make_member(desk.project, "reviewer")
    assert last.pk not in [
        place.item_id for place in claim_items(project=desk.project, actor=other, n=2, wanted=last.pk)
    ]


def test_claims_say_how_an_item_was_drawn_and_remember_it() -> None:
    desk = make_desk(n=10)
    places = claim_items(project=desk.project, actor=desk.reviewer, n=10)
    assert [place.drawn_by for place in places] == ["unsure"] * 4 + ["random"] + ["unsure"] * 4 + ["random"]
    assert Item.objects.filter(drawn_by="random").count() == 2


def test_done_items_are_shown_without_a_claim(desk: Desk) -> None:
    desk.decide(1, desk.accept(1))
    places = claim_items(project=desk.project, actor=desk.reviewer, n=5, queue=QueueFilter(state="done"))
    assert [place.item_id for place in places] == [desk.items[1].pk]
    assert Review.objects.get(item=desk.items[1]).claimed_by is None


def test_other_languages_stay_out_when_one_is_asked_for(desk: Desk) -> None:
    swedish = make_items(desk.project, tgt_lang="sv", n=2)
    Item.objects.filter(tgt_lang="sv").update(state="open")
    places = claim_items(project=desk.project, actor=desk.reviewer, n=9, queue=QueueFilter(tgt_lang="sv"))
    assert {place.item_id for place in places} == {item.pk for item in swedish}


# --------------------------------------------------------------------------------------------------------- browsers


def test_items_go_to_one_browser_of_a_person_until_another_takes_over(desk: Desk) -> None:
    first, second = uuid.uuid4(), uuid.uuid4()

    def claim(tab: uuid.UUID, *, takes_over: bool = False) -> int:
        return len(claim_items(project=desk.project, actor=desk.reviewer, n=1, tab=tab, takes_over=takes_over))

    assert claim(first) == claim(first) == 1
    with pytest.raises(ConflictError) as error:
        claim(second)
    assert refusal(error) == "other-tab"
    assert claim(second, takes_over=True) == 1
    with pytest.raises(ConflictError):
        claim(first)
    # A browser that was closed without a word keeps nobody out for long.
    Membership.objects.filter(user=desk.reviewer).update(tab_seen_at=timezone.now() - timedelta(minutes=3))
    assert claim(first) == 1
    # Nobody else is concerned, and what was decided anywhere is always taken.
    other = make_member(desk.project, "reviewer")
    assert len(claim_items(project=desk.project, actor=other, n=1, tab=second)) == 1


def test_undo_goes_on_with_the_step_before_the_one_that_somebody_has_overruled(desk: Desk) -> None:
    curator = make_member(desk.project, "curator", username="mira")
    desk.decide(1, desk.accept(1))
    older = desk.last_step
    desk.decide(0, desk.accept(0))
    newest = desk.last_step
    desk.release()
    desk.decide(0, desk.act("relabel", 0, label=desk.label("ORG")), actor=curator)
    desk.release()
    with pytest.raises(ConflictError) as error:
        desk.undo(expected=newest)
    assert refusal(error) == "changed-since"
    assert desk.undo(expected=older).reversed_step == older
    assert desk.annotation(0).label.name == "ORG"
    # Once the other has taken it back, it can be undone again.
    desk.release()
    desk.undo(actor=curator)
    desk.release()
    assert desk.undo().item_id == desk.items[0].pk


# ------------------------------------------------------------------------------------------------- other proposals


def test_the_proposal_that_was_taken_is_the_cause_of_the_decisions(desk: Desk) -> None:
    other = make_run(desk.project, is_active=False)
    taken = make_candidate(other, desk.span(0), "Ada", label="LOC")
    place = desk.place(0, "Ada")
    desk.decide(
        0,
        desk.act("relabel", 0, label=desk.label("LOC"), candidate=taken.pk),
        desk.act("move", 0, candidate=taken.pk, **place),
        desk.act("accept", 0, candidate=taken.pk, surface="Ada"),
    )
    assert [row.cause for row in Decision.objects.all()] == [{"candidate": taken.pk, "run": other.pk}] * 3
    annotation = desk.annotation(0)
    assert (annotation.surface, annotation.label.name, annotation.state) == ("Ada", "LOC", "accepted")
    # It began as what the active run proposed.
    assert annotation.candidate.run == desk.run


def test_a_proposal_for_another_span_is_refused(desk: Desk) -> None:
    elsewhere = Candidate.objects.get(source_span=desk.span(0, 1), rank=0)
    with pytest.raises(BadRequestError) as error:
        desk.decide(0, desk.accept(0) | {"candidate": elsewhere.pk})
    assert refusal(error) == "no-such-candidate"
    assert not Decision.objects.exists()
