"""Decisions on labels of every kind: what each may and may not, and that undo and redo bring all back."""

from __future__ import annotations

import copy
import uuid
from typing import Any

import pytest

from annotator.errors import BadRequestError, ConflictError
from annotator.models import Annotation, Decision, Layer
from annotator.queries.history import list_history
from annotator.queries.review import get_item, get_scheme
from tests.annotator.factories import make_member
from tests.annotator.kinds import SENTENCE, KindDesk

pytestmark = pytest.mark.django_db

TOPICS = {
    "lang": "de",
    "layers": [
        {"name": "topic", "kind": "class", "labels": ["sport", "science"], "scope": "item"},
        {"name": "tone", "kind": "class", "labels": ["calm", "angry"], "choice": "multiple"},
        {"name": "relevance", "kind": "class", "labels": ["0", "1"], "choice": "graded", "role": "passage"},
    ],
    "items": [
        {
            "segments": [
                ["source", "query", "tide tables"],
                ["source", "passage", "The tide rises."],
                ["target", "query", "Gezeiten"],
                ["target", "passage", "Die Flut steigt."],
            ],
            "spans": [
                {"key": "topic", "layer": "topic", "label": "sport"},
                {"key": "tone", "layer": "tone", "label": "calm"},
                {"key": "grade", "layer": "relevance", "label": "0", "at": 1},
            ],
        }
    ],
}
PIECES = {
    "lang": "de",
    "layers": [
        {"name": "verbs", "kind": "span", "labels": ["V"], "allows_discontinuous": True},
        {"name": "parts", "kind": "span", "labels": ["STEM", "END"], "is_by_character": True, "allows_overlap": True},
    ],
    "items": [
        {
            "segments": [["source", "text", "She gives it up ."], ["target", "text", "Sie gibt es nicht auf ."]],
            "spans": [
                {"key": "gives", "layer": "verbs", "label": "V", "text": ["gives", "up"], "to": ["gibt", "auf"]},
                {"key": "stem", "layer": "parts", "label": "STEM", "text": "give", "to": "gib"},
            ],
        }
    ],
}


def refusal(desk: KindDesk, *acts: dict[str, Any], actor: Any = None) -> tuple[str, str, str]:
    """Code, fault and remedy of the error; nothing may be written."""
    n_decisions = Decision.objects.count()
    with pytest.raises((BadRequestError, ConflictError)) as error:
        desk.decide(*acts, actor=actor)
    assert Decision.objects.count() == n_decisions
    problem = error.value.problem
    return problem.code, problem.message, problem.remedy


def kinds() -> list[str]:
    return list(Decision.objects.order_by("id").values_list("kind", flat=True))


# -------------------------------------------------------------------------------------------------------- token tags


def test_a_tag_is_relabelled_and_accepted_but_not_moved() -> None:
    desk = KindDesk.make(SENTENCE)
    desk.decide(desk.act("relabel", "sails", label=desk.label("tags", "NOUN")))
    desk.decide(desk.accept("sails"))
    tag = desk.annotation("sails")
    assert (tag.state, tag.label.name, tag.surface, tag.intervals) == ("accepted", "NOUN", "segelt", [[4, 10]])
    assert refusal(desk, desk.act("move", "sails", **desk.place("aus"))) == (
        "cannot-move",
        "A tag stays with its word.",
        "Reject it, and add one to the other word.",
    )
    desk.decide(desk.act("reject", "sails", reason="wrong-label"))
    for _ in range(3):
        desk.undo()
    assert (desk.state("sails"), desk.annotation("sails").label.name) == ("undecided", "VERB")
    for _ in range(3):
        desk.redo()
    assert desk.state("sails") == "rejected"


def test_an_added_tag_covers_one_word_that_has_none() -> None:
    desk = KindDesk.make(SENTENCE)
    add = desk.add("tags", "NOUN", **desk.place("Bremen"))
    desk.decide(add)
    assert Annotation.objects.get(pk=add["annotation"]).surface == "Bremen"
    assert refusal(desk, desk.add("tags", "NOUN", **desk.place("aus Bremen"))) == (
        "no-token",
        "A tag covers exactly one word.",
        "Mark one word.",
    )
    assert refusal(desk, desk.add("tags", "NOUN", **desk.place("Brem")))[0] == "no-token"
    assert refusal(desk, desk.add("tags", "NOUN", **desk.place("Bremen"))) == (
        "one-tag",
        "'Bremen' has the tag 'NOUN' already.",
        "Relabel or reject that one first.",
    )
    # What the machine proposes counts, too.
    assert refusal(desk, desk.add("tags", "NOUN", **desk.place("segelt")))[1] == "'segelt' has the tag 'VERB' already."
    desk.undo()
    assert Annotation.objects.get(pk=add["annotation"]).state == "withdrawn"
    desk.redo()
    assert Annotation.objects.get(pk=add["annotation"]).state == "accepted"


