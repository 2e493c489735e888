"""Qualification: who is handed what, scores worked by hand, passing, failing, trying again, and what never counts."""

from __future__ import annotations

import uuid

import pytest

from annotator.errors import BadRequestError, ConflictError
from annotator.models import Attempt, Bulk, Decision, Event, Item, Membership, Review, TargetLanguage
from annotator.queries.adjudication import list_to_settle, read_sheet
from annotator.queries.gold import GoldFilters, count_gold
from annotator.queries.item_filter import ItemFilter, filter_items
from annotator.queries.people import list_paces
from annotator.queries.progress import list_language_progress
from annotator.queries.qualification import count_failed, count_set, list_stands
from annotator.queries.queue import QueueFilter, count_progress, list_places
from annotator.queries.review import get_item
from annotator.queries.tag_counts import count_tags_of_people
from annotator.services import notes, qualification, review
from annotator.services.bulk_decisions import start_bulk, undo_bulk
from annotator.services.notes import Target
from annotator.services.review_acts import Act
from annotator.services.review_item import ReviewedItem
from tests.annotator.factories import make_items, make_member, make_run
from tests.annotator.qualifying import Exam, make_exam
from tests.annotator.reviewing import make_desk, propose

pytestmark = pytest.mark.django_db


@pytest.fixture
def exam() -> Exam:
    return make_exam()


def code_of(error: pytest.ExceptionInfo[ConflictError]) -> str:
    return error.value.problem.code


# ---------------------------------------------------------------------------------------------------- handing out


def test_who_has_not_qualified_gets_the_set_and_nothing_else(exam: Exam) -> None:
    assert sorted(exam.handed()) == ["h1", "h3"]
    exam.answer_badly()
    assert exam.handed() == []


def test_curators_managers_and_projects_without_a_mark_get_real_work(exam: Exam) -> None:
    assert sorted(exam.handed(exam.curator)) == ["h2", "h4", "h5"]
    exam.desk.release()
    exam.set_mark(None)
    assert sorted(exam.handed()) == ["h2", "h4", "h5"]


def test_a_filter_and_a_wish_do_not_lead_past_the_qualification(exam: Exam) -> None:
    queue = QueueFilter(items=ItemFilter(text="Uppsala"))
    wanted = exam.desk.items[1].pk
    places = review.claim_items(project=exam.project, actor=exam.reviewer, n=5, queue=queue, wanted=wanted)
    assert {place.item_id for place in places} == {exam.desk.items[0].pk, exam.desk.items[2].pk}
    assert {place.drawn_by for place in places} == {"qualification"}
    # How items of the set are handed out says nothing about the random share.
    assert set(Item.objects.filter(is_qualification=True).values_list("drawn_by", flat=True)) == {""}


def test_real_work_is_refused_before_whatever_is_held(exam: Exam) -> None:
    exam.set_mark(None)
    exam.handed()
    exam.desk.decide(3, exam.desk.accept(3, 0))
    exam.set_mark(80)
    assert sorted(exam.handed()) == ["h1", "h3"]
    with pytest.raises(ConflictError) as refused:
        exam.desk.decide(3, exam.desk.accept(3, 1))
    assert code_of(refused) == "not-qualified"


def test_what_is_skipped_or_flagged_comes_last_but_comes(exam: Exam) -> None:
    first, second = exam.handed()
    by_id = {item.external_id: item for item in exam.desk.items}
    notes.skip_item(project=exam.project, actor=exam.reviewer, skip_id=uuid.uuid4(), item_id=by_id[first].pk)
    assert exam.handed() == [second, first]
    target = Target(by_id[second].pk, by_id[second].source_spans.first().pk)
    flag = notes.raise_flag(project=exam.project, actor=exam.reviewer, flag_id=uuid.uuid4(), target=target)
    assert flag.review.kind == "qualification"
    assert sorted(exam.handed()) == [*sorted([first, second])]


def test_each_reviewer_has_reviews_of_the_own(exam: Exam) -> None:
    other = make_member(exam.project, "reviewer")
    exam.answer_badly()
    exam.answer_well(actor=other)
    kinds = Review.objects.filter(item=exam.desk.items[0]).order_by("kind", "number")
    assert [(row.kind, row.number, row.reviewer_id) for row in kinds] == [
        ("qualification", 1, exam.reviewer.pk),
        ("qualification", 2, other.pk),
        ("review", 1, exam.curator.pk),
    ]
    states = {attempt.user_id: attempt.state for attempt in Attempt.objects.all()}
    assert states == {exam.reviewer.pk: "failed", other.pk: "passed"}


