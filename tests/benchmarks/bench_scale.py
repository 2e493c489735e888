"""How the cost of the default engine grows: CPU seconds and peak memory by number of sentence pairs.

By hand: `python -m tests.benchmarks.bench_scale [BITEXT] [--sizes 1000 3000 10000 30000 100000]`. BITEXT is a folder
with `bible/` and `ntrex/` inside (one `LANG.txt.gz` each, line by line); English goes with German, Spanish, French,
Portuguese, Finnish and Swedish one after the other, so that no pair comes twice. Without it, random sentences with a
Zipf-like vocabulary. Every source sentence has two spans of one to three words. The engine learns from all pairs and
projects all of them in chunks, which are read again and not kept. Every size is measured in a fresh process, so peak
memory is that of the size: after learning, and after all. Linear cost shows as the same seconds per 1,000 words at
every size (longer sentences cost more than short ones: their cost is that of the word pairs in them).
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from projection.engines import get_engine
from projection.types import Item
from tests.benchmarks.bench_engine import Words, make_item, make_words, read_words

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000)
LANGS = ("de", "es", "fr", "pt", "fi", "sv")
CHUNK_ITEMS = 256
TITLES = (
    *("pairs", "words"),
    *("learn s", "/1000 pairs", "/1000 words"),
    *("project s", "/1000 pairs", "/1000 words"),
    *("learned MB", "peak MB"),
)


def read_bitext(folder: Path) -> Iterator[tuple[Words, Words]]:
    """Pairs of the two collections, news first."""
    for lang in LANGS:
        for part in ("ntrex", "bible"):
            for src, tgt in zip(*(read_words(folder / part / f"{name}.txt.gz") for name in ("en", lang)), strict=True):
                if src and tgt:
                    yield src, tgt


def read_items(bitext: Path | None, size: int) -> Iterator[Item]:
    pairs = islice(read_bitext(bitext) if bitext else make_words(), size)
    return (make_item(number, src, tgt) for number, (src, tgt) in enumerate(pairs))


def measure(bitext: Path | None, size: int) -> dict[str, float]:
    """CPU seconds to learn from so many pairs and to project them, without those to read them; and peak memory."""
    engine = get_engine("hmm")
    projector = engine.build(engine.read_settings({}))
    start_s = time.process_time()
    n_words = sum(len(item.source.tokens) for item in read_items(bitext, size))
    read_s = time.process_time() - start_s
    projector.fit(read_items(bitext, size), progress=lambda _: None)
    learned_s = time.process_time() - start_s - 2 * read_s
    learned_mb = peak_mb()
    items, projected_s = read_items(bitext, size), 0.0
    while chunk := list(islice(items, CHUNK_ITEMS)):
        chunk_s = time.process_time()
        projector.project_many(chunk)
        projected_s += time.process_time() - chunk_s
    seconds = {"learned_s": learned_s, "projected_s": projected_s}
    return {"pairs": size, "words": n_words, **seconds, "learned_mb": learned_mb, "peak_mb": peak_mb()}


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bitext", nargs="?", type=Path)
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure(args.bitext, args.one)))
        return
    print(*(f"{title:>13}" for title in TITLES))
    for size in args.sizes:
        command = [sys.executable, "-m", "tests.benchmarks.bench_scale", "--one", str(size)]
        command += [str(args.bitext)] if args.bitext else []
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        cells = [str(found["pairs"]), str(found["words"])]
        for step in ("learned_s", "projected_s"):
            cells += [f"{found[step]:.1f}", *(f"{1000 * found[step] / found[unit]:.3f}" for unit in ("pairs", "words"))]
        cells += [f"{found[name]:.0f}" for name in ("learned_mb", "peak_mb")]
        print(*(f"{cell:>13}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