# ----------------------------------------------------------------------------------------------------------- classes


def test_of_a_single_class_one_is_accepted_in_the_whole_item() -> None:
    desk = KindDesk.make(TOPICS)
    desk.decide(desk.accept("topic"))
    assert desk.annotation("topic").surface == "Gezeiten"
    added = desk.add("topic", "science", surface="Gezeiten")
    assert refusal(desk, added) == (
        "one-class",
        "The class 'sport' is set already.",
        "Relabel or reject that one first.",
    )
    desk.decide(desk.act("relabel", "topic", label=desk.label("topic", "science")))
    assert desk.annotation("topic").state == "accepted"
    desk.decide(desk.act("reject", "topic", reason="wrong-label"))
    desk.decide(added)
    assert refusal(desk, desk.accept("topic"))[0] == "one-class"
    desk.undo()
    desk.undo()
    assert desk.annotation("topic").label.name == "science"
    assert refusal(desk, desk.act("move", "topic", **desk.place("Gezeiten")))[:2] == (
        "cannot-move",
        "A class is about the whole text.",
    )


def test_of_a_multiple_class_each_label_is_set_once_in_each_text() -> None:
    desk = KindDesk.make(TOPICS)
    add = desk.add("tone", "angry", segment=desk.target(0).pk, surface="Gezeiten")
    desk.decide(desk.accept("tone"), add)
    assert refusal(desk, {**add, "annotation": str(uuid.uuid4())})[1] == "The class 'angry' is set already."
    assert refusal(desk, desk.act("relabel", "tone", label=desk.label("tone", "angry")))[0] == "one-class"
    other = desk.add("tone", "angry", segment=desk.target(1).pk, surface="Die Flut steigt.")
    desk.decide(other)
    assert Annotation.objects.get(pk=other["annotation"]).intervals == [[0, 16]]
    desk.undo()
    desk.undo()
    assert {row.state for row in Annotation.objects.all()} == {"undecided", "withdrawn"}
    desk.redo()
    assert Annotation.objects.filter(state="accepted").count() == 2


def test_a_class_is_about_texts_of_its_role_and_the_words_that_were_seen() -> None:
    desk = KindDesk.make(TOPICS)
    desk.decide(desk.act("reject", "grade", reason="wrong-label"))
    assert refusal(desk, desk.add("relevance", "1", segment=desk.target(0).pk, surface="Gezeiten")) == (
        "no-such-segment",
        "The layer relevance is not about this text.",
        "Choose another.",
    )
    assert refusal(desk, desk.add("relevance", "1", surface="Die Flut sinkt."))[0] == "surface-differs"
    assert refusal(desk, desk.add("relevance", "1"))[0] == "surface-missing"
    desk.decide(desk.add("relevance", "1", surface="Die Flut steigt."))
    target = desk.target(1)
    target.text = " "
    target.save()
    assert refusal(desk, desk.add("relevance", "0", surface=" "))[0] == "empty-text"


# --------------------------------------------------------------------------------------------------------- relations


def test_a_relation_is_accepted_between_its_ends() -> None:
    desk = KindDesk.make(SENTENCE)
    desk.decide(desk.accept("lives"))
    relation = desk.annotation("lives")
    assert relation.state == "accepted"
    assert (relation.head, relation.tail) == (desk.annotation("ada"), desk.annotation("bremen"))
    # The ends themselves are still to be decided.
    assert (desk.state("ada"), kinds()) == ("undecided", ["accept"])
    desk.decide(desk.act("relabel", "lives", label=desk.label("relations", "born-in")))
    assert refusal(desk, desk.act("move", "lives", **desk.place("aus"))) == (
        "cannot-move",
        "A relation has no place of its own.",
        "Change its ends, or move the spans that it joins.",
    )
    desk.undo()
    desk.undo()
    assert desk.state("lives") == "undecided"
    desk.redo()
    assert desk.state("lives") == "accepted"


