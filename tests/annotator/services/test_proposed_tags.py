"""Tags proposed for target words without a source: shown, decided, undone, exported and audited like the others."""

from __future__ import annotations

from typing import Any

import pytest

from annotator.errors import BadRequestError
from annotator.models import Annotation, Attempt, Candidate, Item, Membership, Run
from annotator.queries.gold import GoldFilters, GoldItem, list_gold
from annotator.queries.gold_rules import audit_unanimous, find_unanimous
from annotator.queries.history import list_history
from annotator.queries.queue_words import describe_place
from annotator.queries.review import get_item
from annotator.services.qualification import let_try_again, set_qualification
from annotator.services.review_item import ReviewedItem
from tests.annotator.factories import make_member, make_run
from tests.annotator.kinds import KindDesk

pytestmark = pytest.mark.django_db

PARTICLE: dict[str, Any] = {
    "lang": "de",
    "layers": [{"name": "tags", "kind": "token", "labels": ["NOUN", "VERB", "ADP"]}],
    "items": [
        {
            "segments": [["source", "text", "Ada sails"], ["target", "text", "Ada segelt dann los"]],
            "spans": [
                {"key": "ada", "layer": "tags", "label": "NOUN", "word": 0, "to": 0},
                {"key": "sails", "layer": "tags", "label": "VERB", "word": 1, "to": 1},
            ],
            "tags": [{"layer": "tags", "word": 3, "labels": ["ADP", "VERB"]}],
        }
    ],
}

UNPROPOSED: dict[str, Any] = {**PARTICLE, "items": [{**PARTICLE["items"][0], "tags": []}]}


def spans(desk: KindDesk, actor: Any = None) -> list[dict[str, Any]]:
    shown = get_item(desk.project, desk.item.pk, reviewer=actor or desk.reviewer)
    assert shown is not None
    return list(shown.data["spans"])


def proposed(desk: KindDesk, actor: Any = None) -> dict[str, Any]:
    """The tag of "los" as the screen has it."""
    (found,) = [each for each in spans(desk, actor) if each["source_span"] is None]
    return found


def accept_all(desk: KindDesk) -> None:
    particle = {"kind": "accept", "annotation": proposed(desk)["annotation"], "surface": "los"}
    words = [desk.act("accept", key, surface=surface) for key, surface in (("ada", "Ada"), ("sails", "segelt"))]
    desk.decide(*words, particle)


def exported(desk: KindDesk, **filters: Any) -> GoldItem:
    ((gold,),) = list_gold(desk.project, GoldFilters(tgt_lang="de", **filters))
    return gold


def test_it_is_shown_as_a_proposal_with_its_other_tags() -> None:
    desk = KindDesk.make(PARTICLE)
    span = proposed(desk)
    assert span["state"] == "undecided"
    assert (span["intervals"], span["label"]) == ([[16, 19]], desk.label("tags", "ADP"))
    assert (span["machine"]["score"], span["votes"]) == (0.6, [])
    assert [each["label"] for each in span["others"]] == [desk.label("tags", "VERB")]
    # The same tag has the same name at every look, and another one for another person.
    assert proposed(desk)["annotation"] == span["annotation"]
    other = make_member(desk.project, Membership.Role.REVIEWER)
    assert proposed(desk, other)["annotation"] != span["annotation"]
    item = get_item(desk.project, desk.item.pk, reviewer=desk.reviewer)
    assert item is not None
    assert describe_place(item, "unsure") == "lowest score 0.60: los"


def test_the_item_is_done_when_it_is_decided_too_and_undo_brings_it_back() -> None:
    desk = KindDesk.make(PARTICLE)
    outcome = desk.decide(desk.accept("ada"), desk.accept("sails"))
    assert outcome.review_state == "open"
    shown = proposed(desk)
    outcome = desk.decide({"kind": "accept", "annotation": shown["annotation"], "surface": "los"})
    assert (outcome.review_state, outcome.item_state) == ("done", "done")
    row = Annotation.objects.get(pk=shown["annotation"])
    assert (row.state, row.surface, row.label.name, row.source_span) == ("accepted", "los", "ADP", None)
    assert row.candidate_id == shown["machine"]["candidate"]
    assert {**proposed(desk), "state": "undecided", "votes": []} == shown
    desk.undo()
    assert desk.item.state == "open"
    assert proposed(desk) == shown
    desk.redo()
    assert (desk.item.state, proposed(desk)["state"]) == ("done", "accepted")
    assert list_history(desk.project, desk.reviewer)[0].words == "⁨los⁩: accepted ADP"


