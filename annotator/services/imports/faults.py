"""Why one item cannot be stored in a project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from annotator.models import Layer, Project
from annotator.services.imports.kind_faults import find_kind_faults
from annotator.services.imports.layers import Kind, Tagset
from annotator.services.imports.loaded import Languages
from annotator.services.imports.problems import DIFFERS, UNCHANGED, UNSTORABLE
from annotator.services.imports.stored import Stored
from annotator.services.imports.writing import iter_overlapping
from projection.errors import OffsetError
from projection.text import check_span
from projection.types import Item, Relation, Side, Span

MAX_TEXT_CHARS = 20_000
MAX_ID_CHARS = 300
MAX_DOCUMENT_CHARS = 300
MAX_LABEL_CHARS = 100
MAX_KEY_CHARS = 100
MAX_ROLE_CHARS = 20
MAX_SPANS = 1_000
MAX_SEGMENTS = 100

Fault = tuple[Side, str, str, str]


@dataclass(frozen=True, slots=True)
class Setting:
    """The part of a project that an import is checked against.

    Attributes:
        project: the project.
        langs: languages of the import.
        tagsets: layers by name.
        ids: ids that are taken in the target language.
        concepts: codes of the terminology.
        stored: the items of these that the files at hand bring again.
    """

    project: Project
    langs: Languages
    tagsets: dict[str, Tagset]
    ids: frozenset[str]
    concepts: frozenset[str] = frozenset()
    stored: Mapping[str, Stored] = field(default_factory=dict)


def read_setting(project: Project, *, tgt_lang: str) -> Setting:
    """Tagsets, concepts and the ids that are taken; four queries."""
    layers = Layer.objects.filter(project=project).prefetch_related("labels")
    tagsets = {layer.name: Tagset.of(layer) for layer in layers}
    ids = project.items.filter(tgt_lang=tgt_lang).values_list("external_id", flat=True)
    taken = frozenset(ids.iterator(chunk_size=10_000))
    concepts = frozenset(project.concepts.values_list("code", flat=True).iterator(chunk_size=10_000))
    return Setting(project, Languages(project.src_lang, tgt_lang), tagsets, taken, concepts)


def find_faults(item: Item, setting: Setting) -> Iterator[Fault]:
    """Why an item cannot be stored: side, code, fault, remedy."""
    sides = {segment.side for segment in item.segments}
    if sides != {"source", "target"}:
        missing = "target" if "source" in sides else "source"
        yield "source", f"no-{missing}", f"The item {item.id!r} has no {missing} segment.", "Add one or skip this row."
        return
    yield from _id_faults(item, setting)
    too_many = list(_size_faults(item))
    if too_many:
        yield from too_many
        return
    yield from _text_faults(item, setting.langs)
    yield from _span_faults(item, setting)


def _size_faults(item: Item) -> Iterator[Fault]:
    n_spans = len(item.spans) + len(item.relations)
    for name, n, limit in (("segments", len(item.segments), MAX_SEGMENTS), ("spans", n_spans, MAX_SPANS)):
        if n > limit:
            fault = f"The item has {n} {name}; {limit} are allowed."
            yield "source", f"too-many-{name}", fault, "Split it, or skip this row."


def _id_faults(item: Item, setting: Setting) -> Iterator[Fault]:
    stored = setting.stored.get(item.id)
    if stored is not None:
        yield _describe_stored(item, stored)
    for name, value, limit in (
        ("id", item.id, MAX_ID_CHARS),
        ("document", item.document, MAX_DOCUMENT_CHARS),
    ):
        if len(value) > limit:
            fault = f"The {name} has {len(value)} characters; {limit} are allowed."
            yield "source", f"{name}-too-long", fault, f"Shorten the {name}."
        elif UNSTORABLE.search(value):
            yield "source", "unstorable-text", f"The {name} holds a character that is not text.", "Take it out."


def _describe_stored(item: Item, stored: Stored) -> Fault:
    difference = stored.difference(item)
    if not difference:
        return "source", UNCHANGED, f"The item {item.id!r} is here already, unchanged.", ""
    fault = f"The item {item.id!r} is here already with {difference}: the stored one is kept."
    return "source", DIFFERS, fault, "Give the import an id prefix to bring this one as another item."


def _text_faults(item: Item, langs: Languages) -> Iterator[Fault]:
    for segment in item.segments:
        side = segment.side
        wanted = langs.src if side == "source" else langs.tgt
        if segment.lang != wanted:
            fault = f"The {side} is in {segment.lang!r}, but the {side} language of this import is {wanted!r}."
            yield side, "language-differs", fault, "Choose another target language or skip this row."
        if len(segment.text) > MAX_TEXT_CHARS:
            fault = f"The {side} sentence has {len(segment.text)} characters; {MAX_TEXT_CHARS} are allowed."
            yield side, "text-too-long", fault, "Split it, or check that the file has one sentence a line."
        elif UNSTORABLE.search(segment.text) or UNSTORABLE.search(segment.role):
            fault = f"The {side} sentence holds a character that is not text."
            yield side, "unstorable-text", fault, "Take it out or skip this row."
        if len(segment.role) > MAX_ROLE_CHARS:
            fault = f"The role of a segment has {len(segment.role)} characters; {MAX_ROLE_CHARS} are allowed."
            yield side, "role-too-long", fault, "Shorten it."


def _span_faults(item: Item, setting: Setting) -> Iterator[Fault]:
    spans = [span for span in item.spans if item.segments[span.segment].side == "source"]
    for relation in item.relations_of("source") if item.relations else ():
        yield from _label_faults(relation, setting.tagsets.get(relation.layer))
    for span in spans:
        yield from _label_faults(span, setting.tagsets.get(span.layer))
        try:
            check_span(item.segments[span.segment].text, span.intervals)
        except OffsetError as err:
            yield "source", err.problem.code, err.problem.message, err.problem.remedy
    yield from find_kind_faults(item, spans, setting.tagsets, setting.concepts)
    yield from _overlap_faults(spans, setting)


def _label_faults(span: Span | Relation, tagset: Tagset | None) -> Iterator[Fault]:
    if len(span.label) > MAX_LABEL_CHARS or UNSTORABLE.search(span.label):
        shown = span.label[:20]
        fault = f"The label {shown!r}… has {len(span.label)} characters; {MAX_LABEL_CHARS} are allowed."
        yield "source", "label-too-long", fault, "Check the tag column, or shorten the label."
    if len(span.id) > MAX_KEY_CHARS:
        fault = f"The id of a span has {len(span.id)} characters; {MAX_KEY_CHARS} are allowed."
        yield "source", "span-id-too-long", fault, "Shorten it."
    if len(span.layer) > MAX_LABEL_CHARS:
        fault = f"The name of a layer has {len(span.layer)} characters; {MAX_LABEL_CHARS} are allowed."
        yield "source", "layer-too-long", fault, "Shorten it."
    if UNSTORABLE.search(span.id + span.layer):
        fault = "The id or the layer of a span holds a character that is not text."
        yield "source", "unstorable-text", fault, "Take it out."
    if tagset is not None:
        yield from _tagset_faults(span, tagset)


def _tagset_faults(span: Span | Relation, tagset: Tagset) -> Iterator[Fault]:
    if isinstance(span, Relation) != (tagset.kind == Kind.RELATION):
        words = "relations" if tagset.kind == Kind.RELATION else "no relations"
        fault = f"The layer {span.layer} holds {words}, and the label {span.label} is something else."
        yield "source", "wrong-layer-kind", fault, "Use another layer."
    if not tagset.is_open and span.label not in tagset.labels:
        known = ", ".join(sorted(tagset.labels)) or "none"
        fault = f"The layer {span.layer} is closed and has no label {span.label!r}."
        yield "source", "unknown-label", fault, f"Its labels: {known}. Add the label to the project, or skip this row."
    if (
        isinstance(span, Span)
        and tagset.kind == Kind.SPAN
        and len(span.intervals) > 1
        and not tagset.allows_discontinuous
    ):
        fault = f"The {span.label} span has {len(span.intervals)} pieces, which the layer {span.layer} does not allow."
        yield "source", "discontinuous-span", fault, "Use another layer or skip this row."


def _overlap_faults(spans: Sequence[Span], setting: Setting) -> Iterator[Fault]:
    ordered = sorted(spans, key=lambda span: (span.segment, span.start_char, -span.end_char))
    for number, before in enumerate(ordered):
        tagset = setting.tagsets.get(before.layer)
        if tagset is None or tagset.allows_overlap or tagset.kind != Kind.SPAN:
            continue
        after = next(iter_overlapping(ordered, number), None)
        if after is not None:
            fault = (
                f"The spans {before.label} and {after.label} overlap, which the layer {before.layer} does not allow."
            )
            yield "source", "overlapping-spans", fault, "Use another layer or skip this row."
