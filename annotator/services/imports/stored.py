"""What a project holds already of the items that an import brings again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from annotator.models import Item as ItemRow
from annotator.models import Project, Segment, SourceSpan
from projection.types import SOURCE, TARGET, Item

_CHUNK_ITEMS = 500

Label = tuple[object, ...]


@dataclass(slots=True)
class Stored:
    """Texts of an item by side, in order, and its source labels."""

    texts: dict[str, list[str]] = field(default_factory=lambda: {SOURCE: [], TARGET: []})
    labels: set[Label] = field(default_factory=set)

    def difference(self, item: Item) -> str:
        """What is different in an item that comes again, in words; "" when nothing is."""
        texts = {side: [part.text for part in item.segments if part.side == side] for side in (SOURCE, TARGET)}
        found = [f"another {side} text" for side in (SOURCE, TARGET) if texts[side] != self.texts[side]]
        if not found and _labels_of(item) != self.labels:
            found = ["other labels"]
        return " and ".join(found)


def _labels_of(item: Item) -> set[Label]:
    spans = item.spans_of(SOURCE)
    found: set[Label] = {
        (span.segment, span.layer, span.label, _places(span.intervals), span.concept) for span in spans
    }
    places = {span.id: (span.segment, _places(span.intervals)) for span in spans}
    found |= {(each.layer, each.label, places[each.head], places[each.tail]) for each in item.relations_of(SOURCE)}
    return found


def _places(intervals: Iterable[Sequence[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((start, end) for start, end in intervals)


def read_stored(project: Project, *, tgt_lang: str, ids: Sequence[str]) -> Mapping[str, Stored]:
    """Items of a project by the ids that files call them by; ids that it has not are left out."""
    stored: dict[str, Stored] = {}
    for chunk in _chunks(ids):
        rows = ItemRow.objects.filter(project=project, tgt_lang=tgt_lang, external_id__in=chunk)
        stored.update({name: Stored() for name in rows.values_list("external_id", flat=True)})
        texts = Segment.objects.filter(item__in=rows).order_by("item", "position")
        for name, side, text in texts.values_list("item__external_id", "side", "text"):
            stored[name].texts[side].append(text)
        spans = SourceSpan.objects.filter(item__in=rows)
        values = spans.filter(head=None).values_list(
            "item__external_id", "segment__position", "layer__name", "label__name", "intervals", "concept__code"
        )
        for name, segment, layer, label, intervals, concept in values:
            stored[name].labels.add((segment, layer, label, _places(intervals), concept or ""))
        ends = [f"{end}__{part}" for end in ("head", "tail") for part in ("segment__position", "intervals")]
        relations = spans.exclude(head=None).values_list("item__external_id", "layer__name", "label__name", *ends)
        for name, layer, label, head_segment, head, tail_segment, tail in relations:
            place = ((head_segment, _places(head)), (tail_segment, _places(tail)))
            stored[name].labels.add((layer, label, *place))
    return stored


def _chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while chunk := list(islice(rest, _CHUNK_ITEMS)):
        yield chunk
