"""Agreement at size, and how often its 95 % intervals hold the truth.

    python -m tests.benchmarks.bench_agreement size
    python -m tests.benchmarks.bench_agreement coverage

`size`: seconds and memory of alpha with 1,000 draws for 10,000, 100,000 and 1,000,000 ratings (three annotators, six
values, documents of 20 items), each level. `coverage`: 1,000 projects are drawn from a world whose coefficient is
known (from 2,000,000 items); documents differ in how hard they are, so that items of one document are alike.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np

from projection.measure.agreement import Draws, Level, Ratings, rate_all

SIZES = (10_000, 100_000, 1_000_000)
LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval", "ratio")
N_RUNS = 1_000
# Documents, items of a document, values, how unevenly these are spread.
WORLDS = ((20, 10, 4, 1.0), (40, 10, 4, 1.0), (100, 10, 2, 4.0), (100, 3, 6, 1.0))


def draw(
    random: np.random.Generator, n_documents: int, n_items: int, n_values: int, skew: float, n_raters: int = 3
) -> Ratings:
    """A project: each document has its own share of random answers."""
    n = n_documents * n_items
    shares = np.arange(1, n_values + 1) ** -skew if skew > 1 else np.ones(n_values)
    shares = shares / shares.sum()
    truth = random.choice(n_values, n, p=shares)
    noise = np.repeat(random.beta(2, 5, n_documents), n_items)
    guessed = random.random((n, n_raters)) < noise[:, None]
    value = np.where(guessed, random.choice(n_values, (n, n_raters), p=shares), truth[:, None])
    item, rater = np.divmod(np.arange(n * n_raters), n_raters)
    clusters = np.repeat(np.arange(n_documents), n_items)
    return Ratings(item, rater, value.ravel(), tuple(range(1, n_values + 1)), clusters, ("a", "b", "c"))


def show_sizes() -> None:
    print(f"{'ratings':>9} {'level':>9} {'alpha':>7} {'low':>7} {'high':>7} {'s':>7} {'peak MB':>8}")
    for size in SIZES:
        ratings = draw(np.random.default_rng(1), size // 60, 20, 6, 1.0)
        for level in LEVELS:
            start = time.perf_counter()
            found = rate_all(ratings, "alpha", level=level, draws=Draws(1_000))
            seconds = time.perf_counter() - start
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            if found.value is not None and found.interval is not None:
                low, high = found.interval.low, found.interval.high
                print(f"{size:9d} {level:>9} {found.value:7.4f} {low:7.4f} {high:7.4f} {seconds:7.2f} {peak:8d}")


def show_coverage() -> None:
    print(f"{'documents':>9} {'items':>6} {'values':>6} {'skew':>5} {'coefficient':>12} {'truth':>7} {'covered %':>9}")
    for world in WORLDS:
        n_documents, n_items, n_values, skew = world
        whole = draw(np.random.default_rng(0), 2_000_000 // n_items, n_items, n_values, skew)
        for name, given in (
            ("alpha", {"coefficient": "alpha"}),
            ("ordinal", {"coefficient": "alpha", "level": "ordinal"}),
            ("fleiss", {"coefficient": "fleiss"}),
            ("gwet", {"coefficient": "gwet"}),
        ):
            truth = rate_all(whole, **given).value  # type: ignore[arg-type]
            held = 0
            for run in range(N_RUNS):
                project = draw(np.random.default_rng([7, run]), *world)
                interval = rate_all(project, draws=Draws(1_000, seed=run), **given).interval  # type: ignore[arg-type]
                held += bool(interval and truth is not None and interval.low <= truth <= interval.high)
            covered = 100 * held / N_RUNS
            print(f"{n_documents:9d} {n_items:6d} {n_values:6d} {skew:5.1f} {name:>12} {truth:7.4f} {covered:9.1f}")


if __name__ == "__main__":
    {"size": show_sizes, "coverage": show_coverage}[sys.argv[1]]()
