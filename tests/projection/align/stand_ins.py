"""Tiny programs with the command lines of eflomal and fast_align, for tests where these are not installed.

Both link words in order; the stand-in of eflomal links by its lexical priors first. Each call is noted in a file.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

_EFLOMAL = """
import argparse, json
parser = argparse.ArgumentParser()
for short, long in [("s", "source"), ("t", "target"), ("f", "forward-links"), ("r", "reverse-links"), ("p", "priors")]:
    parser.add_argument(f"-{short}", f"--{long}", dest=short)
parser.add_argument("--overwrite", action="store_true")
args = parser.parse_args()
src, tgt = ([line.split() for line in open(path, encoding="utf-8")] for path in (args.s, args.t))
assert len(src) == len(tgt)
lines = open(args.p, encoding="utf-8").read().splitlines() if args.p else []
priors = {(kind, one, other): float(count) for kind, one, other, count in (line.split("\\t") for line in lines)}
with open(NOTES, "a") as notes:
    notes.write(json.dumps({"n_pairs": len(src), "priors": sorted(priors.values())}) + "\\n")
def best(words, partners, prior):
    choices = [max(range(len(partners)), key=lambda j: (prior(word, partners[j]), -abs(j - i)))
               for i, word in enumerate(words)]
    return [(i, j) for i, j in enumerate(choices)]
with open(args.f, "w") as forward, open(args.r, "w") as reverse:
    for one, other in zip(src, tgt):
        along = best(other, one, lambda word, partner: priors.get(("LEX", partner, word), 0))
        back = best(one, other, lambda word, partner: priors.get(("LEX", word, partner), 0))
        forward.write(" ".join(f"{j}-{i}" for i, j in along) + "\\n")
        reverse.write(" ".join(f"{i}-{j}" for i, j in back) + "\\n")
"""

_FAST_ALIGN = """
import argparse, json
parser = argparse.ArgumentParser()
parser.add_argument("-i")
for flag in "dovr":
    parser.add_argument(f"-{flag}", action="store_true")
args = parser.parse_args()
pairs = [line.rstrip("\\n").split(" ||| ") for line in open(args.i, encoding="utf-8")]
with open(NOTES, "a") as notes:
    notes.write(json.dumps({"n_pairs": len(pairs), "reverse": args.r}) + "\\n")
for src, tgt in pairs:
    n_src, n_tgt = len(src.split()), len(tgt.split())
    words = range(n_src) if args.r else range(n_tgt)
    limit = n_tgt if args.r else n_src
    print(" ".join(f"{i}-{i}" for i in words if i < limit))
"""


def install(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, code: str = "") -> Path:
    """Put a program on the search path; returns the file with its notes."""
    notes = folder / f"{name}.notes"
    bodies = {"eflomal-align": _EFLOMAL, "fast_align": _FAST_ALIGN}
    program = folder / name
    program.write_text(f"#!{sys.executable}\nNOTES = {str(notes)!r}\n{code or bodies[name]}", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    return notes


def read_notes(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
