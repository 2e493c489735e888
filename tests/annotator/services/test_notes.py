"""Flags, skips and comments: done once, seen by those who may, never changing a state."""

from __future__ import annotations

import uuid

import pytest
from django.utils import timezone

from annotator.errors import BadRequestError, ConflictError, ServiceError
from annotator.models import Comment, Event, Flag, Item, Membership, Skip, Thread, User
from annotator.queries import notes as queries
from annotator.queries.queue import QueueFilter, list_claimed
from annotator.services import notes
from annotator.services.notes import MAX_TEXT, Target
from annotator.services.review import claim_items
from tests.annotator.factories import make_member
from tests.annotator.reviewing import Desk, make_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return make_desk()


def refusal(error: pytest.ExceptionInfo[ServiceError]) -> str:
    return error.value.problem.code


def about(desk: Desk, n: int = 0, position: int = 0) -> Target:
    return Target(item_id=desk.items[n].pk, source_span_id=desk.span(n, position).pk)


def flag(desk: Desk, *, actor: User | None = None, target: Target | None = None, **more) -> Flag:
    given = {"flag_id": uuid.uuid4(), "reason": "translation-wrong", "target": target or about(desk), **more}
    return notes.raise_flag(project=desk.project, actor=actor or desk.reviewer, **given)


def post(desk: Desk, text: str = "Is this one name?", *, actor: User | None = None, **more) -> Thread:
    given = {"comment_id": uuid.uuid4(), "thread_id": uuid.uuid4(), "target": about(desk), **more}
    return notes.post_comment(project=desk.project, actor=actor or desk.reviewer, text=text, **given)


def make_apart(desk: Desk) -> None:
    """Let two people decide on each item, each alone."""
    Item.objects.filter(project=desk.project).update(n_reviews=2)


# ------------------------------------------------------------------------------------------------------------- flags


def test_a_flag_leaves_the_span_as_it_is(desk: Desk) -> None:
    raised = flag(desk)
    assert (raised.source_span, raised.reason.code, raised.closed_at) == (desk.span(0), "translation-wrong", None)
    assert desk.state(0) == "open"
    assert not desk.items[0].decisions.exists()
    desk.decide(0, desk.accept(0, 1))
    assert desk.state(0) == "open"
    assert Flag.objects.get().closed_at is None


def test_the_same_flag_twice_is_raised_once(desk: Desk) -> None:
    flag_id = uuid.uuid4()
    assert flag(desk, flag_id=flag_id) == flag(desk, flag_id=flag_id, reason="other")
    assert Flag.objects.get().reason.code == "translation-wrong"
    assert Event.objects.filter(kind="flag-raised").count() == 1
    other = make_member(desk.project, Membership.Role.REVIEWER)
    with pytest.raises(ConflictError) as error:
        flag(desk, flag_id=flag_id, actor=other)
    assert refusal(error) == "flag-taken"


def test_another_flag_on_the_same_span_takes_the_place_of_the_first(desk: Desk) -> None:
    first, second = flag(desk), flag(desk, reason="other")
    other_span = flag(desk, target=about(desk, 0, 1))
    open_ids = set(Flag.objects.filter(closed_at=None).values_list("pk", flat=True))
    assert open_ids == {second.pk, other_span.pk}
    first.refresh_from_db()
    assert first.closed_by == desk.reviewer


def test_a_flag_may_be_on_an_added_span_or_on_the_item(desk: Desk) -> None:
    added = uuid.uuid4()
    given = {"kind": "add", "annotation": str(added), "label": desk.label("LOC"), **desk.place(0, "Hafenmuseum")}
    desk.decide(0, given)
    item_id = desk.items[0].pk
    assert flag(desk, target=Target(item_id=item_id, annotation_id=added)).annotation_id == added
    whole = flag(desk, target=Target(item_id=item_id), reason="")
    assert (whole.source_span, whole.annotation, whole.reason) == (None, None, None)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reason": "bored"}, "no-such-reason"),
        ({"target": Target(item_id=987654)}, "no-such-item"),
    ],
)
def test_a_flag_on_nothing_is_refused(desk: Desk, change: dict, code: str) -> None:
    with pytest.raises(BadRequestError) as error:
        flag(desk, **change)
    assert refusal(error) == code
    assert not Flag.objects.exists()


def test_a_flag_needs_a_span_of_its_item(desk: Desk) -> None:
    for wrong in ({"source_span_id": desk.span(1).pk}, {"annotation_id": uuid.uuid4()}):
        with pytest.raises(BadRequestError) as error:
            flag(desk, target=Target(item_id=desk.items[0].pk, **wrong))
        assert refusal(error) == "no-such-span"


