"""`translate`: translate sentences, with markers around their labels if wanted."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from projection.cli.console import Progress, show_result, warn
from projection.cli.files import (
    Loaded,
    check_losses,
    check_outputs,
    inputs_of,
    load_sentences,
    read_located,
    write_files,
)
from projection.cli.options import add_output_options, int_from, number_from
from projection.cli.summary import count_projections, outputs, problem_records, with_best_spans, with_candidates
from projection.errors import FormatError, Problem
from projection.formats import Sentence, WriteResult, make_segment, make_spans, write_conll, write_jsonl, write_plain
from projection.markers import MARKERS, Reading, Scheme, marker_hint
from projection.projectors import Projection
from projection.text import tokenize
from projection.translate import Translator
from projection.translate.base import at_item
from projection.translate.build import TRANSLATORS, TranslatorOptions, make_translator
from projection.translate.cache import CachedTranslator, TranslationCache
from projection.translate.marked import MarkedText, MarkedTranslation, sent_text, translate_marked
from projection.translate.recorded import RecordedTranslator, pair_recorded, read_recorded
from projection.types import SOURCE, TARGET, Candidate, Item, Segment

_DEFAULTS = TranslatorOptions("")
_NEEDED = {"chat": {"model": "--model", "base_url": "--base-url"}, "command": {"program": "--run"}}
_CHUNKS = {"chat": 16, "command": 256}


def add_command(commands: Any) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "translate",
        help="translate sentences, labels included",
        description="Translate CoNLL or plain text by a model, a chat endpoint, a command or recorded translations. "
        "With markers the labels come along.",
    )
    parser.add_argument("--src", type=Path, required=True, metavar="FILE", help="source sentences (CoNLL or text)")
    parser.add_argument("--src-lang", default="en", metavar="CODE", help="language of the source (default: en)")
    parser.add_argument("--tgt-lang", required=True, metavar="CODE", help="language of the target")
    parser.add_argument("--encoding", help="encoding of the files (default: UTF-8, or UTF-16 with its mark)")
    parser.add_argument("--engine", choices=(*TRANSLATORS, "recorded"), required=True, help="who translates")
    _add_model_options(parser)
    _add_other_options(parser)
    parser.add_argument("--markers", choices=("none", *MARKERS), default="none", help="markers around labelled spans")
    parser.add_argument(
        "--min-ratio", type=number_from(0, 1), default=0.5, help="brackets: likeness that tells which span it is"
    )
    parser.add_argument("--cache", type=Path, metavar="FILE", help="keep translations here, and ask for none twice")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="translations, one a line")
    parser.add_argument("--labelled", type=Path, metavar="FILE", help="labelled target: .conll, or .jsonl with reasons")
    add_output_options(parser)
    parser.set_defaults(run=run, interrupted="no output was written; with --cache the same command goes on")


def _add_model_options(parser: argparse.ArgumentParser) -> None:
    default = _DEFAULTS
    parser.add_argument("--model", default="", help="folder or hub id of the model; for chat: its name")
    parser.add_argument("--prefix", default="", help="t5: what stands before each text, with {src_name}, {tgt_name}")
    parser.add_argument("--beams", type=int_from(1), default=default.beams, help="hypotheses kept while translating")
    parser.add_argument("--batch-size", type=int_from(1), default=default.batch_size, help="texts translated at once")
    ratio = number_from(0, is_open=True)
    parser.add_argument("--max-ratio", type=ratio, default=default.max_ratio, help="most output tokens per input token")
    parser.add_argument("--every-sentence", action="store_true", help="translate sentence by sentence")
    parser.add_argument("--scores", action="store_true", help="compute the mean probability of a token")
    parser.add_argument("--device", default=default.device, help="auto, cpu or cuda")


def _add_other_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--base-url", default="", metavar="URL", help="chat: address, such as http://localhost:8000/v1")
    parser.add_argument("--key-variable", default="", metavar="NAME", help="chat: environment variable with the key")
    parser.add_argument(
        "--workers", type=int_from(1), default=_DEFAULTS.n_workers, help="chat: requests at the same time"
    )
    parser.add_argument("--run", dest="program", default="", metavar="COMMAND", help="command: 'apertium -u en-es'")
    parser.add_argument(
        "--timeout", type=number_from(0), default=0.0, help="seconds for a request or a call; 0: the usual"
    )
    parser.add_argument(
        "--recorded", type=Path, nargs="+", default=[], metavar="FILE", help="one table, or two parallel text files"
    )


@dataclass(frozen=True, slots=True)
class _Done:
    """A sentence as an item with its target, what was found for its spans, and the problem of its translation."""

    item: Item
    projection: Projection
    problems: tuple[Problem, ...]
    is_missing: bool


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    check_outputs([args.out, args.labelled], inputs=inputs_of(args))
    if args.labelled is not None and args.markers == "none":
        fault = "--labelled needs markers: without them a translation has no labels."
        raise FormatError(Problem("missing-option", fault, "Add --markers numbered, or use project afterwards."))
    source = load_sentences(args.src, lang=args.src_lang, encoding=args.encoding)
    inner, problems = _make_translator(args, source)
    with TranslationCache(args.cache) if args.cache else nullcontext() as cache:
        chunk = _CHUNKS.get(args.engine, 4 * args.batch_size)
        translator = CachedTranslator(inner, cache, chunk=chunk, progress=Progress("translating"))
        done = _translate(args, source, translator)
    found = [problem for each in done for problem in each.problems if not each.is_missing]
    warn(found)
    check_losses(
        [problem for each in done for problem in each.problems if each.is_missing], accepted=args.accept_losses
    )
    write_files(_contents(args, done), accept_losses=args.accept_losses)
    result = _result(args, done, translator, [*source.problems, *problems])
    show_result(result, as_json=args.json, lines=_describe(result))


def _make_translator(args: argparse.Namespace, source: Loaded) -> tuple[Translator, list[Problem]]:
    """The translator that the options name, and problems of its files."""
    if args.engine == "recorded":
        return _make_recorded(args, source)
    _check_needed(args)
    options = TranslatorOptions(
        kind=args.engine,
        model=args.model,
        prefix=args.prefix,
        beams=args.beams,
        batch_size=args.batch_size,
        max_ratio=args.max_ratio,
        every_sentence=args.every_sentence,
        with_scores=args.scores,
        device=args.device,
        base_url=args.base_url,
        key_variable=args.key_variable,
        hint="" if args.markers == "none" else marker_hint(args.markers),
        n_workers=args.workers,
        command=args.program,
        timeout_s=args.timeout,
    )
    return make_translator(options), []


def _check_needed(args: argparse.Namespace) -> None:
    """Refuse to start without what the translator needs.

    Raises:
        FormatError: `missing-option`.
    """
    needed = _NEEDED.get(args.engine, {"model": "--model"})
    for name, option in needed.items():
        if not getattr(args, name):
            fault = f"--engine {args.engine} needs {option}."
            raise FormatError(Problem("missing-option", fault, "Give it; --help says what it is."))


def _make_recorded(args: argparse.Namespace, source: Loaded) -> tuple[Translator, list[Problem]]:
    """Recorded translations; those by id are of the marked sentences, where markers are asked for."""
    if len(args.recorded) not in (1, 2):
        fault = "--engine recorded needs --recorded with one table or two text files."
        raise FormatError(Problem("missing-option", fault, "Name them."))
    first, last = args.recorded[0], args.recorded[-1]
    if len(args.recorded) == 2:
        src, tgt = first.read_bytes(), last.read_bytes()
        found, problems = read_located(first, lambda: pair_recorded(src, tgt, encoding=args.encoding))
    else:
        sent = (
            source.texts
            if args.markers == "none"
            else [sent_text(each, args.markers) for each in _marked_texts(source)]
        )
        ids = {sentence.id: text for sentence, text in zip(source.sentences, sent, strict=True)}
        data = first.read_bytes()
        found, problems = read_located(first, lambda: read_recorded(data, ids=ids, encoding=args.encoding))
    warn(problems, path=str(first))
    return RecordedTranslator(found), problems


def _marked_texts(source: Loaded) -> list[MarkedText]:
    return [
        MarkedText(sentence.text, {span.id: span for span in make_spans(sentence, side=SOURCE)})
        for sentence in source.sentences
    ]


def _translate(args: argparse.Namespace, source: Loaded, translator: Translator) -> list[_Done]:
    langs = {"src_lang": args.src_lang, "tgt_lang": args.tgt_lang}
    if args.markers == "none":
        plain = translator.translate(source.texts, **langs)
        found = [MarkedTranslation(each, Reading(each.text, ())) for each in plain]
    else:
        scheme: Scheme = args.markers
        texts = _marked_texts(source)
        found = translate_marked(translator, texts, scheme=scheme, min_ratio=args.min_ratio, **langs)
    return [
        _make_done(_make_item(args, sentence, each.reading.text), each, row)
        for row, (sentence, each) in enumerate(zip(source.sentences, found, strict=True))
    ]


def _make_item(args: argparse.Namespace, sentence: Sentence, translation: str) -> Item:
    target = Segment(translation, args.tgt_lang, TARGET, tokens=tokenize(translation, lang=args.tgt_lang))
    segments = (make_segment(sentence, lang=args.src_lang, side=SOURCE), target)
    return Item(sentence.id, segments, make_spans(sentence, side=SOURCE), document=sentence.document)


def _make_done(item: Item, found: MarkedTranslation, row: int) -> _Done:
    candidates = {
        span.source_id: Candidate(span.source_id, span, span.meta.get("score", 1.0)) for span in found.reading.spans
    }
    candidates |= {each.key: Candidate(each.key, None, 0.0, reason=each.reason) for each in found.reading.rejects}
    ordered = tuple(candidates[span.id] for span in item.spans if span.id in candidates)
    problem = found.translation.problem
    problems = [*([problem] if problem else []), *found.reading.problems]
    problems += [each.problem for each in found.reading.rejects if not found.translation.is_missing]
    if found.translation.score is not None:
        item = replace(item, meta={"translation_score": round(found.translation.score, 4)})
    located = tuple(at_item(each, item.id, row) for each in problems)
    return _Done(item, Projection(item.id, None, ordered), located, found.translation.is_missing)


def _contents(args: argparse.Namespace, done: Sequence[_Done]) -> dict[Path, WriteResult]:
    contents = {args.out: write_plain(replace(each.item, spans=()) for each in done)}
    if args.labelled is not None:
        labelled = [with_best_spans(each.item, each.projection) for each in done]
        if args.labelled.suffix == ".jsonl":
            full = [with_candidates(item, each.projection) for item, each in zip(labelled, done, strict=True)]
            contents[args.labelled] = write_jsonl(full)
        else:
            contents[args.labelled] = write_conll(labelled)
    return contents


def _result(
    args: argparse.Namespace, done: Sequence[_Done], translator: CachedTranslator, problems: Sequence[Problem]
) -> dict[str, Any]:
    counts = count_projections(each.projection for each in done) if args.markers != "none" else {}
    loss = {"loss": round(100 * counts["n_unprojected"] / counts["n_spans"], 2)} if counts.get("n_spans") else {}
    return {
        "n_items": len(done),
        "n_missing": sum(each.is_missing for each in done),
        "n_known": translator.n_known,
        "n_asked": translator.n_asked,
        "markers": args.markers,
        **counts,
        **loss,
        "translator": dict(translator.identity),
        "outputs": outputs([args.out, args.labelled]),
        "problems": problem_records([*problems, *(problem for each in done for problem in each.problems)]),
    }


def _describe(result: dict[str, Any]) -> list[str]:
    lines = [f"{result['n_items']} sentences, {result['n_missing']} without a translation"]
    lines.append(f"{result['n_asked']} texts translated, {result['n_known']} taken from the cache")
    if "n_spans" in result:
        reasons = ", ".join(f"{name} {n_spans}" for name, n_spans in result["reasons"].items())
        lines.append(f"{result['n_spans']} spans, {result['n_unprojected']} lost ({result.get('loss', 0.0)} %)")
        lines[-1] += f": {reasons}" if reasons else ""
    return lines + [f"wrote {path}" for path in result["outputs"]]
