"""Files that were read and paired, and the items to be that come out of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from annotator.services.imports.layers import LayerPlan
from annotator.services.imports.problems import Located
from annotator.services.imports.spec import Documents, ImportSpec
from projection.formats import Pair, make_spans
from projection.types import Item, Segment


class Given(NamedTuple):
    """A file in memory."""

    name: str
    data: bytes


class Draft(NamedTuple):
    """An item to be, and the rows and lines that it comes from; the row is -1 where there is no target file.

    `place` says where it is in files that have no lines to speak of.
    """

    item: Item
    source_row: int
    target_row: int
    source_line: int
    target_line: int
    place: str = ""


class FileReport(NamedTuple):
    """What is shown about a file."""

    role: str
    name: str
    n_bytes: int
    format: str
    reason: str
    encoding: str
    newline: str
    n_rows: int


@dataclass(slots=True)
class Loaded:
    """Files read and paired.

    Attributes:
        files: what each file turned out to be.
        pairing: `position`, `id`, `table` or `same-file`; "" when nothing could be paired.
        pairing_reason: why, for people.
        pairs: sentences that belong together; empty for a file of items.
        items: items of a file that holds both sides, with their rows and lines.
        plan: which layers labels go to.
        problems: of files, rows and pairing.
        n_source: rows of the source.
        n_target: rows of the target.
    """

    files: list[FileReport] = field(default_factory=list)
    pairing: str = ""
    pairing_reason: str = ""
    pairs: list[Pair] = field(default_factory=list)
    items: list[Draft] = field(default_factory=list)
    plan: LayerPlan = field(default_factory=LayerPlan)
    problems: list[Located] = field(default_factory=list)
    n_source: int = 0
    n_target: int = 0

    @property
    def n_drafts(self) -> int:
        return len(self.pairs) or len(self.items)


@dataclass(frozen=True, slots=True)
class Languages:
    """Source and target language of the import."""

    src: str
    tgt: str


def iter_drafts(
    loaded: Loaded,
    *,
    spec: ImportSpec,
    langs: Languages,
    file_name: str,
    numbers: Collection[int] | None = None,
) -> Iterator[Draft]:
    """The items to be, in source or table order, made one by one; texts that have no tokens are not tokenised yet.

    Args:
        loaded: files that were read and paired.
        spec: how they are to be read.
        langs: languages of the import.
        file_name: the document of sentences whose file names none.
        numbers: only the drafts at these places, counted from 0.
    """
    chosen = range(loaded.n_drafts) if numbers is None else numbers
    for number in chosen:
        draft = _pair_draft(loaded.pairs[number], loaded.plan, langs) if loaded.pairs else loaded.items[number]
        item = draft.item
        item_id = f"{spec.id_prefix}{item.id}"
        document = _document(item.document, item_id, spec.documents, file_name)
        if item.id != item_id or item.document != document:
            # Faster than dataclasses.replace, and there may be a hundred thousand.
            item = Item(item_id, item.segments, item.spans, document, relations=item.relations)
            draft = draft._replace(item=item)
        yield draft


def _document(given: str, item_id: str, choice: Documents, file_name: str) -> str:
    if choice == "each":
        return item_id
    if choice == "file" and given:
        return given
    return file_name


def _pair_draft(pair: Pair, plan: LayerPlan, langs: Languages) -> Draft:
    source, target = pair.source, pair.target
    segments = (
        Segment(source.text, langs.src, "source", tokens=source.tokens),
        Segment(target.text, langs.tgt, "target", tokens=target.tokens),
    )
    spans = make_spans(source, side="source", layer=plan.layer)
    if plan.class_layer:
        spans = (*spans, *plan.classes(source, segment=0))
    item = Item(pair.id, segments, spans, document=source.document or target.document)
    return Draft(item, source.row, target.row, source.line, target.line)
