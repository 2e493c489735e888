"""`project`: learn word links, carry the labels over, write the labelled target."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from projection.cli.console import Progress, show_result
from projection.cli.files import check_outputs, inputs_of, write_files
from projection.cli.learning import add_learning_options, keep, learn
from projection.cli.options import (
    Pairs,
    add_output_options,
    add_pair_options,
    add_set_option,
    build_projector,
    load_pairs,
)
from projection.cli.project_answers import run_answers
from projection.cli.project_tags import run_tags
from projection.cli.summary import (
    count_projections,
    describe,
    outputs,
    problem_records,
    with_best_spans,
    with_candidates,
)
from projection.engines import Engine, get_engine, list_engines
from projection.errors import EngineError, Problem
from projection.formats import WriteResult, write_conll, write_jsonl
from projection.projectors import Projection, Projector
from projection.types import Item

CHUNK_ITEMS = 256
LABELS = ("spans", "tags", "answers")


def add_command(commands: Any) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "project",
        help="project labels onto target sentences",
        description="Carry the labels of a CoNLL file over to its translation, given as text or CoNLL.",
        epilog=_describe_engines(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_pair_options(parser, tokens="auto")
    add_learning_options(parser)
    parser.add_argument(
        "--labels",
        choices=LABELS,
        default=LABELS[0],
        help="what is carried over: spans; tags, one for each token (CoNLL-U or two columns); or answers (SQuAD JSON)",
    )
    parser.add_argument(
        "--also-src",
        nargs=2,
        action="append",
        default=[],
        metavar=("FILE", "LANG"),
        help="tags: another source language of the same sentences; may be given again",
    )
    names = [engine.name for engine in list_engines()]
    parser.add_argument("--engine", default=names[0], help=f"one of {', '.join(names)} (default: {names[0]})")
    add_set_option(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="labelled target: .conll, or .jsonl")
    parser.add_argument("--candidates", type=Path, metavar="FILE", help="JSON Lines with all candidates and links")
    add_output_options(parser)
    parser.set_defaults(run=run)


def _describe_engines() -> str:
    lines = ["engines and their settings (--set KEY=VALUE):"]
    for engine in list_engines():
        lines.append(f"  {engine.name}: {engine.summary}")
        lines += [f"    {setting.name} (default {setting.default}): {setting.help}" for setting in engine.settings]
    return "\n".join(lines)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        EngineError: options that do not go together.
    """
    if args.also_src and args.labels != "tags":
        fault = "--also-src goes with --labels tags only."
        raise EngineError(Problem("bad-options", fault, "Leave it out, or project each source language on its own."))
    if args.labels == "answers":
        run_answers(args)
        return
    if args.labels == "tags":
        run_tags(args)
        return
    check_outputs([args.out, args.candidates, args.save_model], inputs=inputs_of(args))
    engine = get_engine(args.engine)
    projector, settings = build_projector(engine, args.set)
    pairs = load_pairs(args)
    learn(projector, pairs, args)
    projections = project_all(projector, pairs.items)
    write_projections(args.out, args.candidates, pairs.items, projections, accept_losses=args.accept_losses)
    keep(projector, args.save_model)
    result = _result(args, engine, settings, pairs, projections)
    show_result(result, as_json=args.json, lines=describe(result))


def project_all(projector: Projector, items: list[Item]) -> list[Projection]:
    """Project each item, with progress."""
    progress = Progress("projecting")
    projections: list[Projection] = []
    for start in range(0, len(items), CHUNK_ITEMS):
        projections += projector.project_many(items[start : start + CHUNK_ITEMS])
        progress(len(projections) / len(items))
    return projections


def write_projections(
    out: Path, candidates: Path | None, items: list[Item], projections: list[Projection], *, accept_losses: bool
) -> None:
    """Write the labelled target, and all candidates if asked for.

    Raises:
        LossError: the output cannot hold everything and the user has not accepted that.
    """
    labelled = [with_best_spans(item, found) for item, found in zip(items, projections, strict=True)]
    contents: dict[Path, WriteResult] = {}
    contents[out] = write_jsonl(labelled) if out.suffix == ".jsonl" else write_conll(labelled)
    if candidates is not None:
        full = [with_candidates(item, found) for item, found in zip(items, projections, strict=True)]
        contents[candidates] = write_jsonl(full)
    write_files(contents, accept_losses=accept_losses)


def _result(
    args: argparse.Namespace, engine: Engine, settings: Any, pairs: Pairs, projections: list[Projection]
) -> dict[str, Any]:
    return {
        "n_items": len(pairs.items),
        **count_projections(projections),
        "tokens": pairs.tokens,
        "engine": engine.name,
        "settings": settings,
        "versions": engine.list_versions(settings),
        "outputs": outputs([args.out, args.candidates, args.save_model]),
        "problems": problem_records(pairs.problems),
    }
