"""XL-WA: gold word links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from projection.bench.sets.files import find_files, read_table, tag_of
from projection.formats import Pair, Sentence, make_pair_item, read_pharaoh
from projection.formats.tokens import split_at_blanks
from projection.types import Item


@dataclass(frozen=True, slots=True)
class GoldLinks:
    """Gold links of one language, by part.

    Attributes:
        lang: target language, as the files name it.
        parts: file of each part.
    """

    lang: str
    parts: dict[str, Path]

    def read(self) -> list[tuple[str, Item, list[tuple[int, int]]]]:
        """Part, item and links of each sentence pair of all parts."""
        found = []
        for part, path in self.parts.items():
            rows = read_table(path, 3)
            links = read_pharaoh("\n".join(cells[2] for cells in rows).encode()).rows
            for number, (cells, row) in enumerate(zip(rows, links, strict=True), start=1):
                pair = Pair(f"{part}-{number}", *split_at_blanks([Sentence("", cells[0]), Sentence("", cells[1])]))
                item = make_pair_item(pair, src_lang="en", tgt_lang=tag_of(self.lang))
                found.append((part, item, [(link.src, link.tgt) for link in row.sure]))
        return found


def list_wordalign(folder: Path) -> Iterator[GoldLinks]:
    """`xl-wa.en-{lang}.{part}.tsv`: two sentences split at blanks, links `i-j`."""
    by_lang: dict[str, dict[str, Path]] = {}
    for file in find_files(folder / "wordalign", "xl-wa.en-{lang}.{part}.tsv"):
        by_lang.setdefault(file["lang"], {})[file["part"]] = file.path
    for lang, parts in by_lang.items():
        yield GoldLinks(lang, parts)
