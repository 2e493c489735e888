"""How the cost of the statistical aligner grows: CPU seconds and peak memory at several corpus sizes, in one run.

By hand: `python tests/benchmarks/bench_engine.py [SOURCE TARGET] [--sizes 1000 3000 10000 30000]` with two text files,
one sentence a line; without files, random sentences with a Zipf-like vocabulary. What counts are the ratios: linear
cost shows as the same seconds per 1,000 pairs at every size. Peak memory is that of the process so far.
"""

from __future__ import annotations

import argparse
import gzip
import resource
import time
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from projection.align.statistical import StatisticalAligner

SIZES = (1_000, 3_000, 10_000, 30_000)


def read_words(path: Path) -> list[list[str]]:
    open_text = gzip.open if path.suffix == ".gz" else open
    with open_text(path, "rt", encoding="utf-8") as file:
        return [line.split() for line in file]


def make_words(n_pairs: int) -> list[tuple[list[str], list[str]]]:
    """Pairs of about 20 words: the target is the source with every word mapped to one of its own, locally shuffled."""
    random = np.random.default_rng(7)
    pairs = []
    for _ in range(n_pairs):
        ids = np.minimum(random.zipf(1.3, size=random.integers(5, 36)), 50_000)
        order = np.argsort(np.arange(len(ids)) + random.normal(0, 1.5, size=len(ids)))
        pairs.append(([f"{word:x}src" for word in ids], [f"{ids[place] * 7919:x}tgt" for place in order]))
    return pairs


def measure(pairs: list[tuple[list[str], list[str]]]) -> tuple[float, float]:
    """CPU seconds to learn, and to align the first 1,000 pairs again."""
    aligner = StatisticalAligner()
    start_s = time.process_time()
    aligner.fit(pairs, progress=lambda _: None)
    learned_s = time.process_time() - start_s
    start_s = time.process_time()
    for src, tgt in pairs[:1000]:
        aligner.align(src, tgt)
    return learned_s, time.process_time() - start_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES)
    args = parser.parse_args()
    if args.files:
        known = [(src, tgt) for src, tgt in zip(*map(read_words, args.files), strict=True) if src and tgt]
    else:
        known = make_words(max(args.sizes))
    print(f"{'pairs':>8} {'words':>9} {'learn s':>8} {'s/1000':>7} {'align 1000 s':>13} {'peak MB':>8}")
    for size in args.sizes:
        pairs = list(islice(cycle(known), size))
        learned_s, aligned_s = measure(pairs)
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        n_words = sum(len(src) for src, _ in pairs)
        print(
            f"{size:8} {n_words:9} {learned_s:8.1f} {1000 * learned_s / size:7.2f} {aligned_s:13.2f} {peak_mb:8.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
