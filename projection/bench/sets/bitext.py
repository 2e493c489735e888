"""Parallel text to learn from besides the sentences of a set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from projection.bench.sets.files import find_files, read_lines, read_table, same_language, tag_of
from projection.formats import Sentence, make_pair_item
from projection.formats.pairing import Pair
from projection.formats.tokens import split_at_blanks
from projection.types import Item

Texts = Iterator[tuple[str, str]]


class BitextFile(NamedTuple):
    """Files of one parallel text and its sentence pairs."""

    files: tuple[Path, ...]
    read: Callable[[], Texts]


def _line_by_line(name: str) -> Callable[[Path, str, str], list[BitextFile]]:
    """A folder with one file a language; the n-th lines go together, empty ones are left out."""

    def find(folder: Path, src_lang: str, tgt_lang: str) -> list[BitextFile]:
        found = find_files(folder / "bitext" / name, "{lang}.txt.gz")
        paths = [
            next((file.path for file in found if same_language(file["lang"], lang)), None)
            for lang in (src_lang, tgt_lang)
        ]
        source, target = paths
        if source is None or target is None:
            return []
        return [BitextFile((source, target), lambda: zip(read_lines(source), read_lines(target), strict=False))]

    return find


def _table(name: str, patterns: Sequence[str], first_column: int) -> Callable[[Path, str, str], list[BitextFile]]:
    """Tab-separated files, each of one pair of languages."""

    def find(folder: Path, src_lang: str, tgt_lang: str) -> list[BitextFile]:
        found = [file for pattern in patterns for file in find_files(folder / "bitext" / name, pattern)]
        return [
            BitextFile((file.path,), _reader(file.path, first_column))
            for file in found
            if same_language(file["src"], src_lang) and same_language(file["tgt"], tgt_lang)
        ]

    return find


def _reader(path: Path, first_column: int) -> Callable[[], Texts]:
    return lambda: ((row[first_column], row[first_column + 1]) for row in read_table(path, first_column + 2))


CORPORA: dict[str, Callable[[Path, str, str], list[BitextFile]]] = {
    "ntrex": _line_by_line("ntrex"),
    "tico19": _table("tico19", ("{src}-{tgt}.tsv.gz",), 1),
    "tatoeba": _table("tatoeba", ("{src}-{tgt}.tsv",), 0),
    "mafand": _table("mafand", ("{src}-{tgt}.{part}.tsv.gz",), 0),
    "bible": _line_by_line("bible"),
}
CHOICES: dict[str, tuple[str, ...]] = {
    "none": (),
    "all": ("ntrex", "tico19", "tatoeba", "mafand"),
    "all+bible": tuple(CORPORA),
    **{name: (name,) for name in CORPORA},
}
"""What `--bitext` can name, and the corpora behind each."""


def find_bitext(folder: Path, choice: str, *, src_lang: str, tgt_lang: str) -> list[BitextFile]:
    """The parallel texts of a choice that there are for two languages."""
    return list(chain.from_iterable(CORPORA[name](folder, src_lang, tgt_lang) for name in CHOICES[choice]))


def read_bitext(found: Sequence[BitextFile], *, src_lang: str, tgt_lang: str, at_blanks: bool) -> Iterator[Item]:
    """Sentence pairs as items without labels.

    Args:
        found: from `find_bitext`.
        src_lang: language of the source.
        tgt_lang: language of the target.
        at_blanks: split both sides at blanks only, as the set does; else by the word boundaries of Unicode.
    """
    for number, (source, target) in enumerate(pair for file in found for pair in file.read()):
        if source.strip() and target.strip():
            name = f"bitext-{number}"
            rows = [Sentence(name, source), Sentence(name, target)]
            pair = Pair(name, *(split_at_blanks(rows) if at_blanks else rows))
            yield make_pair_item(pair, src_lang=src_lang, tgt_lang=tag_of(tgt_lang))
