"""What the default engine costs beside eflomal and fast_align: CPU seconds on the same sentence pairs, in one run.

By hand: `python -m tests.benchmarks.bench_engine [SOURCE TARGET] [--pairs 1000] [--python PATH]` with two text files,
one sentence a line (tokens between blanks; .gz is read too); without files, random sentences with a Zipf-like
vocabulary.
`--python` names an interpreter that has the packages `eflomal` and `systran-align` (a build of fast_align); they are no
part of this project. Every source sentence gets two spans of one to three words to project.

What counts are the ratios. The other aligners only link words, both directions; of ours learning, linking and span
transfer are shown one by one. CPU seconds are user and system time, of the others without the start of Python.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from projection.align.statistical import StatisticalAligner
from projection.engines import get_engine
from projection.types import SOURCE, TARGET, Interval, Item, Segment, Span

Words = list[str]

_MEASURE = """
import json, os, resource, sys, time
folder = sys.argv[1]
path = lambda name: os.path.join(folder, name)
def cpu():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
"""

_FAST_ALIGN = """
import systran_align
start = cpu()
options = dict(iterations=5, favor_diagonal=True, optimize_tension=True, variational_bayes=True)
systran_align.generate_alignment_probabilities(path("both.txt"), path("forward"), path("reverse"), **options)
aligner = systran_align.Aligner(path("forward"), path("reverse"))
pairs = [line.rstrip("\\n").split(" ||| ") for line in open(path("both.txt"), encoding="utf-8")]
aligner.align_batch([src.split() for src, _ in pairs], [tgt.split() for _, tgt in pairs])
print(json.dumps(cpu() - start))
"""

_EFLOMAL = """
import eflomal
start = cpu()
with open(path("src.txt"), encoding="utf-8") as src, open(path("tgt.txt"), encoding="utf-8") as tgt:
    eflomal.Aligner().align(src, tgt, links_filename_fwd=path("fwd"), links_filename_rev=path("rev"))
print(json.dumps(cpu() - start))
"""

OTHERS = {"fast_align (systran-align)": _FAST_ALIGN, "eflomal": _EFLOMAL}


def read_words(path: Path) -> Iterator[Words]:
    open_text = gzip.open if path.suffix == ".gz" else open
    with open_text(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield line.split()


def make_words() -> Iterator[tuple[Words, Words]]:
    """Pairs of about 20 words: the target is the source with every word mapped to one of its own, locally shuffled."""
    random = np.random.default_rng(7)
    while True:
        ids = np.minimum(random.zipf(1.3, size=random.integers(5, 36)), 50_000)
        order = np.argsort(np.arange(len(ids)) + random.normal(0, 1.5, size=len(ids)))
        yield [f"{word * 104_729:x}src" for word in ids], [f"{ids[place] * 7_919:x}tgt" for place in order]


def load_pairs(files: list[Path], n_pairs: int) -> list[tuple[Words, Words]]:
    """The first pairs with words on both sides."""
    found = zip(*map(read_words, files), strict=True) if files else make_words()
    return list(islice(((src, tgt) for src, tgt in found if src and tgt), n_pairs))


def make_item(number: int, src: Words, tgt: Words) -> Item:
    """An item with two source spans."""
    random = np.random.default_rng(number)
    segments = (_segment(src, "en", SOURCE), _segment(tgt, "und", TARGET))
    spans = []
    for name in ("a", "b"):
        start = int(random.integers(len(src)))
        end = min(len(src), start + int(random.integers(1, 4)))
        tokens = segments[0].tokens
        spans.append(Span("X", (Interval(tokens[start].start_char, tokens[end - 1].end_char),), layer=name, id=name))
    return Item(str(number), segments, tuple(spans))


def _segment(words: Words, lang: str, side: str) -> Segment:
    tokens, end = [], 0
    for word in words:
        tokens.append(Interval(end, end + len(word)))
        end += len(word) + 1
    return Segment(" ".join(words), lang, side, tokens=tuple(tokens))


def measure_ours(pairs: list[tuple[Words, Words]]) -> dict[str, float]:
    """CPU seconds of each step of the default engine."""
    items = [make_item(number, src, tgt) for number, (src, tgt) in enumerate(pairs)]
    engine = get_engine("hmm")
    projector = engine.build(engine.read_settings({}))
    start_s = time.process_time()
    projector.fit(items, progress=lambda _: None)
    fitted_s = time.process_time()
    for start in range(0, len(items), 256):
        projector.project_many(items[start : start + 256])
    projected_s = time.process_time()
    aligner = StatisticalAligner()
    aligner.fit(pairs, progress=lambda _: None)
    begin_s = time.process_time()
    for start in range(0, len(pairs), 256):
        for posterior in aligner.align_many(pairs[start : start + 256]):
            posterior.hard_links()
    linking_s = time.process_time() - begin_s
    whole_s = projected_s - start_s
    return {
        "learn": fitted_s - start_s,
        "link": linking_s,
        "transfer": max(0.0, projected_s - fitted_s - linking_s),
        "whole": whole_s,
    }


def measure_other(python: str, code: str, pairs: list[tuple[Words, Words]]) -> float | None:
    """CPU seconds of another aligner, or None where its package is absent."""
    with tempfile.TemporaryDirectory() as folder:
        lines = {
            "src.txt": (" ".join(src) for src, _ in pairs),
            "tgt.txt": (" ".join(tgt) for _, tgt in pairs),
            "both.txt": (f"{' '.join(src)} ||| {' '.join(tgt)}" for src, tgt in pairs),
        }
        for name, content in lines.items():
            Path(folder, name).write_text("".join(f"{line}\n" for line in content), encoding="utf-8")
        done = subprocess.run(
            [python, "-c", _MEASURE + code, folder], capture_output=True, text=True, check=False, cwd=folder
        )
    if "ModuleNotFoundError" in done.stderr:
        return None
    done.check_returncode()
    return float(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--pairs", type=int, default=1_000)
    parser.add_argument("--python", default=sys.executable)
    args = parser.parse_args()
    pairs = load_pairs(args.files, args.pairs)
    measure_ours(pairs[:50])
    ours = measure_ours(pairs)
    print(f"{len(pairs)} pairs, {sum(len(src) for src, _ in pairs)} source words")
    print(f"{'':28} {'CPU s':>8} {'s/1000':>8} {'ratio':>8}")
    rows = [(f"default engine, {step}", seconds) for step, seconds in ours.items()]
    for name, seconds in [*rows, *((name, measure_other(args.python, code, pairs)) for name, code in OTHERS.items())]:
        if seconds is None:
            print(f"{name:28} ABSENT: install it for {args.python}, or name another with --python")
        else:
            print(f"{name:28} {seconds:8.2f} {1000 * seconds / len(pairs):8.2f} {seconds / ours['whole']:8.2f}")


if __name__ == "__main__":
    main()
