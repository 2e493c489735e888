"""`vote`: ask a panel about items, and read replies that were given before."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import orjson

from projection.cli.console import Progress, show_result, warn
from projection.cli.files import check_outputs, inputs_of, read_located, write_files
from projection.cli.options import add_output_options, int_from
from projection.cli.summary import outputs, problem_records
from projection.errors import FormatError, Problem
from projection.formats import WriteResult, read_jsonl
from projection.keyed_file import KeyedFile
from projection.types import Item
from projection.vote.ballots import Ballot, VoterSpec
from projection.vote.build import PanelSpec, make_sheets, make_voter, read_panel
from projection.vote.files import write_ballot_table, write_ballots
from projection.vote.limits import NEVER
from projection.vote.running import PanelResult, ask_panel
from projection.vote.voters.asked import AskedVoter
from projection.vote.voters.recorded import RecordedModel, group_replies, read_replies


def add_command(commands: Any) -> None:
    """Register the commands."""
    parser = commands.add_parser("vote", help="ask several machines about the same labels")
    kinds = parser.add_subparsers(dest="vote", required=True, metavar="KIND")
    _add_ask(kinds)
    _add_parse(kinds)


def _add_common(parser: Any) -> None:
    parser.add_argument("--items", type=Path, required=True, metavar="FILE", help="JSON Lines with source labels")
    parser.add_argument("--panel", type=Path, required=True, metavar="FILE", help="JSON with layers and voters")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="ballots: .jsonl, or .csv (votes only)")


def _add_ask(kinds: Any) -> None:
    parser = kinds.add_parser(
        "ask",
        help="ask a panel about items",
        description="Ask each voter about each item, within its limits. With --cache nothing is asked twice.",
    )
    _add_common(parser)
    parser.add_argument("--cache", type=Path, metavar="FILE", help="keep replies here, and ask for none twice")
    parser.add_argument("--context", type=int_from(0), default=1, help="texts shown before and after each item")
    parser.add_argument("--blind", action="store_true", help="do not show the source labels of classes and grades")
    parser.add_argument("--prompts", action="store_true", help="print what the first item would be asked, and stop")
    add_output_options(parser)
    parser.set_defaults(run=run_ask, interrupted="no output was written; with --cache the same command goes on")


def _add_parse(kinds: Any) -> None:
    parser = kinds.add_parser(
        "parse",
        help="read replies that were given before",
        description="Read the raw replies of one model as ballots: JSON, or a sentence where one label is asked for.",
    )
    _add_common(parser)
    parser.add_argument("--replies", type=Path, required=True, metavar="FILE", help="table or JSON Lines of replies")
    parser.add_argument("--voter", required=True, metavar="ID", help="id of the voter in the ballots")
    parser.add_argument("--family", default="", help="family of its model")
    parser.add_argument("--id-column", default="", metavar="NAME", help="column of item ids")
    parser.add_argument("--reply-column", default="", metavar="NAME", help="column of replies")
    add_output_options(parser)
    parser.set_defaults(run=run_parse)


def run_ask(args: argparse.Namespace) -> None:
    """Ask a panel."""
    check_outputs([args.out], inputs=inputs_of(args))
    items, problems = _load_items(args.items)
    panel = _load_panel(args.panel)
    if not panel.voters:
        raise FormatError(Problem("bad-panel", "The panel has no voters.", "Name some.", place=str(args.panel)))
    warn(_shared(panel))
    sheets = make_sheets(items, panel.layers, n_context=args.context, shows_source_labels=not args.blind)
    bar = Progress("asking")
    what = {"table": "replies", "what": "cache of replies"}
    with KeyedFile(args.cache, **what) if args.cache else nullcontext() as cache:
        folder = args.panel.parent
        voters = [make_voter(spec, cache=cache, items=items, folder=folder) for spec in panel.voters]
        if args.prompts:
            asked = [voter.requests(sheets[0]) for voter in voters if isinstance(voter, AskedVoter) and sheets]
            texts = [f"{each.system}\n\n{each.user}" for requests in asked for each in requests]
            show_result({"prompts": texts}, as_json=args.json, lines=texts)
            return
        result = ask_panel(voters, sheets, cache=cache, progress=lambda each: bar(each.n_done / max(1, each.n_total)))
    _finish(args, result, items, problems)


def run_parse(args: argparse.Namespace) -> None:
    """Read recorded replies."""
    check_outputs([args.out], inputs=inputs_of(args))
    items, problems = _load_items(args.items)
    panel = _load_panel(args.panel)
    data = args.replies.read_bytes()
    columns = {"id_column": args.id_column, "reply_column": args.reply_column}
    read = read_located(args.replies, lambda: read_replies(data, **columns))
    warn(read.problems, path=str(args.replies))
    known = {item.id for item in items}
    replies = group_replies(read.rows)
    strays = [
        Problem("unknown-id", f"There is no item {item_id!r}.", "Its reply was not used.", place=str(args.replies))
        for item_id in replies
        if item_id not in known
    ]
    warn(strays)
    voter = AskedVoter(VoterSpec(args.voter, "recorded", args.family or args.voter), RecordedModel(replies))
    sheets = make_sheets(items, panel.layers, n_context=0)
    asked = [sheet for sheet in sheets if sheet.item.id in replies]
    result = PanelResult(tuple(voter.vote(sheet, stop=NEVER) for sheet in asked))
    _finish(args, result, items, [*problems, *read.problems, *strays])


def _load_items(path: Path) -> tuple[list[Item], list[Problem]]:
    data = path.read_bytes()
    found = read_located(path, lambda: read_jsonl(data))
    warn(found.problems, path=str(path))
    if not found.rows:
        raise FormatError(Problem("no-items", "There is no item in the file.", "Choose another one.", place=str(path)))
    return found.rows, found.problems


def _load_panel(path: Path) -> PanelSpec:
    try:
        record = orjson.loads(path.read_bytes())
    except ValueError as err:
        fault = "The file is not valid JSON."
        raise FormatError(Problem("bad-json", fault, "See docs/voters.md.", place=str(path))) from err
    return read_located(path, lambda: read_panel(record))


def _shared(panel: PanelSpec) -> list[Problem]:
    return [
        Problem("shared-family", f"The voters {', '.join(ids)} are of the family {family}: these err together.")
        for family, ids in panel.shared_families.items()
    ]


def _finish(args: argparse.Namespace, result: PanelResult, items: Sequence[Item], problems: Sequence[Problem]) -> None:
    """Write the ballots and say what became of them."""
    written: WriteResult = (
        write_ballot_table(result.ballots)
        if args.out.suffix == ".csv"
        else write_ballots(result.ballots, items={item.id: item for item in items})
    )
    write_files({args.out: written}, accept_losses=args.accept_losses)
    record = _record(result, problems) | {"outputs": outputs([args.out])}
    show_result(record, as_json=args.json, lines=_describe(record))


def _record(result: PanelResult, problems: Sequence[Problem]) -> dict[str, Any]:
    voters = dict.fromkeys([*(ballot.voter_id for ballot in result.ballots), *(each.voter_id for each in result.left)])
    found = [problem for ballot in result.ballots for problem in ballot.problems]
    return {
        "voters": {voter: _count([each for each in result.ballots if each.voter_id == voter]) for voter in voters},
        "left": [
            {"item_id": each.item_id, "voter_id": each.voter_id, "code": each.problem.code} for each in result.left
        ],
        "stopped": {voter: str(problem) for voter, problem in result.stopped.items()},
        "problems": problem_records([*problems, *found]),
    }


def _count(ballots: Sequence[Ballot]) -> dict[str, Any]:
    votes = Counter(vote.outcome for ballot in ballots for vote in ballot.votes)
    reasons = Counter(vote.reason for ballot in ballots for vote in ballot.votes if vote.reason)
    usages = [ballot.usage for ballot in ballots]
    return {
        "ballots": len(ballots),
        "votes": dict(sorted(votes.items())),
        "reasons": dict(reasons.most_common()),
        "requests": sum(each.n_requests for each in usages),
        "tokens": sum(each.n_input_tokens + each.n_output_tokens for each in usages),
        "cost": round(sum(each.cost for each in usages), 6),
    }


def _describe(record: dict[str, Any]) -> list[str]:
    lines = []
    for voter, count in record["voters"].items():
        votes = ", ".join(f"{outcome} {number}" for outcome, number in count["votes"].items())
        cost = f", cost {count['cost']}" if count["cost"] else ""
        lines.append(f"{voter}: {count['ballots']} ballots ({votes or 'no votes'}), {count['requests']} requests{cost}")
    lines += [f"{voter} was stopped: {problem}" for voter, problem in record["stopped"].items()]
    lines += [f"{len(record['left'])} without a ballot; run the same again"] if record["left"] else []
    return lines + [f"wrote {path}" for path in record["outputs"]]
