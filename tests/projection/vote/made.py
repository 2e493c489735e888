"""Items of every kind, their sheets, and the right answers to them."""

from __future__ import annotations

from projection.types import Candidate, Interval, Item, Relation, Segment, Span
from projection.vote.questions import LabelText, LayerText, Sheet, make_sheet

NAMES = LayerText(
    "names",
    "span",
    (LabelText("PER", "a person", "Person"), LabelText("LOC", "a place", "Ort"), LabelText("ORG")),
)
TOPIC = LayerText("topic", "class", (LabelText("travel"), LabelText("health"), LabelText("sports")))
GRADE = LayerText("grade", "grade", (LabelText("0"), LabelText("1"), LabelText("2")))
TAGS = LayerText("upos", "token", (LabelText("NOUN"), LabelText("VERB"), LabelText("PROPN")))
ROLES = LayerText("roles", "relation", (LabelText("lives-in"), LabelText("born-in")))
ANSWERS = LayerText("answers", "answer", (LabelText("answer"),))
LAYERS = (NAMES, TOPIC, GRADE, TAGS, ROLES, ANSWERS)

SOURCE = "Ada lives in Cologne with Ada."
TARGET = "Ada wohnt in Köln bei Ada."
WHOLE = (Interval(0, len(SOURCE)),)


def make_item(item_id: str = "i1", *, target: str = TARGET) -> Item:
    spans = (
        Span("PER", (Interval(0, 3),), 0, "names", "s1"),
        Span("LOC", (Interval(13, 20),), 0, "names", "s2"),
        Span("PER", (Interval(26, 29),), 0, "names", "s3"),
        Span("travel", WHOLE, 0, "topic", "c1"),
        Span("1", WHOLE, 0, "grade", "g1"),
        Span("VERB", (Interval(4, 9),), 0, "upos", "t1"),
        Span("answer", (Interval(13, 20),), 0, "answers", "a1"),
    )
    relations = (Relation("lives-in", "s1", "s2", "roles", "r1"),)
    segments = (Segment(SOURCE, "en", "source"), Segment(target, "de", "target"))
    return Item(item_id, segments, spans, relations=relations)


def make_truth(item_id: str = "i1") -> dict[tuple[str, str], Span | None]:
    whole = (Interval(0, len(TARGET)),)
    spans = {
        "s1": Span("PER", (Interval(0, 3),), 1, "names"),
        "s2": Span("LOC", (Interval(13, 17),), 1, "names"),
        "s3": Span("PER", (Interval(22, 25),), 1, "names"),
        "c1": Span("travel", whole, 1, "topic"),
        "g1": Span("1", whole, 1, "grade"),
        "t1": Span("VERB", (Interval(4, 9),), 1, "upos"),
        "a1": Span("answer", (Interval(13, 17),), 1, "answers"),
        "r1": Span("lives-in", (), 1, "roles"),
    }
    return {(item_id, key): span for key, span in spans.items()}


def sheet_of(*layers: LayerText, item_id: str = "i1", **options: object) -> Sheet:
    return make_sheet(make_item(item_id), layers or LAYERS, **options)


def proposals(**spans: Span | None) -> dict[str, Candidate]:
    return {key: Candidate(key, span, 0.5, reason="" if span else "no-link") for key, span in spans.items()}
