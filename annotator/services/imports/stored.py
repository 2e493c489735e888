"""What a project holds already of the items that an import brings again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from annotator.models import Item as ItemRow
from annotator.models import Project, Segment, SourceSpan
from projection.types import SOURCE, TARGET, Item

_CHUNK_ITEMS = 500

Label = tuple[int, str, str, tuple[tuple[int, int], ...]]


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
    return {
        (span.segment, span.layer, span.label, tuple((start, end) for start, end in span.intervals))
        for span in item.spans
        if item.segments[span.segment].side == SOURCE
    }


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
        values = spans.values_list("item__external_id", "segment__position", "layer__name", "label__name", "intervals")
        for name, segment, layer, label, intervals in values:
            stored[name].labels.add((segment, layer, label, tuple((start, end) for start, end in intervals)))
    return stored


def _chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while chunk := list(islice(rest, _CHUNK_ITEMS)):
        yield chunk