def test_a_relation_with_a_rejected_or_missing_end_is_not_accepted() -> None:
    desk = KindDesk.make(SENTENCE)
    desk.decide(desk.act("reject", "bremen", reason="wrong-words"))
    assert refusal(desk, desk.accept("lives")) == (
        "end-rejected",
        "The end 'Bremen' of this relation is rejected.",
        "Settle that span first, choose another end, or reject the relation.",
    )
    missing = copy.deepcopy(SENTENCE)
    missing["items"][0]["spans"][0]["to"] = None
    desk = KindDesk.make(missing)
    assert refusal(desk, desk.accept("lives"))[:2] == (
        "end-unplaced",
        "The end 'Ada' of this relation is not found in the translation.",
    )
    desk.decide(desk.act("move", "ada", **desk.place("Ada")))
    desk.decide(desk.accept("lives"))
    assert desk.state("lives") == "accepted"


def test_rejecting_an_end_reopens_the_relation_in_the_same_step_and_undo_brings_both_back() -> None:
    desk = KindDesk.make(SENTENCE)
    desk.decide(desk.accept("ada"), desk.accept("bremen"), desk.accept("lives"))
    desk.decide(desk.act("reject", "ada", reason="wrong-words"))
    assert (desk.state("ada"), desk.state("lives"), desk.item.state) == ("rejected", "undecided", "open")
    reopened = Decision.objects.get(kind="reopen")
    assert (reopened.step, reopened.ordinal) == (desk.last_step, 1)
    assert reopened.cause == {"end": str(desk.annotation("ada").pk)}
    assert "reopened" in list_history(desk.project, desk.reviewer)[0].words
    desk.undo()
    assert (desk.state("ada"), desk.state("lives")) == ("accepted", "accepted")
    desk.redo()
    assert (desk.state("ada"), desk.state("lives")) == ("rejected", "undecided")
    desk.undo()
    # A rejected relation has nothing to lose.
    desk.decide(desk.act("reject", "lives", reason="wrong-label"))
    desk.decide(desk.act("reject", "ada", reason="wrong-words"))
    assert Decision.objects.filter(kind="reopen", step=desk.last_step).count() == 0


def test_confirming_that_an_end_is_not_in_the_translation_reopens_the_relation() -> None:
    missing = copy.deepcopy(SENTENCE)
    missing["items"][0]["spans"][0]["to"] = None
    desk = KindDesk.make(missing)
    desk.decide(desk.act("move", "ada", **desk.place("Ada")))
    desk.decide(desk.accept("lives"))
    desk.undo()
    desk.undo()
    assert refusal(desk, desk.accept("lives"))[0] == "end-unplaced"
    desk.decide(desk.act("accept", "ada", surface=""))
    assert (desk.state("ada"), desk.annotation("ada").reason.code) == ("rejected", "not-in-translation")


def test_a_relation_is_added_between_any_two_spans() -> None:
    desk = KindDesk.make(SENTENCE)
    span = desk.add("entities", "LOC", **desk.place("aus"))
    desk.decide(span)
    add = desk.add("relations", "born-in", head=desk.ref("ada"), tail=span["annotation"])
    desk.decide(add)
    relation = Annotation.objects.get(pk=add["annotation"])
    assert (relation.state, relation.head.surface, relation.tail.surface) == ("accepted", "Ada", "aus")
    desk.undo()
    relation.refresh_from_db()
    assert relation.state == "withdrawn"
    desk.redo()
    item = get_item(desk.project, desk.item.pk, reviewer=desk.reviewer)
    assert item is not None
    shown = item.data["spans"][-1] if item.data["spans"][-1]["kind"] == "relation" else item.data["spans"][-2]
    assert (shown["head"], shown["tail"], shown["segment"]) == (desk.ref("ada"), span["annotation"], None)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"tail": None}, ("ends-missing", "A relation joins two spans.", "Name its head and its tail.")),
        ({"tail": "@ada"}, ("same-ends", "A relation joins two different spans.", "Choose another end.")),
        ({"tail": "@lives"}, ("bad-end", "A relation cannot join 'Ada → Bremen'.", "Choose a span or a tagged word.")),
        ({"tail": "s987654"}, ("no-such-span", "The span is not in this item.", "Reload the item.")),
        (
            {"tail": "Bremen"},
            (
                "bad-act",
                "'Bremen' names no span.",
                "Give s and the id of a source span, or the id of an added span.",
            ),
        ),
        (
            {"label": "@lives-in"},
            ("same-relation", "The two spans are joined by 'lives-in' already.", "Decide on that one."),
        ),
    ],
)
def test_a_wrong_relation_is_refused(change: dict[str, Any], problem: tuple[str, str, str]) -> None:
    desk = KindDesk.make(SENTENCE)
    add = desk.add("relations", "born-in", head=desk.ref("ada"), tail=desk.ref("bremen"))
    for key, value in change.items():
        is_named = isinstance(value, str) and value.startswith("@")
        if key == "label":
            add[key] = desk.label("relations", value[1:])
        else:
            add[key] = desk.ref(value[1:]) if is_named else value
    assert refusal(desk, add) == problem
    assert not Annotation.objects.exists()


