"""Tables of labels of words and sentences: parts of speech projected, topics copied by key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path

from projection.bench.base import Case, Outcome, RowKey, Table, Workbench
from projection.bench.engine import bitext_of, paths_of
from projection.bench.sets.bitext import BitextFile, read_bitext
from projection.bench.sets.files import check_counts, find_files, read_lines, read_table, same_language
from projection.transfer.tags import TagSource, align_sentences, project_tags

_POS_FILE = "{lang}_pud-ud-{part}.conllu.gz"
_ONE = ("en",)
_SEVERAL = ("en", "de", "fr", "es")
_TOPIC_PARTS = ("train", "dev", "test")

Tagged = tuple[list[list[str]], list[list[str]]]
"""Words and tags of each sentence."""


def _list_pos(bench: Workbench) -> Iterator[Case]:
    found = {file["lang"]: file for file in find_files(bench.options.folder / "pos-pud", _POS_FILE)}
    for lang, file in found.items():
        for name, wanted in (("one source", _ONE), ("multi-source", _SEVERAL)):
            sources = [each for each in wanted if each in found and not same_language(each, lang)]
            if not bench.options.wants(lang) or len(sources) < min(2, len(wanted)):
                continue
            for choice in bench.options.bitext:
                bitext = {each: bitext_of(bench.options, choice, src_lang=each, tgt_lang=lang) for each in sources}
                if choice != "none" and not any(bitext.values()):
                    continue
                paths = {each: found[each].path for each in sources}
                key = RowKey("pos", lang, file["part"], f"{name}, bitext {choice}")
                files = (file.path, *paths.values(), *paths_of(list(chain.from_iterable(bitext.values()))))
                yield Case(key, files, partial(_measure_pos, lang, file.path, paths, bitext))


def _measure_pos(lang: str, path: Path, paths: dict[str, Path], bitext: dict[str, list[BitextFile]]) -> Outcome:
    words, gold = _read_conllu(path)
    sources, n_bitext = [], 0
    for name, src_path in paths.items():
        src_words, tags = _read_conllu(src_path)
        check_counts(len(src_words), len(words), src_path, path)
        items = read_bitext(bitext[name], src_lang=name, tgt_lang=lang, at_blanks=False)
        more = [(item.source.words, item.target.words) for item in items]
        n_bitext += len(more)
        links = align_sentences(src_words, words, bitext=more)
        sources.append(TagSource(name, src_words, tags, links))
    found = project_tags(words, sources).tags
    pairs = [pair for own, right in zip(found, gold, strict=True) for pair in zip(own, right, strict=True)]
    figures = {
        "accuracy": 100.0 * sum(own == right for own, right in pairs) / len(pairs),
        "n_tokens": len(pairs),
        "n_sources": len(sources),
        "n_bitext": n_bitext,
    }
    return Outcome(figures, "sources of multi-source rows: English, German, French, Spanish, less the target")


def _read_conllu(path: Path) -> Tagged:
    """Syntactic words and their universal tags."""
    words: list[list[str]] = [[]]
    tags: list[list[str]] = [[]]
    for line in read_lines(path):
        cells = line.split("\t")
        if not line.strip():
            words.append([])
            tags.append([])
        elif cells[0].isdigit():
            words[-1].append(cells[1])
            tags[-1].append(cells[3])
    kept = [number for number, sentence in enumerate(words) if sentence]
    return [words[number] for number in kept], [tags[number] for number in kept]


POS = Table(
    "pos",
    "Universal part-of-speech tags of Parallel UD, accuracy in percent; gold tokens on both sides",
    ("accuracy", "n_tokens", "n_sources", "n_bitext"),
    _list_pos,
)


def _list_topics(bench: Workbench) -> Iterator[Case]:
    place = bench.options.folder / "topic-sib200"
    folders = sorted(path for path in place.iterdir() if path.is_dir()) if place.is_dir() else []
    for folder in folders:
        parts = [(place / "eng_Latn" / f"{part}.tsv", folder / f"{part}.tsv") for part in _TOPIC_PARTS]
        known = [pair for pair in parts if all(path.exists() for path in pair)]
        if known and folder.name != "eng_Latn" and bench.options.wants(folder.name):
            key = RowKey("sib", folder.name, "", "label by key")
            yield Case(key, tuple(chain.from_iterable(known)), partial(_measure_topics, known))


def _measure_topics(parts: Sequence[tuple[Path, Path]]) -> Outcome:
    labels: dict[str, str] = {}
    rows: list[list[str]] = []
    for english, path in parts:
        labels |= {row[0]: row[1] for row in read_table(english, 3)[1:]}
        rows += read_table(path, 3)[1:]
    n_right = sum(labels.get(row[0]) == row[1] for row in rows)
    n_unmatched = sum(row[0] not in labels for row in rows)
    accuracy = 100.0 * n_right / len(rows) if rows else 0.0
    return Outcome({"accuracy": accuracy, "n_items": len(rows), "n_unmatched": n_unmatched})


SIB = Table(
    "sib",
    "Topics of SIB-200: the English label copied to the sentence with the same key, accuracy in percent",
    ("accuracy", "n_items", "n_unmatched"),
    _list_topics,
)
