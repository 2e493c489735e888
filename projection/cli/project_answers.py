"""`project --labels answers`: answers of question answering data."""

from __future__ import annotations

import argparse

from projection.cli.console import show_result, warn
from projection.cli.files import check_outputs, read_located, write_files
from projection.cli.learning import learn
from projection.cli.options import Pairs, build_projector
from projection.cli.summary import count_projections, describe, outputs, problem_records, with_candidates
from projection.engines import get_engine
from projection.errors import FormatError, Problem
from projection.formats import write_jsonl, write_squad
from projection.transfer.answers import project_passages, read_passages


def run_answers(args: argparse.Namespace) -> None:
    """Project the answers of one SQuAD file onto another.

    Raises:
        FormatError: `no-pairs` where no paragraph of the two files belongs together.
    """
    check_outputs([args.out, args.candidates, args.save_model])
    engine = get_engine(args.engine)
    projector, settings = build_projector(engine, args.set)
    langs = args.src_lang, args.tgt_lang or "und"
    data = args.src.read_bytes(), args.tgt.read_bytes()
    items, problems = read_located(args.src, lambda: read_passages(*data, langs=langs))
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
    result = {
        "n_items": len(found.items),
        **count_projections(found.projections),
        "engine": engine.name,
        "settings": settings,
        "versions": engine.list_versions(settings),
        "outputs": outputs([args.out, args.candidates]),
        "problems": problem_records(found.problems),
    }
    show_result(result, as_json=args.json, lines=describe(result))
