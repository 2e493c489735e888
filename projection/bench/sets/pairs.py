"""Labelled sentence pairs of a set: source spans to project, and gold spans on the target side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from projection.bench.sets.files import (
    Found,
    check_counts,
    find_files,
    read_sentences,
    same_language,
    tag_of,
)
from projection.formats import (
    Pair,
    make_pair_item,
    pair_by_position,
    pair_by_table,
    read_id_table,
)
from projection.types import SOURCE, TARGET, Item, Span


@dataclass(frozen=True, slots=True)
class GoldPairs:
    """Sentence pairs of one language and part.

    Attributes:
        items: with source spans only.
        gold: target spans of each item.
        note: what a reader of the figures must know.
    """

    items: list[Item]
    gold: list[tuple[Span, ...]]
    note: str = ""


@dataclass(frozen=True, slots=True)
class PairSource:
    """Where labelled pairs come from, before anything is read.

    Attributes:
        name: of the set.
        lang: target language, as the files name it.
        part: `train`, `test`, ... or "".
        files: what `read` reads.
        read: reads them.
    """

    name: str
    lang: str
    part: str
    files: tuple[Path, ...]
    read: Callable[[], GoldPairs]


def gold_pairs(pairs: Sequence[Pair], *, src_lang: str, tgt_lang: str, notes: Iterable[str] = ()) -> GoldPairs:
    """Items without target spans, and those spans."""
    items, gold = [], []
    for number, pair in enumerate(pairs, start=1):
        item = make_pair_item(pair._replace(id=str(number)), src_lang=src_lang, tgt_lang=tgt_lang)
        items.append(replace(item, spans=tuple(item.spans_of(SOURCE))))
        gold.append(tuple(item.spans_of(TARGET)))
    return GoldPairs(items, gold, "; ".join(note for note in notes if note))


def _by_position(source: Path, target: Path, lang: str) -> GoldPairs:
    left, right = read_sentences(source, lang="en"), read_sentences(target, lang=tag_of(lang))
    check_counts(len(left.rows), len(right.rows), source, target)
    pairs = pair_by_position(left.rows, right.rows).pairs
    return gold_pairs(pairs, src_lang="en", tgt_lang=tag_of(lang), notes=(left.note, right.note))


def _targets(found: Iterable[Found]) -> Iterator[Found]:
    return (file for file in found if not same_language(file["lang"], "en"))


def list_ote(folder: Path) -> Iterator[PairSource]:
    """Opinion targets of restaurant reviews: `{lang}.manual.{part}.tsv` beside `en.absa.{part}.tsv`."""
    place = folder / "ote-absa"
    for file in _targets(find_files(place, "{lang}.manual.{part}.tsv")):
        source = place / f"en.absa.{file['part']}.tsv"
        if source.exists():
            yield _positional("ote", file, source)


def list_europarl(folder: Path) -> Iterator[PairSource]:
    """Names in parliament speeches: `{lang}-europarl.{part}.conll02`."""
    place = folder / "ner-europarl"
    for file in _targets(find_files(place, "{lang}-europarl.{part}.conll02")):
        source = place / f"en-europarl.{file['part']}.conll02"
        if source.exists():
            yield _positional("europarl", file, source)


def list_abstrct(folder: Path) -> Iterator[PairSource]:
    """Argument components of clinical abstracts: `{lang}.{part}.manual.tsv.gz` beside `en.{part}.tsv.gz`."""
    place = folder / "am-abstrct"
    for file in _targets(find_files(place, "{lang}.{part}.manual.tsv.gz")):
        source = place / f"en.{file['part']}.tsv.gz"
        if source.exists():
            yield _positional("abstrct", file, source)


def _positional(name: str, file: Found, source: Path) -> PairSource:
    read = partial(_by_position, source, file.path, file["lang"])
    return PairSource(name, file["lang"], file["part"], (source, file.path), read)


def list_uner(folder: Path) -> Iterator[PairSource]:
    """Names of Universal NER on Parallel UD: `{lang}_pud-ud-test.iob2`, joined by `pud_ids.tsv`."""
    place = folder / "ner-uner-pud"
    source, table = place / "en_pud-ud-test.iob2", place / "pud_ids.tsv"
    if not (source.exists() and table.exists()):
        return
    for file in _targets(find_files(place, "{lang}_pud-ud-{part}.iob2")):
        read = partial(_by_table, source, file.path, table, file["lang"])
        yield PairSource("uner", file["lang"], file["part"], (source, file.path, table), read)


def _by_table(source: Path, target: Path, table: Path, lang: str) -> GoldPairs:
    left, right = read_sentences(source, lang="en"), read_sentences(target, lang=tag_of(lang))
    found = pair_by_table(read_id_table(table.read_bytes()), "en", lang, left.rows, right.rows)
    lost = f"{len(found.problems)} sentences could not be paired" if found.problems else ""
    return gold_pairs(found.pairs, src_lang="en", tgt_lang=tag_of(lang), notes=(left.note, right.note, lost))


def list_xsid(folder: Path) -> Iterator[PairSource]:
    """Slots of spoken requests: `{lang}.{part}.conll`, joined by the English utterance that each target names."""
    place = folder / "sid-xsid"
    for file in _targets(find_files(place, "{lang}.{part}.conll")):
        source = place / f"en.{file['part']}.conll"
        if source.exists():
            read = partial(_by_english, source, file.path, file["lang"])
            yield PairSource("xsid", file["lang"], file["part"], (source, file.path), read)


def _by_english(source: Path, target: Path, lang: str) -> GoldPairs:
    """Pair by position where the target names that English utterance, else by the utterance."""
    left, right = read_sentences(source, lang="en"), read_sentences(target, lang=tag_of(lang))
    by_text = {_packed(row.text): row for row in reversed(left.rows)}
    pairs = []
    for number, row in enumerate(right.rows):
        named = _packed(str(row.meta.get("text-en", "")))
        here = left.rows[number] if number < len(left.rows) else None
        partner = here if here is not None and named in ("", _packed(here.text)) else by_text.get(named)
        if partner is not None:
            pairs.append(Pair(row.id, partner, row))
    n_lost = len(right.rows) - len(pairs)
    lost = f"{n_lost} of {len(right.rows)} utterances have no English one" if n_lost else ""
    return gold_pairs(pairs, src_lang="en", tgt_lang=tag_of(lang), notes=(left.note, right.note, lost))


def _packed(text: str) -> str:
    return "".join(text.split()).casefold()


SPAN_SETS: dict[str, Callable[[Path], Iterator[PairSource]]] = {
    "ote": list_ote,
    "europarl": list_europarl,
    "uner": list_uner,
    "abstrct": list_abstrct,
    "xsid": list_xsid,
}
"""The sets with labelled spans on both sides, by the name of their table."""
