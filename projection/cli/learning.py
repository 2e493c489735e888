"""Options about what an engine learns from, and models that are kept for later."""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from projection.align.base import LexiconEntry
from projection.cli.console import Progress, warn
from projection.cli.files import read_located
from projection.cli.options import Pairs, load_bitext
from projection.errors import EngineError, Problem
from projection.formats.lexicon import Term, read_lexicon
from projection.projectors import Projector, Stateless
from projection.text import tokenize
from projection.types import Item


def add_learning_options(parser: argparse.ArgumentParser) -> None:
    """`--bitext`, `--lexicon`, `--model` and `--save-model`."""
    parser.add_argument(
        "--bitext",
        nargs=2,
        type=Path,
        action="append",
        default=[],
        metavar=("SRC", "TGT"),
        help="more sentence pairs to learn word links from (two text files); may be given again",
    )
    parser.add_argument(
        "--lexicon", type=Path, metavar="FILE", help="known translations: source term, target term, weight (tabs)"
    )
    parser.add_argument(
        "--model", type=Path, metavar="FILE", help="use what --save-model wrote instead of learning from the sentences"
    )
    parser.add_argument("--save-model", type=Path, metavar="FILE", help="keep what was learned for later runs")


def learn(projector: Projector, pairs: Pairs, args: argparse.Namespace) -> None:
    """Learn as the options say, or load a model.

    Raises:
        EngineError: options that do not go together, or a model that does not fit.
        FormatError: a file cannot be read.
    """
    if (args.model or args.save_model) and isinstance(getattr(projector, "inner", projector), Stateless):
        fault = "This engine learns nothing that could be kept."
        raise EngineError(Problem("bad-options", fault, "Leave --model and --save-model out."))
    if args.model:
        _load(projector, pairs.items, args)
        return
    if args.lexicon:
        _use_lexicon(projector, args)
    bitext = load_bitext([(src, tgt) for src, tgt in args.bitext], args, like=pairs.tokens)
    projector.fit(chain(pairs.items, bitext), progress=Progress("learning"))


def keep(projector: Projector, path: Path | None) -> None:
    """Write what was learned to the file of `--save-model`, if there is one."""
    if path is None:
        return
    pending = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        projector.save(pending)
        pending.replace(path)
    finally:
        pending.unlink(missing_ok=True)


def _load(projector: Projector, items: Sequence[Item], args: argparse.Namespace) -> None:
    given = [name for name, value in vars(args).items() if name in ("bitext", "lexicon", "save_model") and value]
    if given:
        fault = f"--model goes without --{given[0].replace('_', '-')}, because nothing is learned then."
        raise EngineError(Problem("bad-options", fault, "Leave one of them out."))
    projector.load(args.model)
    found = projector.project(items[0])
    if any(candidate.reason == "no-model" for candidate in found.candidates) or found.alignment is None:
        langs = f"{args.src_lang} to {args.tgt_lang or 'und'}"
        fault = f"{args.model} was not learned from {langs}."
        raise EngineError(Problem("other-languages", fault, "Give --src-lang and --tgt-lang as they were then."))


def _use_lexicon(projector: Projector, args: argparse.Namespace) -> None:
    use = getattr(projector, "use_lexicon", None)
    if use is None:
        fault = "This engine cannot use a term list."
        raise EngineError(Problem("no-lexicon", fault, "Leave --lexicon out, or use the engine hmm."))
    read = read_located(args.lexicon, lambda: read_lexicon(args.lexicon.read_bytes(), encoding=args.encoding))
    warn(read.problems, path=str(args.lexicon))
    use(list(chain.from_iterable(_entries(term, args.src_lang, args.tgt_lang) for term in read.rows)))


def _entries(term: Term, src_lang: str, tgt_lang: str) -> list[LexiconEntry]:
    """Pairs of words of a term; those of terms of several words share its weight: each word counts once."""
    src_words = [term.src[start:end] for start, end in tokenize(term.src, lang=src_lang)]
    tgt_words = [term.tgt[start:end] for start, end in tokenize(term.tgt, lang=tgt_lang)]
    share = term.weight / max(len(src_words), len(tgt_words))
    return [LexiconEntry(src, tgt, share) for src in src_words for tgt in tgt_words]