def test_closing_a_flag_keeps_it_and_says_who(desk: Desk) -> None:
    curator = make_member(desk.project, Membership.Role.CURATOR)
    resolved, taken_back = flag(desk), flag(desk, target=about(desk, 0, 1))
    assert notes.close_flag(flag=resolved, actor=curator).closed_by == curator
    notes.close_flag(flag=taken_back, actor=desk.reviewer)
    closed_at = Flag.objects.get(pk=resolved.pk).closed_at
    notes.close_flag(flag=resolved, actor=desk.reviewer)
    assert Flag.objects.get(pk=resolved.pk).closed_at == closed_at
    kinds = list(Event.objects.filter(kind__startswith="flag").order_by("id").values_list("kind", flat=True))
    assert kinds == ["flag-raised", "flag-raised", "flag-resolved", "flag-taken-back"]


# ------------------------------------------------------------------------------------------------------------- skips


def test_a_skip_is_counted_once_however_often_it_is_sent(desk: Desk) -> None:
    skip_id = uuid.uuid4()
    given = {"project": desk.project, "actor": desk.reviewer, "item_id": desk.items[0].pk}
    for _ in range(2):
        notes.skip_item(skip_id=skip_id, **given)
    assert Skip.objects.get().n_times == 1
    first = Skip.objects.get().skipped_at
    notes.skip_item(skip_id=uuid.uuid4(), **given)
    skip = Skip.objects.get()
    assert (skip.n_times, skip.skipped_at > first) == (2, True)
    assert queries.count_own(desk.project, desk.reviewer) == {"n_flags": 0, "n_skips": 1}
    notes.take_back_skip(project=desk.project, actor=desk.reviewer, item_id=desk.items[0].pk)
    notes.take_back_skip(project=desk.project, actor=desk.reviewer, item_id=desk.items[0].pk)
    assert not Skip.objects.exists()
    kinds = list(Event.objects.filter(kind__contains="skip").order_by("id").values_list("kind", flat=True))
    assert kinds == ["item-skipped", "item-skipped", "skip-taken-back"]


def test_items_of_other_projects_cannot_be_skipped(desk: Desk) -> None:
    with pytest.raises(BadRequestError) as error:
        notes.skip_item(
            project=desk.project, actor=desk.reviewer, skip_id=uuid.uuid4(), item_id=make_desk().items[0].pk
        )
    assert refusal(error) == "no-such-item"


def test_what_is_done_is_skipped_no_more(desk: Desk) -> None:
    notes.skip_item(project=desk.project, actor=desk.reviewer, skip_id=uuid.uuid4(), item_id=desk.items[1].pk)
    desk.decide(1, desk.accept(1))
    assert queries.list_own(desk.project, desk.reviewer)["skips"] == []


# ---------------------------------------------------------------------------------------------------------- comments


def test_a_comment_begins_a_thread_and_the_next_one_goes_on_with_it(desk: Desk) -> None:
    thread = post(desk)
    curator = make_member(desk.project, Membership.Role.CURATOR)
    post(desk, " Yes. ", actor=curator, thread_id=thread.pk)
    assert [(each.author, each.text) for each in Thread.objects.get().comments.all()] == [
        (desk.reviewer, "Is this one name?"),
        (curator, "Yes."),
    ]
    assert (thread.source_span, thread.is_open) == (desk.span(0), True)
    assert desk.state(0) == "open"
    assert not desk.items[0].decisions.exists()


def test_the_same_comment_twice_is_posted_once(desk: Desk) -> None:
    comment_id, thread_id = uuid.uuid4(), uuid.uuid4()
    for _ in range(2):
        post(desk, comment_id=comment_id, thread_id=thread_id)
    assert Comment.objects.count() == 1
    with pytest.raises(ConflictError) as error:
        post(desk, comment_id=comment_id)
    assert refusal(error) == "comment-taken"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("  ", "comment-empty"),
        ("x" * (MAX_TEXT + 1), "comment-too-long"),
        ("a\x00b", "bad-character"),
        ("a\ud800b", "bad-character"),
    ],
)
def test_what_cannot_be_a_comment_is_refused(desk: Desk, text: str, code: str) -> None:
    with pytest.raises(BadRequestError) as error:
        post(desk, text)
    assert refusal(error) == code
    assert not Thread.objects.exists()


def test_a_thread_stays_with_its_item(desk: Desk) -> None:
    thread = post(desk)
    with pytest.raises(ConflictError) as error:
        post(desk, thread_id=thread.pk, target=about(desk, 1))
    assert refusal(error) == "thread-taken"


def test_resolving_is_taken_back_by_the_next_comment(desk: Desk) -> None:
    thread = post(desk)
    for _ in range(2):
        assert not notes.set_thread_open(thread=thread, actor=desk.reviewer, is_open=False).is_open
    assert post(desk, "Not yet.", thread_id=thread.pk).is_open
    kinds = list(Event.objects.filter(kind__startswith="thread").order_by("id").values_list("kind", flat=True))
    assert kinds == ["thread-resolved", "thread-reopened"]


