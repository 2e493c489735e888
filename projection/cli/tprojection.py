"""`tprojection propose`, `select` and `train`: T-Projection in steps, and the training of its model."""

from __future__ import annotations

import argparse
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

from projection.cli.console import Progress, show_result, warn
from projection.cli.files import check_outputs, inputs_of, load_sentences, read_located, write_files
from projection.cli.options import (
    add_json_option,
    add_output_options,
    add_pair_options,
    add_set_option,
    int_from,
    load_pairs,
    number_from,
    read_settings,
)
from projection.cli.project import CHUNK_ITEMS, project_all, write_projections
from projection.cli.summary import count_projections, describe, outputs, problem_records
from projection.engines import get_engine
from projection.engines.tprojection import link_learner, make_projector
from projection.errors import EngineError, FormatError, Problem
from projection.formats import WriteResult, make_sentence_item
from projection.neural import load_model
from projection.projectors.tprojection import SELECTION_MODES, TProjectionProjector, TProjectionSettings
from projection.transfer.decoder import DecoderSettings
from projection.transfer.tprojection.improved import N_GRAM_USES, SelectionSettings
from projection.transfer.tprojection.proposers import RecordedProposer, RecordedScorer
from projection.transfer.tprojection.records import (
    Record,
    Scores,
    read_records,
    read_scores,
    write_records,
    write_scores,
)
from projection.transfer.tprojection.training import (
    TrainingReport,
    TrainingSettings,
    make_examples,
    save_proposer,
    train_proposer,
)
from projection.types import SOURCE, Item

_ENGINE = get_engine("tprojection")


def add_command(commands: Any) -> None:
    """Register the commands."""
    parser = commands.add_parser("tprojection", help="T-Projection: assign recorded proposals, train its model")
    nested = parser.add_subparsers(dest="step", required=True, metavar="STEP")
    _add_propose(nested)
    _add_select(nested)
    _add_train(nested)


def _add_propose(commands: Any) -> None:
    parser = commands.add_parser(
        "propose",
        help="write proposals and scores to files, for select",
        description="Let a text-to-text model propose strings for the labels, and a translation model score them.",
    )
    add_pair_options(parser, tokens="auto")
    add_set_option(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="proposals (JSON Lines)")
    parser.add_argument("--scores", type=Path, metavar="FILE", help="scores (JSON); needs the setting scorer")
    add_output_options(parser)
    parser.set_defaults(run=run_propose)


def _add_select(commands: Any) -> None:
    parser = commands.add_parser(
        "select",
        help="give source spans their targets from recorded proposals and scores",
        description="Assign the proposals of a T-Projection file (JSON Lines) to the source spans.",
    )
    by_name = {setting.name: setting for setting in _ENGINE.settings}
    parser.add_argument("--records", type=Path, required=True, metavar="FILE", help="sentence pairs with proposals")
    parser.add_argument("--scores", type=Path, metavar="FILE", help="scores of source and target strings (JSON)")
    parser.add_argument("--src-lang", default="en", metavar="CODE", help="language of the source (default: en)")
    parser.add_argument("--tgt-lang", default="und", metavar="CODE", help="language of the target")
    parser.add_argument("--mode", choices=SELECTION_MODES, default="improved", help=by_name["mode"].help)
    parser.add_argument("--align", action="store_true", help="learn word links from the sentences and let them help")
    parser.add_argument("--n-grams", choices=N_GRAM_USES, default="never", help=by_name["n_grams"].help)
    parser.add_argument("--min-score", type=float, default=by_name["min_score"].default, help=by_name["min_score"].help)
    parser.add_argument(
        "--top-k", type=int, default=by_name["n_alternatives"].default, help=by_name["n_alternatives"].help
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="labelled target: .conll, or .jsonl")
    parser.add_argument("--candidates", type=Path, metavar="FILE", help="JSON Lines with all candidates")
    add_output_options(parser)
    parser.set_defaults(run=run_select)