def test_the_ends_of_a_relation_can_be_changed() -> None:
    desk = KindDesk.make(SENTENCE)
    desk.decide(desk.accept("lives"))
    desk.decide(desk.act("link", "lives", tail=desk.ref("sails")))
    relation = desk.annotation("lives")
    assert (relation.state, relation.head.surface, relation.tail.surface) == ("accepted", "Ada", "segelt")
    assert list_history(desk.project, desk.reviewer)[0].words.translate(dict.fromkeys((0x2066, 0x2068, 0x2069))) == (
        "Ada → segelt: linked lives-in"
    )
    desk.undo()
    assert desk.annotation("lives").tail.surface == "Bremen"
    desk.redo()
    assert desk.annotation("lives").tail.surface == "segelt"
    assert refusal(desk, desk.act("link", "lives"))[:2] == ("ends-missing", "No end was named.")
    assert refusal(desk, desk.act("link", "lives", head=desk.ref("sails")))[0] == "same-ends"
    # Another person sees which ends are accepted.
    stale = desk.act("accept", "lives", surface="", head=desk.ref("ada"), tail=desk.ref("bremen"))
    assert refusal(desk, stale)[0] == "span-differs"


def test_a_rejected_relation_is_open_again_when_it_gets_another_end() -> None:
    desk = KindDesk.make(SENTENCE)
    desk.decide(desk.act("reject", "lives", reason="other"))
    desk.decide(desk.act("link", "lives", tail=desk.ref("sails")))
    assert desk.state("lives") == "undecided"


def test_a_span_is_not_taken_back_under_the_relation_of_another_person() -> None:
    desk = KindDesk.make(SENTENCE)
    curator = make_member(desk.project, "curator")
    span = desk.add("entities", "LOC", **desk.place("aus"))
    desk.decide(span)
    desk.item.reviews.update(claimed_by=None, claim_expires_at=None)
    desk.decide(desk.add("relations", "born-in", head=desk.ref("ada"), tail=span["annotation"]), actor=curator)
    desk.item.reviews.update(claimed_by=None, claim_expires_at=None)
    with pytest.raises(ConflictError) as error:
        desk.undo()
    assert error.value.problem.code == "end-in-use"
    assert error.value.problem.message == "'aus' is an end of 'Ada → aus', which is accepted."


# ---------------------------------------------------------------------------------------------------------- concepts


def test_a_concept_is_set_and_cleared_and_brought_back() -> None:
    desk = KindDesk.make(SENTENCE)
    concepts = {concept.code: concept.pk for concept in desk.project.concepts.all()}
    desk.decide(desk.act("link", "bremen", concept=concepts["Q2"]))
    bremen = desk.annotation("bremen")
    assert (bremen.state, bremen.concept.code) == ("undecided", "Q2")
    desk.decide(desk.accept("bremen"))
    desk.decide(desk.act("link", "bremen", concept=None))
    bremen.refresh_from_db()
    assert (bremen.state, bremen.concept) == ("accepted", None)
    desk.undo()
    assert desk.annotation("bremen").concept.code == "Q2"
    desk.undo()
    desk.undo()
    assert desk.annotation("bremen").concept is None
    desk.redo()
    assert desk.annotation("bremen").concept.code == "Q2"
    # The concept of the source comes with the proposal.
    desk.decide(desk.accept("ada"))
    assert desk.annotation("ada").concept.code == "Q1"


def test_a_wrong_concept_is_refused() -> None:
    desk = KindDesk.make(SENTENCE)
    other = KindDesk.make(SENTENCE)
    foreign = other.project.concepts.first().pk
    assert refusal(desk, desk.act("link", "ada", concept=foreign)) == (
        "no-such-concept",
        "The terminology has no such concept.",
        "Search it again.",
    )
    assert refusal(desk, desk.act("link", "sails", concept=desk.project.concepts.first().pk)) == (
        "no-concepts",
        "The layer tags takes no concepts.",
        "Choose a label only.",
    )
    assert refusal(desk, desk.act("link", "ada"))[:2] == ("concept-missing", "No concept was named.")