def test_who_made_the_gold_of_an_item_is_not_asked_it(exam: Exam) -> None:
    Membership.objects.filter(user=exam.curator).update(role="reviewer")
    assert exam.handed(exam.curator) == []
    [stand] = list_stands(exam.project, of=exam.curator)
    assert (stand.state, stand.n_items) == ("nothing", 0)
    with pytest.raises(ConflictError) as refused:
        exam.desk.decide(0, exam.desk.accept(0, 0), actor=exam.curator)
    assert code_of(refused) == "qualification-item"
    qualification.let_pass(project=exam.project, actor=exam.manager, reviewer=exam.curator, tgt_lang="de")
    assert sorted(exam.handed(exam.curator)) == ["h2", "h4", "h5"]


# --------------------------------------------------------------------------------------------------------- scoring


def test_the_score_is_strict_f1_and_below_the_mark_it_fails(exam: Exam) -> None:
    exam.answer_badly()
    attempt = exam.attempt
    # Right: Ada Brandt, Tomas Vale. Gold: 4, given: 3 (Nordlys was rejected). P 2/3, R 2/4: F1 = 4/7.
    assert attempt.figures["kinds"]["span"]["percent"] == pytest.approx(400 / 7)
    assert (attempt.state, attempt.percent, attempt.pass_percent) == ("failed", 57.1, 80)
    counts = attempt.figures["kinds"]["span"]
    assert (counts["n_gold"], counts["n_given"]) == (4, 3)
    # Bremen LOC for Hafenmuseum ORG is another label at another place; Nordlys is left out.
    assert attempt.figures["faults"] == {"label": 1, "place": 1, "missing": 1}
    assert exam.handed() == []
    assert count_failed(exam.project) == 1
    assert Event.objects.filter(kind="qualification-failed", actor=exam.reviewer).count() == 1


def test_right_answers_pass_and_real_work_begins(exam: Exam) -> None:
    exam.answer_first_well()
    assert exam.attempt.state == "open"
    exam.answer_well()
    assert (exam.attempt.state, exam.attempt.percent) == ("passed", 100.0)
    assert sorted(exam.handed()) == ["h2", "h4", "h5"]
    assert count_failed(exam.project) == 0
    exam.desk.decide(3, exam.desk.accept(3, 0), exam.desk.accept(3, 1))
    assert exam.desk.state(3) == "done"


@pytest.mark.parametrize(("mark", "state"), [(57, "passed"), (58, "failed")])
def test_the_mark_itself_is_enough(mark: int, state: str) -> None:
    exam = make_exam(mark=mark)
    exam.answer_badly()
    assert exam.attempt.state == state


def test_what_is_added_without_being_in_the_gold_costs(exam: Exam) -> None:
    exam.answer_first_well()
    added = {
        "kind": "add",
        "annotation": str(uuid.uuid4()),
        "label": exam.desk.label("LOC"),
        **exam.desk.place(2, "segelt"),
    }
    found = [
        exam.desk.act("move", 2, 1, **exam.desk.place(2, "Nordlys")),
        exam.desk.act("accept", 2, 1, surface="Nordlys"),
    ]
    exam.desk.decide(2, added)
    exam.desk.decide(2, exam.desk.accept(2, 0), *found)
    # 4 right of 5 given, of 4 gold: P 80, R 100, F1 8/9.
    assert exam.attempt.percent == 88.8
    assert exam.attempt.figures["faults"] == {"extra": 1}


def test_answers_can_be_taken_back_until_the_attempt_is_over(exam: Exam) -> None:
    exam.desk.decide(0, exam.desk.accept(0, 0), exam.desk.accept(0, 1))
    exam.desk.undo()
    assert sorted(exam.handed()) == ["h1", "h3"]
    exam.answer_badly()
    with pytest.raises(ConflictError) as refused:
        exam.desk.undo()
    assert code_of(refused) == "attempt-over"
    with pytest.raises(ConflictError) as refused:
        exam.desk.decide(0, exam.desk.act("reject", 0, 0, reason="wrong-words"))
    assert code_of(refused) == "attempt-over"


def test_once_the_gold_was_shown_an_answer_stands() -> None:
    exam = make_exam(shows_gold=True)
    exam.desk.decide(0, exam.desk.accept(0, 0))
    exam.desk.undo()
    exam.desk.decide(0, exam.desk.accept(0, 0), exam.desk.accept(0, 1))
    with pytest.raises(ConflictError) as refused:
        exam.desk.undo()
    assert code_of(refused) == "answer-shown"
    with pytest.raises(ConflictError) as refused:
        exam.desk.decide(0, exam.desk.act("reject", 0, 0, reason="wrong-words"))
    assert code_of(refused) == "answer-shown"


def test_texts_of_the_set_are_not_edited_by_those_who_take_it(exam: Exam) -> None:
    target = exam.desk.target(0)
    edit = {"kind": "edit", "segment": target.pk, "text": "Etwas anderes .", "text_version": 1}
    with pytest.raises(BadRequestError) as refused:
        exam.desk.decide(0, edit)
    assert refused.value.problem.code == "qualification-item"
    target.refresh_from_db()
    assert target.version == 1


