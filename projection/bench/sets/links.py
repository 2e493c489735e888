"""Stored links and stored projections of the OTE set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from projection.bench.sets.files import find_files
from projection.bench.sets.pairs import list_ote
from projection.formats import read_pharaoh
from projection.types import Alignment, Item

_METHODS = ("", "grow_diag_final-and", "itermax")


@dataclass(frozen=True, slots=True)
class StoredLinks:
    """Links of one aligner for one language and part.

    Attributes:
        lang: target language.
        part: of the set.
        aligner: who made the links.
        links: Pharaoh file.
        projection: projection by the published code over these links, or None.
        pairs_files: source and gold file.
    """

    lang: str
    part: str
    aligner: str
    links: Path
    projection: Path | None
    pairs_files: tuple[Path, ...]


def list_links(folder: Path) -> Iterator[StoredLinks]:
    """`alignments/en-{lang}.{aligner}.{part}.talp`, of several symmetrisations the one that was projected over."""
    place = folder / "ote-absa"
    for source in list_ote(folder):
        found: dict[str, dict[str, Path]] = {}
        prefix = f"en-{source.lang}.{{aligner}}.{source.part}"
        for file in find_files(place / "alignments", f"{prefix}.talp"):
            found.setdefault(file["aligner"], {})[""] = file.path
        for file in find_files(place / "alignments", f"{prefix}.{{method}}.talp"):
            found.setdefault(file["aligner"], {})[file["method"]] = file.path
        for aligner, paths in found.items():
            chosen = next((paths[method] for method in _METHODS if method in paths), None)
            stored = place / f"{source.lang}.{aligner}.{source.part}.tsv"
            if chosen is not None:
                projection = stored if stored.exists() else None
                yield StoredLinks(source.lang, source.part, aligner, chosen, projection, source.files)


def with_links(items: Sequence[Item], path: Path) -> list[Item]:
    """The items with the links of a Pharaoh file, line by line, after those that they have."""
    lengths = [(len(item.source.tokens), len(item.target.tokens)) for item in items]
    rows = read_pharaoh(path.read_bytes(), lengths=lengths).rows
    return [
        replace(item, alignments=(*item.alignments, Alignment((*row.sure, *row.possible))))
        for item, row in zip(items, rows, strict=True)
    ]