def _add_train(commands: Any) -> None:
    parser = commands.add_parser(
        "train",
        help="fine-tune a text-to-text model on labelled sentences",
        description="Teach a text-to-text model to write the strings of empty tags, from labelled source sentences.",
    )
    default = TrainingSettings()
    by_name = {setting.name: setting for setting in _ENGINE.settings}
    parser.add_argument("--src", type=Path, required=True, metavar="FILE", help="labelled sentences (CoNLL)")
    parser.add_argument("--src-lang", default="en", metavar="CODE", help="their language (default: en)")
    parser.add_argument("--encoding", help="encoding of the file (default: UTF-8, or UTF-16 with its mark)")
    parser.add_argument("--model", required=True, metavar="FOLDER", help="text-to-text model: folder or hub id")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="new folder for the trained model")
    parser.add_argument("--epochs", type=int_from(1), default=default.epochs, help="passes through the sentences")
    rate = number_from(0, is_open=True)
    parser.add_argument("--learning-rate", type=rate, default=default.learning_rate, help="highest learning rate")
    warmup_help = "steps until it is reached"
    parser.add_argument("--warmup-steps", type=int_from(0), default=default.warmup_steps, help=warmup_help)
    parser.add_argument("--batch-size", type=int_from(1), default=default.batch_size, help="sentences in a step")
    parser.add_argument("--max-length", type=int_from(16), default=default.max_length, help="most tokens of a sentence")
    parser.add_argument("--seed", type=int, default=default.seed, help="of the order of sentences and of dropout")
    parser.add_argument("--bf16", action="store_true", help="compute in bfloat16 (on a GPU)")
    parser.add_argument("--device", choices=by_name["device"].choices, default="auto", help=by_name["device"].help)
    add_json_option(parser)
    parser.set_defaults(run=run_train)


def run_propose(args: argparse.Namespace) -> None:
    """Run `propose`."""
    check_outputs([args.out, args.scores], inputs=inputs_of(args))
    settings = _ENGINE.read_settings(read_settings(args.set))
    for problem in _ENGINE.list_missing():
        raise EngineError(problem)
    if args.scores is not None and not settings["scorer"]:
        fault = "--scores needs a translation model."
        raise FormatError(Problem("missing-option", fault, "Name it with --set scorer=MODEL."))
    pairs = load_pairs(args)
    projector = make_projector(settings)
    projector.fit(pairs.items, progress=lambda _: None)
    records, scores, problems = _record_all(projector, pairs.items)
    warn(problems)
    contents = {args.out: write_records(records)}
    if args.scores is not None:
        named = replace(scores, model=str(settings["scorer"]))
        contents[args.scores] = WriteResult(write_scores(named), [], len(scores.by_pair))
    write_files(contents, accept_losses=args.accept_losses)
    written = outputs([args.out, args.scores])
    result = {
        "n_items": len(records),
        "n_scores": len(scores.by_pair),
        "tokens": pairs.tokens,
        "settings": settings,
        "versions": _ENGINE.versions(),
        "outputs": written,
        "problems": problem_records([*pairs.problems, *problems]),
    }
    counts = f"{len(records)} sentence pairs, {len(scores.by_pair)} scores"
    show_result(result, as_json=args.json, lines=[counts, *(f"wrote {path}" for path in written)])


def _record_all(projector: TProjectionProjector, items: list[Item]) -> tuple[list[Record], Scores, list[Problem]]:
    """Record all items, in chunks, with progress."""
    progress = Progress("proposing")
    records: list[Record] = []
    scores: dict[tuple[str, str], float] = {}
    problems: list[Problem] = []
    for start in range(0, len(items), CHUNK_ITEMS):
        own, found, faults = projector.record(items[start : start + CHUNK_ITEMS])
        records += own
        scores |= found.by_pair
        problems += faults
        progress(len(records) / len(items))
    return records, Scores(scores), problems