# ------------------------------------------------------------------------------------------------------ the manager


def test_another_attempt_is_over_all_items_again_and_passes(exam: Exam) -> None:
    exam.answer_badly()
    qualification.let_try_again(project=exam.project, actor=exam.manager, reviewer=exam.reviewer, tgt_lang="de")
    assert sorted(exam.handed()) == ["h1", "h3"]
    # Nothing of the first attempt is shown in the second.
    shown = get_item(exam.project, exam.desk.items[0].pk, reviewer=exam.reviewer)
    assert shown is not None
    assert (shown.review, shown.data["state"], shown.data["spans"][0]["state"]) == (None, "open", "undecided")
    exam.answer_well()
    rows = Attempt.objects.order_by("number").values_list("number", "state", "percent")
    assert list(rows) == [(1, "failed", 57.1), (2, "passed", 100.0)]
    assert sorted(exam.handed()) == ["h2", "h4", "h5"]
    # The answers of the first attempt are kept, and can still not be taken back.
    assert Review.objects.filter(kind="qualification").count() == 4
    assert Event.objects.get(kind="qualification-reopened").actor == exam.manager


def test_a_manager_lets_somebody_pass_and_it_is_kept_who(exam: Exam) -> None:
    exam.answer_badly()
    attempt = qualification.let_pass(project=exam.project, actor=exam.manager, reviewer=exam.reviewer, tgt_lang="de")
    assert (attempt.number, attempt.state, attempt.percent, attempt.let_by) == (2, "passed", None, exam.manager)
    assert sorted(exam.handed()) == ["h2", "h4", "h5"]
    assert Event.objects.get(kind="qualification-waived").data["person"] == exam.reviewer.pk
    with pytest.raises(ConflictError) as refused:
        qualification.let_pass(project=exam.project, actor=exam.manager, reviewer=exam.reviewer, tgt_lang="de")
    assert code_of(refused) == "not-asked"


def test_trying_again_is_for_those_who_have_failed(exam: Exam) -> None:
    exam.desk.decide(0, exam.desk.accept(0, 0))
    with pytest.raises(ConflictError) as refused:
        qualification.let_try_again(project=exam.project, actor=exam.manager, reviewer=exam.reviewer, tgt_lang="de")
    assert code_of(refused) == "not-failed"


@pytest.mark.parametrize("percent", [0, 101])
def test_a_mark_is_a_percentage(exam: Exam, percent: int) -> None:
    with pytest.raises(BadRequestError) as refused:
        exam.set_mark(percent)
    assert refused.value.problem.place == "pass_percent"


def test_who_has_passed_stays_so_when_the_mark_and_the_set_grow(exam: Exam) -> None:
    exam.answer_well()
    exam.desk.decide(1, exam.desk.accept(1), actor=exam.curator)
    exam.fill(state="done", qualification="no")
    exam.set_mark(100)
    assert sorted(exam.handed()) == ["h4", "h5"]


def test_each_language_is_qualified_for_alone(exam: Exam) -> None:
    TargetLanguage.objects.create(project=exam.project, code="th")
    spans = ((("PER", "Ada Brandt"),),)
    sentences = (("Ada Brandt left .", "Ada Brandt ไป ."),)
    thai = make_items(exam.project, sentences=sentences, spans=spans, tgt_lang="th", n=2)
    propose(make_run(exam.project, tgt_lang="th"), thai, ((("Ada Brandt", "", 0.9),),))
    # No set in Thai: real work there at once, behind the qualification in German.
    assert set(exam.handed()[:2]) == {"h1", "h3"}
    assert len(exam.handed()) == 4
    exam.answer_badly()
    places = review.claim_items(project=exam.project, actor=exam.reviewer, n=9)
    assert {place.item_id for place in places} == {item.pk for item in thai}
    exam.desk.release()
    # Once there is one, it is asked for Thai too, and only of those who review Thai.
    desk = exam.desk
    desk.items.append(thai[0])
    place = len(desk.items) - 1
    desk.decide(place, desk.act("accept", place, 0, surface="Ada Brandt"), actor=exam.curator)
    exam.fill(lang="th", state="done")
    desk.release()
    assert exam.handed() == ["h1"]
    assert [(stand.tgt_lang, stand.state) for stand in list_stands(exam.project)] == [("de", "failed"), ("th", "new")]
    Membership.objects.filter(user=exam.reviewer).update(tgt_langs=["de"])
    assert [stand.tgt_lang for stand in list_stands(exam.project)] == ["de"]
    assert exam.handed() == []


# ---------------------------------------------------------------------------------------------------------- the set


