"""How the cost of the statistical aligner grows: CPU seconds and peak memory by number of sentence pairs.

By hand: `python -m tests.benchmarks.bench_scale [BITEXT] [--sizes 1000 3000 10000 30000 100000]`. BITEXT is a folder
with `bible/` and `ntrex/` inside (one `LANG.txt.gz` each, line by line); English goes with German, Spanish, French,
Portuguese, Finnish and Swedish one after the other, so that no pair comes twice. Without it, random sentences with a
Zipf-like vocabulary. Every size is measured in a fresh process, so peak memory is that of the size. Linear cost shows
as the same seconds per 1,000 words at every size (longer sentences cost more than short ones: their cost is that of
the word pairs in them).
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

from projection.align.statistical import StatisticalAligner
from tests.benchmarks.bench_engine import Words, make_words, read_words

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000)
LANGS = ("de", "es", "fr", "pt", "fi", "sv")
N_ALIGNED = 1_000


def read_bitext(folder: Path) -> Iterator[tuple[Words, Words]]:
    """Pairs of the two collections, news first."""
    for lang in LANGS:
        for part in ("ntrex", "bible"):
            for src, tgt in zip(*(read_words(folder / part / f"{name}.txt.gz") for name in ("en", lang)), strict=True):
                if src and tgt:
                    yield src, tgt


def measure(bitext: Path | None, size: int) -> dict[str, float]:
    """CPU seconds to learn from so many pairs, to align the first thousand of them, and peak memory."""
    pairs = lambda: islice(read_bitext(bitext) if bitext else make_words(), size)  # noqa: E731
    aligner = StatisticalAligner()
    corpus = aligner.new_corpus()
    n_words = n_pairs = 0
    start_s = time.process_time()
    for src, tgt in pairs():
        corpus.add(src, tgt)
        n_words += len(src)
        n_pairs += 1
    aligner.learn(corpus, progress=lambda _: None)
    learned_s = time.process_time() - start_s
    first = list(islice(pairs(), N_ALIGNED))
    start_s = time.process_time()
    for start in range(0, len(first), 256):
        aligner.align_many(first[start : start + 256])
    aligned_s = time.process_time() - start_s
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"pairs": n_pairs, "words": n_words, "learned_s": learned_s, "aligned_s": aligned_s, "peak_mb": peak_mb}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bitext", nargs="?", type=Path)
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure(args.bitext, args.one)))
        return
    print(
        f"{'pairs':>8} {'words':>9} {'learn s':>8} {'s/1000':>7} {'s/1000 words':>13} {'align 1000':>11} {'peak MB':>8}"
    )
    for size in args.sizes:
        command = [sys.executable, "-m", "tests.benchmarks.bench_scale", "--one", str(size)]
        command += [str(args.bitext)] if args.bitext else []
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        learned_s = found["learned_s"]
        rates = (f"{1000 * learned_s / found[unit]:.3f}" for unit in ("pairs", "words"))
        cells = (found["pairs"], found["words"], f"{learned_s:.1f}", *rates, f"{found['aligned_s']:.2f}")
        print(" ".join(f"{cell:>12}" for cell in (*cells, f"{found['peak_mb']:.0f}")), flush=True)


if __name__ == "__main__":
    main()