def test_it_is_relabelled_taken_from_its_others_and_rejected() -> None:
    desk = KindDesk.make(PARTICLE)
    shown = proposed(desk)
    name, verb = shown["annotation"], desk.label("tags", "VERB")
    taken = shown["others"][0]["candidate"]
    relabel = {"kind": "relabel", "annotation": name, "label": verb, "candidate": taken}
    desk.decide(relabel, {"kind": "accept", "annotation": name, "surface": "los", "candidate": taken})
    assert proposed(desk)["label"] == verb
    assert [each["label"] for each in proposed(desk)["others"]] == [verb]
    causes = [row.cause["candidate"] for row in Annotation.objects.get(pk=name).decisions.all()]
    assert causes == [taken, taken]
    elsewhere = desk.span("ada").candidates.get(rank=0).pk
    with pytest.raises(BadRequestError, match="No machine proposed this"):
        desk.decide({"kind": "reject", "annotation": name, "reason": "wrong-label", "candidate": elsewhere})
    desk.decide({"kind": "reject", "annotation": name, "reason": "wrong-label"})
    assert (proposed(desk)["state"], proposed(desk)["reason"]) == ("rejected", "wrong-label")


def propose(desk: KindDesk) -> None:
    """The tag of "los" by a run that comes after what people did."""
    Candidate.objects.create(
        run=Run.objects.get(),
        item=desk.item,
        rank=0,
        label_id=desk.label("tags", "ADP"),
        segment=desk.target(),
        intervals=[[16, 19]],
        start_char=16,
        end_char=19,
        surface="los",
        score=0.6,
    )


def test_no_other_tag_can_stand_on_its_word() -> None:
    desk = KindDesk.make(PARTICLE)
    with pytest.raises(BadRequestError, match="'los' has the tag 'ADP' already"):
        desk.decide(desk.add("tags", "VERB", **desk.place("los")))


def test_a_tag_that_a_person_added_before_takes_its_place() -> None:
    desk = KindDesk.make(UNPROPOSED)
    desk.decide(desk.add("tags", "VERB", **desk.place("los")))
    propose(desk)
    assert [each["machine"] for each in spans(desk) if each["source_span"] is None] == [None]
    desk.undo()
    assert proposed(desk)["label"] == desk.label("tags", "ADP")


def test_a_later_run_opens_no_item_that_is_done() -> None:
    desk = KindDesk.make(UNPROPOSED)
    desk.decide(desk.accept("ada"), desk.accept("sails"))
    assert desk.item.state == "done"
    propose(desk)
    assert len(spans(desk)) == 2
    outcome = desk.decide(desk.act("relabel", "ada", label=desk.label("tags", "VERB")))
    assert outcome.item_state == "done"


def test_another_persons_name_for_it_is_no_name() -> None:
    desk = KindDesk.make(PARTICLE)
    other = make_member(desk.project, Membership.Role.REVIEWER)
    with pytest.raises(BadRequestError, match="not in this item"):
        desk.decide({"kind": "accept", "annotation": proposed(desk, other)["annotation"], "surface": "los"})
    # What somebody has begun bears one name for all.
    desk.decide({"kind": "relabel", "annotation": proposed(desk)["annotation"], "label": desk.label("tags", "VERB")})
    assert proposed(desk, other)["annotation"] == proposed(desk)["annotation"]


def test_what_is_undecided_lists_it_for_acts_on_many_items() -> None:
    desk = KindDesk.make(PARTICLE)
    reviewed = ReviewedItem(project=desk.project, actor=desk.reviewer, item_id=desk.item.pk)
    assert [row.surface for row in reviewed.list_undecided()] == ["Ada", "segelt", "los"]


def test_reviewed_blind_its_label_is_the_persons_to_set() -> None:
    desk = KindDesk.make(PARTICLE)
    Item.objects.update(is_blind=True)
    shown = proposed(desk)
    assert (shown["label"], shown["machine"], shown["others"]) == (None, None, [])
    name = shown["annotation"]
    with pytest.raises(BadRequestError, match="the label is yours to set"):
        desk.decide({"kind": "accept", "annotation": name, "surface": "los"})
    desk.decide({"kind": "relabel", "annotation": name, "label": desk.label("tags", "VERB")})
    assert (proposed(desk)["label"], proposed(desk)["machine"]) == (desk.label("tags", "VERB"), None)
    desk.decide({"kind": "accept", "annotation": name, "surface": "los"})
    assert proposed(desk)["machine"]["label"] == desk.label("tags", "ADP")


def test_each_of_several_reviewers_decides_alone_and_they_agree() -> None:
    desk = KindDesk.make(PARTICLE)
    Item.objects.update(n_reviews=2)
    other = make_member(desk.project, Membership.Role.REVIEWER)
    for actor in (desk.reviewer, other):
        particle = {"kind": "accept", "annotation": proposed(desk, actor)["annotation"], "surface": "los"}
        desk.decide(desk.accept("ada"), desk.accept("sails"), particle, actor=actor)
    assert desk.item.state == "done"
    assert Annotation.objects.filter(source_span=None, state="accepted").count() == 2