def test_only_items_with_gold_come_into_the_set() -> None:
    desk = make_desk(n=4)
    curator = make_member(desk.project, "curator")
    desk.decide(0, desk.accept(0, 0), desk.accept(0, 1), actor=curator)
    desk.decide(1, desk.accept(1), actor=curator)
    desk.decide(2, desk.accept(2, 0), desk.accept(2, 1), actor=curator)
    Item.objects.filter(pk=desk.items[2].pk).update(is_qualification=True)
    # As the rule "the machines agree" leaves it.
    from_machines = ReviewedItem(project=desk.project, actor=curator, item_id=desk.items[3].pk)
    for row in from_machines.list_undecided():
        from_machines.apply(Act(Decision.Kind.ACCEPT, source_span_id=row.source_span_id, surface=row.surface))
    from_machines.save(step=uuid.uuid4(), cause={"is_silver": True})
    bulk = start_bulk(project=desk.project, actor=curator, kind="qualify", wanted=ItemFilter(), step=uuid.uuid4())
    assert (bulk.n_items, bulk.refused) == (2, {"in-set": 1, "silver": 1})
    assert set(Item.objects.filter(is_qualification=True).values_list("external_id", flat=True)) == {"h1", "h2", "h3"}
    undo_bulk(bulk=bulk, actor=curator)
    assert set(Item.objects.filter(is_qualification=True).values_list("external_id", flat=True)) == {"h3"}
    bulk.refresh_from_db()
    assert (bulk.state, bulk.n_undone, bulk.n_kept) == ("undone", 2, 0)


def test_items_without_gold_and_outside_the_set_are_left_alone() -> None:
    desk = make_desk()
    for kind, code in (("qualify", "no-gold"), ("release", "not-in-set")):
        with pytest.raises(ConflictError) as refused:
            start_bulk(project=desk.project, actor=desk.reviewer, kind=kind, wanted=ItemFilter(), step=uuid.uuid4())
        assert code_of(refused) == "nothing-to-do", code


def test_the_set_is_counted_by_language_and_label(exam: Exam) -> None:
    assert count_set(exam.project) == [("de", 2, [("ORG", 2), ("PER", 2)])]
    assert filter_items(exam.project, ItemFilter(qualification="yes")).count() == 2
    assert filter_items(exam.project, ItemFilter(qualification="no")).count() == 3


def test_taking_the_last_open_item_out_ends_an_attempt(exam: Exam) -> None:
    exam.answer_first_well()
    exam.fill("release", text="Nordlys", qualification="yes")
    assert (exam.attempt.state, exam.attempt.percent, exam.attempt.figures["n_items"]) == ("passed", 100.0, 1)
    assert Bulk.objects.get(kind="release").n_items == 1


def test_without_any_item_nobody_is_asked(exam: Exam) -> None:
    exam.answer_badly()
    exam.fill("release", qualification="yes")
    assert sorted(exam.handed()) == ["h2", "h4", "h5"]
    # What is out of the set is data again, with its gold, and the answers count nowhere.
    assert count_gold(exam.project, GoldFilters("de")).n_items == 2


def test_an_item_whose_gold_is_undone_is_not_asked(exam: Exam) -> None:
    exam.desk.undo(actor=exam.curator)
    assert exam.desk.state(2) == "open"
    assert exam.handed() == ["h1"]
    assert count_set(exam.project)[0][1] == 1
    # Nor is it real work.
    assert sorted(exam.handed(exam.manager)) == ["h2", "h4", "h5"]


# ------------------------------------------------------------------------------------------------- what never counts


def test_the_gold_and_the_item_stay_as_they_are(exam: Exam) -> None:
    before = Item.objects.filter(is_qualification=True).order_by("pk").values_list("pk", "state", "gold_review")
    was = list(before)
    exam.answer_badly()
    assert list(before.all()) == was
    assert list_to_settle(exam.project).count() == 0
    sheet = read_sheet(exam.project, exam.desk.items[0].pk)
    assert sheet is not None
    assert [column.key for column in sheet.columns] == ["1", "M"]


def test_neither_set_nor_answers_count_as_work(exam: Exam) -> None:
    exam.answer_badly()
    assert count_progress(exam.project).n_total == 3
    assert count_progress(exam.project, tgt_lang="de").n_done == 0
    [row] = list_language_progress(exam.project)
    assert (row.n_items, row.n_done, row.n_open) == (3, 0, 3)
    [pace] = list_paces(exam.project, of=exam.reviewer)
    assert (pace.n_items, pace.n_labels) == (0, 0)
    assert count_gold(exam.project, GoldFilters("de")).n_items == 0
    queue = QueueFilter(state="done")
    now = exam.attempt.created_at
    assert list_places(exam.project, exam.curator, queue=queue, n=9, first_place=0, now=now) == []
    item = exam.desk.items[3]
    assert count_tags_of_people(item, exam.project.layers.get(), "Ada Brandt") == {}