# --------------------------------------------------------------------------------- pieces, nesting, single characters


def test_a_span_gains_and_loses_a_piece() -> None:
    desk = KindDesk.make(PIECES)
    desk.decide(desk.act("move", "gives", **desk.place("gibt", "nicht", "auf")))
    assert desk.annotation("gives").surface == "gibt nicht auf"
    desk.decide(desk.act("move", "gives", **desk.place("gibt")))
    desk.undo()
    assert desk.annotation("gives").intervals == [[4, 8], [12, 17], [18, 21]]
    desk.undo()
    assert desk.annotation("gives").intervals == [[4, 8], [18, 21]]
    assert refusal(desk, desk.act("move", "stem", **desk.place("gib", "auf")))[:2] == (
        "discontinuous",
        "The layer parts takes spans in one piece.",
    )
    assert refusal(desk, desk.act("move", "gives", **desk.place("auf", "gibt")))[0] == "overlapping-intervals"


def test_spans_nest_where_the_layer_allows_it_and_stay_apart_in_other_layers() -> None:
    desk = KindDesk.make(PIECES)
    desk.decide(desk.add("parts", "END", **desk.place("gibt")))
    assert refusal(desk, desk.add("verbs", "V", **desk.place("nicht auf"))) == (
        "overlap",
        "'nicht auf' would overlap 'gibt auf'.",
        "Move or reject that one first, or allow overlap in the layer.",
    )


def test_a_layer_about_one_role_takes_spans_in_such_texts_only() -> None:
    desk = KindDesk.make(TOPICS)
    layer = Layer.objects.create(project=desk.project, name="answer", role="passage")
    label = layer.labels.create(name="A", color="#000000")
    add = {"kind": "add", "annotation": str(uuid.uuid4()), "layer": layer.pk, "label": label.pk}
    assert refusal(desk, {**add, **desk.place("Gezeiten")}) == (
        "wrong-role",
        "The layer answer is about texts of the role 'passage'.",
        "Choose such a text.",
    )
    desk.decide({**add, **desk.place("Flut", n=1)})
    assert Annotation.objects.get().surface == "Flut"


# -------------------------------------------------------------------------------------------------- what is sent


def test_the_screen_is_sent_kind_ends_and_concept_of_each_label() -> None:
    desk = KindDesk.make(SENTENCE)
    item = get_item(desk.project, desk.item.pk, reviewer=desk.reviewer)
    assert item is not None
    ada, _, lives, sails = item.data["spans"]
    concept = desk.project.concepts.get(code="Q1")
    assert ada["concept"] == {"id": concept.pk, "code": "Q1", "name": "Ada Brandt"}
    assert (ada["kind"], lives["kind"], sails["kind"]) == ("span", "relation", "token")
    assert (lives["head"], lives["tail"], lives["segment"], lives["intervals"]) == (
        desk.ref("ada"),
        desk.ref("bremen"),
        None,
        [],
    )
    source = item.data["source_spans"][2]
    assert (source["head"], source["tail"]) == (desk.span("ada").pk, desk.span("bremen").pk)
    layers = {layer["name"]: layer for layer in get_scheme(desk.project)["layers"]}
    assert layers["entities"]["has_concepts"]
    assert (layers["relations"]["kind"], layers["tags"]["scope"], layers["tags"]["choice"]) == (
        "relation",
        "segment",
        "single",
    )


def test_snapshots_from_before_there_were_relations_can_be_undone() -> None:
    desk = KindDesk.make(SENTENCE)
    desk.decide(desk.accept("bremen"))
    desk.undo()
    snapshot = {**Decision.objects.first().before, "intervals": desk.place("Bremen")["intervals"]}
    old = {key: value for key, value in snapshot.items() if key not in ("head", "tail", "concept")}
    bremen = desk.annotation("bremen")
    Annotation.objects.filter(pk=bremen.pk).update(state="accepted")
    Decision.objects.create(
        project=desk.project,
        item=desk.item,
        review=bremen.review,
        annotation=bremen,
        actor=desk.reviewer,
        step=uuid.uuid4(),
        kind="accept",
        before=old,
        after={**old, "state": "accepted"},
    )
    bremen.review.version = 3
    bremen.review.save()
    desk.undo()
    assert desk.state("bremen") == "undecided"