def test_the_export_says_what_was_proposed_and_what_became_of_it() -> None:
    desk = KindDesk.make(PARTICLE)
    accept_all(desk)
    gold = exported(desk)
    (tag,) = [each for each in gold.item.spans if each.segment == 1 and not each.source_id]
    assert (tag.label, tag.meta["state"], tag.meta["candidate"]["label"]) == ("ADP", "accepted", "ADP")
    assert tag.meta["change"] == ""
    name = proposed(desk)["annotation"]
    desk.decide({"kind": "relabel", "annotation": name, "label": desk.label("tags", "VERB")})
    gold = exported(desk)
    (tag,) = [each for each in gold.item.spans if each.segment == 1 and not each.source_id]
    assert (tag.label, tag.meta["change"]) == ("VERB", "ADP -> VERB")


def test_an_export_of_open_items_counts_it_as_undecided() -> None:
    desk = KindDesk.make(PARTICLE)
    desk.decide(desk.accept("ada"))
    gold = exported(desk, state="all")
    assert gold.n_undecided == 2


def test_machines_agree_only_where_they_tag_the_same_words_without_a_source() -> None:
    desk = KindDesk.make(PARTICLE)
    first = Run.objects.get()
    second = make_run(desk.project, tgt_lang="de", is_active=False)
    for row in Candidate.objects.filter(run=first, source_span__isnull=False):
        row.pk, row.run = None, second
        row.save()
    runs, ids = [first, second], [desk.item.pk]
    assert find_unanimous(runs, ids) == set()
    added = Candidate.objects.get(run=first, source_span=None, rank=0)
    added.pk, added.run, added.label_id = None, second, desk.label("tags", "VERB")
    added.save()
    assert find_unanimous(runs, ids) == set()
    Candidate.objects.filter(pk=added.pk).delete()
    added.pk, added.label_id = None, desk.label("tags", "ADP")
    added.save()
    assert find_unanimous(runs, ids) == {desk.item.pk}
    accept_all(desk)
    Item.objects.update(drawn_by="random")
    audit = audit_unanimous(desk.project, tgt_lang="de", runs=runs)
    assert (audit.n_items, audit.n_right) == (1, 1)
    desk.decide({"kind": "reject", "annotation": proposed(desk)["annotation"], "reason": "wrong-label"})
    audit = audit_unanimous(desk.project, tgt_lang="de", runs=runs)
    assert (audit.n_items, audit.n_right) == (1, 0)


def test_it_moves_along_with_an_edit_and_goes_with_its_word() -> None:
    desk = KindDesk.make(PARTICLE)
    edit = {"kind": "edit", "segment": desk.target().pk}
    desk.decide({**edit, "text": "Ada Brandt segelt dann los", "text_version": 1})
    shown = proposed(desk)
    assert shown["intervals"] == [[23, 26]]
    desk.decide({"kind": "relabel", "annotation": shown["annotation"], "label": desk.label("tags", "VERB")})
    desk.undo()
    assert proposed(desk)["annotation"] == shown["annotation"]
    desk = KindDesk.make(PARTICLE)
    desk.decide({**edit, "segment": desk.target().pk, "text": "Ada segelt dann", "text_version": 1})
    assert all(each["source_span"] for each in spans(desk))


def test_in_a_qualification_each_attempt_decides_on_a_tag_of_its_own() -> None:
    desk = KindDesk.make(PARTICLE)
    taker = make_member(desk.project, Membership.Role.REVIEWER)
    curator = make_member(desk.project, Membership.Role.CURATOR)
    gold = {"kind": "accept", "annotation": proposed(desk, curator)["annotation"], "surface": "los"}
    words = [desk.act("accept", key, surface=surface) for key, surface in (("ada", "Ada"), ("sails", "segelt"))]
    desk.decide(*words, gold, actor=curator)
    Item.objects.filter(pk=desk.item.pk).update(is_qualification=True)
    manager = desk.project.created_by
    set_qualification(project=desk.project, actor=manager, pass_percent=80, shows_gold=False)
    names = []
    for kind in ("reject", "accept"):
        shown = proposed(desk, taker)
        assert (shown["state"], shown["annotation"] != gold["annotation"]) == ("undecided", True)
        names.append(shown["annotation"])
        more = {"reason": "wrong-words"} if kind == "reject" else {"surface": "los"}
        outcome = desk.decide(*words, {"kind": kind, "annotation": shown["annotation"], **more}, actor=taker)
        assert outcome.review_state == "done"
        if kind == "reject":
            let_try_again(project=desk.project, actor=manager, reviewer=taker, tgt_lang="de")
    assert len(set(names)) == 2
    # Two of three words first, then all.
    assert list(Attempt.objects.order_by("number").values_list("percent", flat=True)) == [66.6, 100.0]
