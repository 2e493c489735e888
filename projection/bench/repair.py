"""Table of the repair of AbstRCT, repeated from stored files."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from projection.bench.base import Case, Outcome, RowKey, Table, Workbench
from projection.bench.sets.files import Found, find_files, read_sentences, tag_of
from projection.tagging import write_tags
from projection.transfer.rules import repair_tags


def _list_repairs(bench: Workbench) -> Iterator[Case]:
    place = bench.options.folder / "am-abstrct"
    for file in find_files(place, "{lang}.{part}.auto.tsv.gz"):
        source, post = place / f"en.{file['part']}.tsv.gz", place / f"{file['lang']}.{file['part']}.post.tsv.gz"
        if bench.options.wants(file["lang"]) and source.exists() and post.exists():
            key = RowKey("abstrct-rules", file["lang"], file["part"], "published repair")
            yield Case(key, (source, file.path, post), partial(_measure_repair, source, file, post))


def _measure_repair(source: Path, auto: Found, post: Path) -> Outcome:
    lang = tag_of(auto["lang"])
    files = [read_sentences(source, lang="en"), read_sentences(auto.path, lang=lang), read_sentences(post, lang=lang)]
    before, after = files[1].rows, files[2].rows
    layers = [[write_tags(row.spans, len(row.tokens))[0] for row in file.rows] for file in files]
    repaired = [repair_tags(src, tgt) for src, tgt in zip(layers[0], layers[1], strict=True)]
    n_same = sum(ours == theirs for ours, theirs in zip(repaired, layers[2], strict=True))
    n_unchanged = sum(one.spans == other.spans for one, other in zip(before, after, strict=True))
    figures = {
        "same": 100.0 * n_same / len(repaired),
        "n_same": n_same,
        "n_sentences": len(repaired),
        "n_changed": len(repaired) - n_unchanged,
    }
    return Outcome(figures, "; ".join(dict.fromkeys(file.note for file in files if file.note)))


ABSTRCT_RULES = Table(
    "abstrct-rules",
    "Stored repair of AbstRCT repeated; same: sentences equal to the stored layer, changed: by the repair",
    ("same", "n_same", "n_sentences", "n_changed"),
    _list_repairs,
)
