"""What the kinds of layers ask of labels: where tags and classes sit, how many there are, which concepts there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

from annotator.models import Layer
from annotator.services.imports.layers import Kind, Tagset
from projection.text import tokenize
from projection.types import SOURCE, Interval, Item, Side, Span

Fault = tuple[Side, str, str, str]


def find_kind_faults(
    item: Item, spans: Sequence[Span], tagsets: Mapping[str, Tagset], concepts: Set[str]
) -> Iterator[Fault]:
    """Why labels cannot be stored in the layers that they name: side, code, fault, remedy.

    Layers that the project does not have yet take any span.
    """
    tokens: dict[int, frozenset[tuple[int, int]]] = {}
    seen: set[tuple[str, object]] = set()
    for span in spans:
        tagset = tagsets.get(span.layer)
        if tagset is None:
            continue
        yield from _role_faults(item, span, tagset)
        yield from _concept_faults(span, tagset, concepts)
        if tagset.kind == Kind.TOKEN:
            yield from _token_faults(item, span, tokens, seen)
        elif tagset.kind == Kind.CLASS:
            yield from _class_faults(item, span, tagset, seen)


def _role_faults(item: Item, span: Span, tagset: Tagset) -> Iterator[Fault]:
    role = item.segments[span.segment].role
    if tagset.role and role != tagset.role:
        fault = f"The label {span.label} is on a {role}, but {span.layer} is about texts of the role {tagset.role}."
        yield SOURCE, "wrong-role", fault, "Give the text that role, or use another layer."


def _concept_faults(span: Span, tagset: Tagset, concepts: Set[str]) -> Iterator[Fault]:
    if span.concept and not tagset.has_concepts:
        fault = f"The layer {span.layer} has no concepts, but a span in it has {span.concept!r}."
        yield SOURCE, "no-concepts", fault, "Let the layer have concepts, or leave them out."
    elif span.concept and span.concept not in concepts:
        fault = f"The terminology of the project has no concept {span.concept!r}."
        yield SOURCE, "unknown-concept", fault, "Upload it with the terminology first."


def _token_faults(
    item: Item, span: Span, tokens: dict[int, frozenset[tuple[int, int]]], seen: set[tuple[str, object]]
) -> Iterator[Fault]:
    segment = item.segments[span.segment]
    if span.segment not in tokens:
        found = segment.tokens or tokenize(segment.text, lang=segment.lang)
        tokens[span.segment] = frozenset((start, end) for start, end in found)
    if len(span.intervals) != 1 or tuple(span.intervals[0]) not in tokens[span.segment]:
        fault = f"The tag {span.label} is on {span.surface(segment.text)!r}, which is not one token."
        yield SOURCE, "not-one-token", fault, "Give the text the tokens that its tags are for."
        return
    place = (span.layer, (span.segment, span.start_char))
    if place in seen:
        fault = f"The token {span.surface(segment.text)!r} has two tags in the layer {span.layer}."
        yield SOURCE, "two-tags", fault, "Leave one."
    seen.add(place)


def _class_faults(item: Item, span: Span, tagset: Tagset, seen: set[tuple[str, object]]) -> Iterator[Fault]:
    segment = item.segments[span.segment]
    whole = (Interval(0, len(segment.text)),)
    if tuple(span.intervals) != whole:
        fault = f"The class {span.label} is on a part of the text."
        yield SOURCE, "not-whole-text", fault, f"Give it the interval 0-{len(segment.text)}."
    is_of_item = tagset.scope == Layer.Scope.ITEM
    if is_of_item and span.segment != _first(item, tagset.role):
        fault = f"The class {span.label} is about the whole item, but not on its first text."
        yield SOURCE, "not-first-text", fault, "Put it on the first text of the source."
    place = (span.layer, "item" if is_of_item else span.segment)
    if tagset.choice != Layer.Choice.MULTIPLE:
        if place in seen:
            fault = f"There are two classes of the layer {span.layer}, which allows one."
            yield SOURCE, "two-classes", fault, "Leave one, or let the layer have any number."
        seen.add(place)


def _first(item: Item, role: str) -> int:
    places = (number for number, each in enumerate(item.segments) if each.side == SOURCE and role in ("", each.role))
    return next(places, 0)
