"""`project --labels answers`: answers of question answering data."""

from __future__ import annotations

import argparse
from pathlib import Path

from projection.cli.console import show_result, warn
from projection.cli.files import check_outputs, inputs_of, read_located, write_files
from projection.cli.learning import keep, learn
from projection.cli.options import Pairs, build_projector
from projection.cli.summary import count_projections, describe, outputs, problem_records, with_candidates
from projection.engines import get_engine
from projection.errors import FormatError, Problem
from projection.formats import ReadResult, write_jsonl, write_squad
from projection.formats.squad import read_squad
from projection.transfer.answers import pair_passages, project_passages
from projection.types import SOURCE, TARGET, Item, Side


def run_answers(args: argparse.Namespace) -> None:
    """Project the answers of one SQuAD file onto another.

    Raises:
        FormatError: `no-pairs` where no paragraph of the two files belongs together.
    """
    check_outputs([args.out, args.candidates, args.save_model], inputs=inputs_of(args))
    engine = get_engine(args.engine)
    projector, settings = build_projector(engine, args.set)
    items, problems = _load_passages(args)
    warn(problems)
    if not items:
        fault = f"{args.src} and {args.tgt} have no paragraph in common."
        raise FormatError(Problem("no-pairs", fault, "Give files whose questions have the same ids."))
    learn(projector, Pairs(items, "icu", problems), args)
    found = project_passages(items, problems, projector)
    contents = {args.out: write_jsonl(found.items) if args.out.suffix == ".jsonl" else write_squad(found.items)}
    if args.candidates is not None:
        pairs = zip(found.items, found.projections, strict=True)
        contents[args.candidates] = write_jsonl([with_candidates(item, projection) for item, projection in pairs])
    write_files(contents, accept_losses=args.accept_losses)
    keep(projector, args.save_model)
    result = {
        "n_items": len(found.items),
        **count_projections(found.projections),
        "engine": engine.name,
        "settings": settings,
        "versions": engine.list_versions(settings),
        "outputs": outputs([args.out, args.candidates, args.save_model]),
        "problems": problem_records(found.problems),
    }
    show_result(result, as_json=args.json, lines=describe(result))


def _load_passages(args: argparse.Namespace) -> tuple[list[Item], list[Problem]]:
    """Paragraphs of the two files with both sides, and what could not be read or paired."""
    source = _load(args.src, args, lang=args.src_lang, side=SOURCE)
    return pair_passages(source, _load(args.tgt, args, lang=args.tgt_lang or "und", side=TARGET))


def _load(path: Path, args: argparse.Namespace, *, lang: str, side: Side) -> ReadResult[Item]:
    return read_located(path, lambda: read_squad(path.read_bytes(), encoding=args.encoding, lang=lang, side=side))
