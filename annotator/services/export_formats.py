"""The formats that gold labels can be exported in: what each holds, and how items are fitted to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext_noop

from annotator.models import Layer
from projection import types
from projection.errors import Problem
from projection.formats import iter_conllu, iter_table, write_squad
from projection.formats.conll import iter_conll
from projection.formats.jsonl import iter_jsonl
from projection.formats.squad import CONTEXT, QUESTION, QUESTIONS

Kind = Layer.Kind
ALL_KINDS = frozenset(Kind.values)

Pieces = Iterator[tuple[str, list[Problem]]]


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format that gold labels can be exported in.

    Attributes:
        name: identifier in addresses and the API.
        title: for people.
        summary: what it can hold, in one sentence.
        extension: of the file name, without the dot.
        content_type: of the download.
        iterate: writer; takes items and the names of their layers that it can hold, and gives pieces of text with what
            they could not hold.
        kinds: kinds of the layers that it can hold.
        holds_source: whether it has a place for the source side.
        holds_one_segment: whether only labels of the first target segment of an item can be written.
    """

    name: str
    title: str
    summary: str
    extension: str
    content_type: str
    iterate: Callable[[Iterable[types.Item], Sequence[str]], Pieces]
    kinds: frozenset[str] = ALL_KINDS
    holds_source: bool = False
    holds_one_segment: bool = False


def _iter_squad(items: Iterable[types.Item], layers: Sequence[str]) -> Pieces:
    """One piece: the file is a single JSON object."""
    del layers
    written = write_squad(map(_with_questions, items))
    yield written.text, written.problems


def _with_questions(item: types.Item) -> types.Item:
    """An item whose answers are named by its question, as they are in the file."""
    n_questions = sum(segment.role == QUESTION and segment.side == types.TARGET for segment in item.segments)
    names = [item.id] if n_questions <= 1 else [f"{item.id}-{number}" for number in range(1, n_questions + 1)]
    spans: list[types.Span] = []
    for span in item.spans:
        is_answer = n_questions <= 1 and item.segments[span.segment].role in (CONTEXT, "text")
        if is_answer:
            n_before = sum(each.source_id == "" and each.id.partition("#")[0] == item.id for each in spans)
            span = replace(span, id=item.id if not n_before else f"{item.id}#{n_before + 1}", source_id="")
        spans.append(span)
    return replace(item, spans=tuple(spans), meta={QUESTIONS: names})


FORMATS = {
    each.name: each
    for each in (
        ExportFormat(
            name="conll",
            title="CoNLL",
            summary=gettext_noop(
                "One token and its tag (IOB2) a line, target side only, for training taggers: no nested, "
                "discontinuous or sub-token spans, no provenance."
            ),
            extension="conll",
            content_type="text/plain; charset=utf-8",
            iterate=lambda items, _: iter_conll(items),
            kinds=frozenset({Kind.SPAN}),
            holds_one_segment=True,
        ),
        ExportFormat(
            name="jsonl",
            title="JSON Lines",
            summary=gettext_noop(
                "One item a line with everything: both sides, all labels, rejected ones with their reason, and "
                "the decisions, candidates and runs behind each label."
            ),
            extension="jsonl",
            content_type="application/x-ndjson",
            iterate=lambda items, _: iter_jsonl(items),
            holds_source=True,
        ),
        ExportFormat(
            name="conllu",
            title="CoNLL-U",
            summary=gettext_noop("One token and its universal tag a line, target side only; no spans, no provenance."),
            extension="conllu",
            content_type="text/plain; charset=utf-8",
            iterate=lambda items, _: iter_conllu(items),
            kinds=frozenset({Kind.TOKEN}),
            holds_one_segment=True,
        ),
        ExportFormat(
            name="table",
            title=gettext_noop("Table of texts"),
            summary=gettext_noop(
                "One text a row with its classes in columns (tab separated), target side only; no spans, no provenance."
            ),
            extension="tsv",
            content_type="text/tab-separated-values; charset=utf-8",
            iterate=lambda items, layers: iter_table(items, layers=layers),
            kinds=frozenset({Kind.CLASS}),
        ),
        ExportFormat(
            name="squad",
            title="SQuAD JSON",
            summary=gettext_noop("Passages with questions and answers, target side only; answers in one piece each."),
            extension="json",
            content_type="application/json",
            iterate=_iter_squad,
            kinds=frozenset({Kind.SPAN}),
        ),
    )
}


def list_fitting(layers: Iterable[Layer]) -> list[ExportFormat]:
    """Formats that hold something of these layers; SQuAD where a layer is about passages."""
    listed = list(layers)
    kinds = {layer.kind for layer in listed}
    has_passages = any(layer.role == CONTEXT for layer in listed)
    return [each for each in FORMATS.values() if each.kinds & kinds and (each.name != "squad" or has_passages)]


def fit_item(item: types.Item, chosen: ExportFormat, kinds: Mapping[str, str]) -> tuple[types.Item, list[Problem]]:
    """The item with the labels that a format can hold, and one problem about the others.

    Args:
        item: with gold labels.
        chosen: the format.
        kinds: kind of each layer by name.
    """
    if chosen.kinds == ALL_KINDS:
        return item, []
    kept = tuple(span for span in item.spans if kinds[span.layer] in chosen.kinds)
    n_lost = len(item.spans) - len(kept) + len(item.relations)
    problems = list(_other_segment_losses(item, kept)) if chosen.holds_one_segment else []
    if n_lost:
        fault = f"{n_lost} label(s) of other kinds are left out."
        remedy = "Use JSON Lines to keep them, or another format for them."
        problems.append(Problem("other-kind", fault, remedy, place=f"item {item.id}", item_id=item.id))
    return replace(item, spans=kept, relations=()), problems


def _other_segment_losses(item: types.Item, spans: Iterable[types.Span]) -> Iterator[Problem]:
    written = item.segment_index(types.TARGET)
    for number, span in enumerate(spans, start=1):
        if span.segment != written:
            surface = span.surface(item.segments[span.segment].text)
            fault = f"The {span.label} span {surface!r} lies in another segment than the first target segment."
            remedy = "Left out: use JSON Lines to keep it."
            place = f"item {item.id}, span {number}"
            yield Problem("other-segment-span", fault, remedy, place=place, item_id=item.id)