def run_select(args: argparse.Namespace) -> None:
    """Run `select`."""
    check_outputs([args.out, args.candidates], inputs=inputs_of(args))
    settings = _ENGINE.read_settings(
        {
            "model": str(args.records),
            "scorer": str(args.scores or ""),
            "mode": args.mode,
            "links": args.align,
            "n_grams": args.n_grams,
            "min_score": args.min_score,
            "n_alternatives": args.top_k,
        }
    )
    records = read_located(
        args.records, lambda: read_records(args.records.read_bytes(), src_lang=args.src_lang, tgt_lang=args.tgt_lang)
    )
    warn(records.problems, path=str(args.records))
    scores = _load_scores(args.scores, mode=args.mode)
    items = [record.item for record in records.rows]
    if not items:
        fault = "The file has no sentence pair."
        raise FormatError(Problem("no-pairs", fault, "Give a file of T-Projection records.", place=str(args.records)))
    decoder = DecoderSettings(n_alternatives=args.top_k, min_score=args.min_score)
    projector = TProjectionProjector(
        RecordedProposer.of(records.rows),
        RecordedScorer(scores.by_pair),
        TProjectionSettings(args.mode, SelectionSettings(decoder, n_grams=args.n_grams)),
        aligned=link_learner() if args.align and args.mode == "improved" else None,
    )
    projector.fit(items, progress=Progress("learning"))
    projections = project_all(projector, items)
    write_projections(args.out, args.candidates, items, projections, accept_losses=args.accept_losses)
    result = {
        "n_items": len(items),
        **count_projections(projections),
        "scores_of": scores.model,
        "settings": settings,
        "versions": _ENGINE.versions(),
        "outputs": outputs([args.out, args.candidates]),
        "problems": problem_records(records.problems),
    }
    show_result(result, as_json=args.json, lines=describe(result))


def _load_scores(path: Path | None, *, mode: str) -> Scores:
    if path is not None:
        return read_located(path, lambda: read_scores(path.read_bytes()))
    if mode == "published":
        fault = "--mode published needs --scores."
        raise FormatError(Problem("missing-option", fault, "Name the file of scores, or take --mode improved."))
    return Scores()


def run_train(args: argparse.Namespace) -> None:
    """Run `train`."""
    if args.out.exists():
        raise FormatError(Problem("folder-exists", "This exists already.", "Name a new folder.", place=str(args.out)))
    check_outputs([args.out], inputs=inputs_of(args))
    loaded = load_sentences(args.src, lang=args.src_lang, encoding=args.encoding)
    items = [make_sentence_item(sentence, lang=args.src_lang, side=SOURCE) for sentence in loaded.sentences]
    examples = make_examples(items)
    if not examples:
        fault = "The file has no labelled sentence."
        raise FormatError(Problem("no-examples", fault, "Give CoNLL with labels.", place=str(args.src)))
    labels = sorted({span.label for item in items for span in item.spans})
    model = load_model(args.model, task="seq2seq", device=args.device)
    report = train_proposer(
        model,
        examples,
        lang=args.src_lang,
        labels=labels,
        settings=_training_settings(args),
        progress=Progress("training"),
    )
    warn(report.problems, path=str(args.src))
    temporary = args.out.with_name(f".{args.out.name}.{secrets.token_hex(4)}.tmp")
    save_proposer(model, temporary)
    temporary.rename(args.out)
    result = _train_result(args, labels, report, [*loaded.problems, *report.problems])
    losses = ", ".join(f"{loss:.3f}" for loss in report.losses)
    lines = [f"{report.n_examples} sentences, {report.n_steps} steps, loss by epoch {losses}", f"wrote {args.out}"]
    show_result(result, as_json=args.json, lines=lines)


def _training_settings(args: argparse.Namespace) -> TrainingSettings:
    return TrainingSettings(
        learning_rate=args.learning_rate,
        warmup_steps=args.warmup_steps,
        epochs=args.epochs,
        batch_size=args.batch_size,
        max_length=args.max_length,
        seed=args.seed,
        use_bf16=args.bf16,
    )


def _train_result(
    args: argparse.Namespace, labels: list[str], report: TrainingReport, problems: list[Problem]
) -> dict[str, Any]:
    return {
        "n_examples": report.n_examples,
        "n_steps": report.n_steps,
        "losses": list(report.losses),
        "n_new_tokens": report.n_new_tokens,
        "labels": labels,
        "versions": _ENGINE.versions(),
        "outputs": outputs([args.out]),
        "problems": problem_records(problems),
    }
