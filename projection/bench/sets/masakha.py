"""MasakhaNER joined to its source sentences: gold on the target side only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from projection.bench.sets.files import check_counts, find_files, read_sentences, read_table, same_language, tag_of
from projection.formats import Pair, Sentence, make_pair_item
from projection.types import TARGET, Item, Segment, Span


@dataclass(frozen=True, slots=True)
class OneSided:
    """Labelled target sentences with their unlabelled sources.

    Attributes:
        lang: target language, as the files name it.
        src_lang: language of most of its sources.
        files: what `read` reads.
    """

    lang: str
    src_lang: str
    files: tuple[Path, Path]

    def read(self) -> tuple[list[Item], list[tuple[Span, ...]], str]:
        """Items without spans, the gold target spans of each, and a note."""
        labelled, table = self.files
        found = read_sentences(labelled, lang=tag_of(self.lang))
        sources = [cells[3] for cells in _pair_rows(table)]
        check_counts(len(sources), len(found.rows), table, labelled)
        items, gold = [], []
        for number, (text, row) in enumerate(zip(sources, found.rows, strict=True), start=1):
            pair = Pair(str(number), Sentence(str(number), text), row)
            item = make_pair_item(pair, src_lang=self.src_lang, tgt_lang=tag_of(self.lang))
            gold.append(tuple(item.spans_of(TARGET)))
            items.append(replace(item, spans=()))
        return items, gold, found.note


def list_masakha(folder: Path) -> Iterator[OneSided]:
    """`{lang}.conll` with `{lang}.pairs.tsv` (split, file, line, source, target)."""
    place = folder / "ner-masakha-parallel"
    for file in find_files(place, "{lang}.conll"):
        table = place / f"{file['lang']}.pairs.tsv"
        if table.exists():
            yield OneSided(file["lang"], _source_language(table, file["lang"]), (file.path, table))


def _pair_rows(table: Path) -> list[list[str]]:
    return read_table(table, 5)[1:]


def _source_language(table: Path, lang: str) -> str:
    """The other language of the file (`en-yor/dev`) that the first row names."""
    pair = _pair_rows(table)[0][1].partition("/")[0].split("-")
    others = [name for name in pair if not same_language(name, lang)]
    return others[0] if others else "en"


def turned(item: Item, spans: tuple[Span, ...]) -> Item:
    """The item with its sides exchanged, and spans of its former target to project from."""
    source, target = item.segments
    segments: tuple[Segment, ...] = (replace(target, side="source"), replace(source, side="target"))
    moved = tuple(replace(span, segment=0, id=span.id or f"t{n}", source_id="") for n, span in enumerate(spans))
    return replace(item, segments=segments, spans=moved)