# ---------------------------------------------------------------------------------------------------- who sees what


def test_on_an_item_of_one_reviewer_everybody_sees_flags_and_threads(desk: Desk) -> None:
    flag(desk)
    post(desk)
    for role in Membership.Role:
        reader = make_member(desk.project, role)
        found = queries.list_item_notes(desk.project, reader, [desk.items[0].pk])[desk.items[0].pk]
        assert (len(found["flags"]), len(found["threads"])) == (1, 1)
        assert not found["flags"][0]["is_mine"]


@pytest.mark.parametrize("kind", ["several", "blind"])
def test_where_people_decide_apart_each_sees_the_own_notes_only_until_the_item_is_done(desk: Desk, kind: str) -> None:
    make_apart(desk) if kind == "several" else Item.objects.update(is_blind=True)
    flag(desk)
    thread = post(desk)
    item_id = desk.items[0].pk

    def n_seen(reader: User) -> tuple[int, int]:
        found = queries.list_item_notes(desk.project, reader, [item_id])[item_id]
        return len(found["flags"]), len(found["threads"])

    people = {role: make_member(desk.project, role) for role in Membership.Role}
    hidden = {role: n_seen(person) for role, person in people.items()}
    assert hidden == {"viewer": (0, 0), "reviewer": (0, 0), "curator": (1, 1), "manager": (1, 1)}
    assert n_seen(desk.reviewer) == (1, 1)
    with pytest.raises(ConflictError) as error:
        post(desk, actor=people[Membership.Role.REVIEWER], thread_id=thread.pk)
    assert refusal(error) == "thread-taken"
    Item.objects.filter(pk=item_id).update(state="done")
    assert {n_seen(person) for person in people.values()} == {(1, 1)}


def test_next_thread_goes_round_and_leaves_out_what_is_resolved(desk: Desk) -> None:
    threads = [post(desk, target=about(desk, n)) for n in (0, 1, 2)]
    notes.set_thread_open(thread=threads[1], actor=desk.reviewer, is_open=False)
    order = []
    after = None
    for _ in range(3):
        found = queries.find_next_thread(desk.project, desk.reviewer, after=after)
        assert found is not None
        order.append(found.pk)
        after = found.pk
    assert order == [threads[0].pk, threads[2].pk, threads[0].pk]


# -------------------------------------------------------------------------------------------------------- the queue


def handed_out(desk: Desk, n: int = 9, *, actor: User | None = None, **filters) -> list[str]:
    queue = QueueFilter(order="file", **filters)
    places = claim_items(project=desk.project, actor=actor or desk.reviewer, n=n, queue=queue)
    return [Item.objects.get(pk=place.item_id).external_id for place in places]


def skip(desk: Desk, n: int) -> None:
    given = {"project": desk.project, "actor": desk.reviewer, "skip_id": uuid.uuid4()}
    notes.skip_item(item_id=desk.items[n].pk, **given)


def test_what_was_skipped_comes_last_in_the_order_of_skipping(desk: Desk) -> None:
    skip(desk, 1)
    skip(desk, 0)
    assert handed_out(desk, 1) == ["h3"]
    desk.release()
    assert handed_out(desk) == ["h3", "h2", "h1"]
    desk.release()
    skip(desk, 1)
    assert handed_out(desk) == ["h3", "h1", "h2"]


def test_what_one_skips_is_free_for_others_in_its_place(desk: Desk) -> None:
    assert handed_out(desk) == ["h1", "h2", "h3"]
    skip(desk, 0)
    other = make_member(desk.project, Membership.Role.REVIEWER)
    assert handed_out(desk, actor=other) == ["h1"]


def test_a_flagged_item_comes_last_until_the_flag_is_closed(desk: Desk) -> None:
    raised = flag(desk)
    assert handed_out(desk) == ["h2", "h3", "h1"]
    desk.release()
    notes.close_flag(flag=raised, actor=desk.reviewer)
    assert handed_out(desk) == ["h1", "h2", "h3"]


def test_claims_of_what_was_put_off_do_not_come_first(desk: Desk) -> None:
    handed_out(desk, 2)
    flag(desk)
    places = list_claimed(desk.project, desk.reviewer, queue=QueueFilter(), now=timezone.now())
    assert [place.item_id for place in places] == [desk.items[1].pk]


def test_how_an_item_was_drawn_outlives_a_skip(desk: Desk) -> None:
    Item.objects.filter(pk=desk.items[0].pk).update(drawn_by="random")
    skip(desk, 0)
    places = claim_items(project=desk.project, actor=desk.reviewer, n=9, queue=QueueFilter())
    assert (places[-1].item_id, places[-1].drawn_by) == (desk.items[0].pk, "random")
