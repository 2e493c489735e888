"""The reference pages under docs/: complete, free of things that do not exist, and with examples that run.

Blocks of the kinds `console` and `pycon` are executed in a folder of their own page and their output is compared; a
block with `file=NAME` is written there first. Blocks marked `sh` only show commands.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import doctest
import inspect
import io
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.core.management import get_commands, load_command_class

from annotator.env import VARIABLES
from annotator.services.layers import FIELDS
from annotator.services.project_templates import TEMPLATES
from projection.cli import main, make_parser
from projection.engines import Engine, list_engines
from projection.formats import FORMATS, Format, detect_format
from projection.measure import AlignmentScore, CalibrationScore, SpanScore
from projection.measure.spans import READINGS
from projection.reasons import REASONS, VOTER_REASONS
from projection.remote import Endpoint
from projection.types import Alignment, Candidate, Item, Segment, Span
from projection.vote.build import VOTER_KINDS
from projection.vote.limits import Limits, Prices
from projection.vote.voters.asked import AskSettings
from projection.vote.voters.chat import ChatSettings
from projection.vote.voters.local import LocalSettings

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = (
    "formats",
    "measures",
    "engines",
    "command-line",
    "settings",
    "review",
    "templates",
    "voting",
    "voters",
    "index",
)
EXECUTED = ("console", "pycon")
KINDS = (*EXECUTED, "text", "json", "sh")
MAX_LINE = 130

_FENCE = re.compile(r"^```(?P<info>[^\n`]+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:)([^)\s]+)\)")
_CODE = re.compile(r"`([^`]+)`")


class Block(NamedTuple):
    """A fenced block: its kind, the file that it is written to, its text and its first line in the page."""

    kind: str
    file: str
    body: str
    line: int


def read_page(name: str) -> str:
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def list_blocks(text: str) -> Iterator[Block]:
    for match in _FENCE.finditer(text):
        kind, *words = match["info"].split()
        file = next((word.removeprefix("file=") for word in words if word.startswith("file=")), "")
        yield Block(kind, file, match["body"], text.count("\n", 0, match.start()) + 2)


def sections(text: str, *, level: int = 2) -> dict[str, str]:
    """The text below each heading of a level, by heading; fenced blocks are left out."""
    plain = _FENCE.sub("", text)
    parts = re.split(rf"^#{{{level}}} (.+)$", plain, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def named_sections(page: str) -> dict[str, str]:
    """Sections whose heading names something in code style, by that name."""
    return {found[1]: body for head, body in sections(read_page(page)).items() if (found := _CODE.search(head))}


def rows(text: str, head: str) -> list[list[str]]:
    """Cells of all tables whose first column has this head."""
    found: list[list[str]] = []
    inside = False
    for line in text.splitlines():
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        if not line.startswith("|"):
            inside = False
        elif cells[0] == head:
            inside = True
        elif inside and not cells[0].startswith("---"):
            found.append(cells)
    return found


def names(text: str, head: str) -> list[str]:
    """Names in code style in the first column of these tables."""
    return [name for cells in rows(text, head) for name in _CODE.findall(cells[0])]


def shown(value: object) -> str:
    """How the pages write a default value."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "empty" if value == "" else f"`{value}`"


# -------------------------------------------------------------------------------------------------------- examples


def run_command(command: str, last_code: int) -> tuple[str, int]:
    """What a command of an example prints on both outputs, and its exit code."""
    words = shlex.split(command)
    if words == ["echo", "$?"]:
        return f"{last_code}\n", 0
    if words[0] == "cat":
        return "".join(Path(word).read_text(encoding="utf-8") for word in words[1:]), 0
    assert words[:3] == ["python", "-m", "projection"], f"cannot run {command!r}: mark the block 'sh'"
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        try:
            code = main(words[3:])
        except SystemExit as err:
            code = int(err.code or 0)
    return output.getvalue(), code


def console_steps(body: str) -> Iterator[tuple[str, str]]:
    """(command, expected output) of a console block; a command goes on after a backslash at the end of a line."""
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        lines = part.splitlines(keepends=True)
        n_lines = next(number for number, line in enumerate(lines, start=1) if not line.endswith("\\\n"))
        yield "".join(lines[:n_lines]).replace("\\\n", " ").strip(), "".join(lines[n_lines:])


def check_console(block: Block) -> None:
    assert block.body.startswith("$ "), f"line {block.line}: no command"
    code = 0
    for command, expected in console_steps(block.body):
        output, code = run_command(command, code)
        is_same = doctest.OutputChecker().check_output(expected, output, doctest.ELLIPSIS)
        assert is_same, f"line {block.line}: {command}\nexpected:\n{expected}\nfound:\n{output}"


def check_session(block: Block, page: str, values: dict[str, Any]) -> None:
    test = doctest.DocTestParser().get_doctest(block.body, values, page, f"{page}.md", block.line)
    assert test.examples, f"line {block.line}: nothing to run"
    report = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    runner.run(test, out=report.write, clear_globs=False)
    assert not runner.failures, report.getvalue()
    values.update(test.globs)


@pytest.mark.parametrize("page", PAGES)
def test_examples_print_what_the_page_says(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    values: dict[str, Any] = {}
    for block in list_blocks(read_page(page)):
        assert block.kind in KINDS, f"line {block.line}: unknown kind {block.kind}"
        if block.file:
            Path(block.file).parent.mkdir(parents=True, exist_ok=True)
            Path(block.file).write_text(block.body, encoding="utf-8")
        elif block.kind == "console":
            check_console(block)
        elif block.kind == "pycon":
            check_session(block, page, values)


def test_an_example_with_a_wrong_output_is_found() -> None:
    with pytest.raises(AssertionError, match=r"found:\s+0"):
        check_console(Block("console", "", "$ echo $?\n1\n", 1))
    with pytest.raises(AssertionError, match="Expected:"):
        check_session(Block("pycon", "", ">>> 1 + 1\n3\n", 1), "page", {})


@pytest.mark.parametrize("page", PAGES)
def test_lines_are_short_and_fences_are_closed(page: str) -> None:
    text = read_page(page)
    assert [line for line in text.splitlines() if len(line) > MAX_LINE] == []
    assert text.count("\n```") == 2 * len(list(list_blocks(text)))


def test_relative_links_lead_somewhere() -> None:
    broken = []
    for path in [*DOCS.rglob("*.md"), *ROOT.glob("*.md")]:
        for link in _LINK.findall(_FENCE.sub("", path.read_text(encoding="utf-8"))):
            file, _, anchor = link.partition("#")
            target = (path.parent / file).resolve() if file else path
            if not target.exists() or (anchor and anchor not in anchors(target)):
                broken.append(f"{path.name}: {link}")
    assert broken == []


def anchors(path: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", _FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def test_the_index_names_every_page() -> None:
    linked = {link.partition("#")[0] for link in _LINK.findall(read_page("index"))}
    assert {path.name for path in DOCS.glob("*.md")} - {"index.md"} <= linked


# --------------------------------------------------------------------------------------------------------- formats


def test_every_format_has_a_section() -> None:
    assert list(named_sections("formats")) == list(FORMATS)


@pytest.mark.parametrize("entry", FORMATS.values(), ids=lambda entry: entry.name)
def test_a_format_is_described_with_its_endings_and_options(entry: Format) -> None:
    section = named_sections("formats")[entry.name]
    assert all(f"`{ending}`" in section for ending in entry.extensions)
    for function, head in ((entry.read, "reading"), (entry.write, "writing")):
        options = keyword_options(function) if function else {}
        found = {name: cells for cells in rows(section, head) for name in _CODE.findall(cells[0])}
        assert set(found) == set(options)
        assert {name: cells[1] for name, cells in found.items()} == {name: shown(options[name]) for name in options}


def keyword_options(function: Any) -> dict[str, object]:
    parameters = inspect.signature(function).parameters.values()
    return {each.name: each.default for each in parameters if each.kind is inspect.Parameter.KEYWORD_ONLY}


@pytest.mark.parametrize("kind", [Item, Segment, Span, Alignment, Candidate], ids=lambda kind: kind.__name__.lower())
def test_every_field_of_the_full_model_is_described(kind: Any) -> None:
    section = named_sections("formats")["jsonl"]
    fields = {field.name for field in dataclasses.fields(kind)} | ({"surface"} if kind is Span else set())
    assert set(names(section, f"field of {kind.__name__.lower()}")) == fields


def test_every_problem_of_the_formats_is_described() -> None:
    sources = [*(ROOT / "projection" / "formats").glob("*.py"), ROOT / "projection" / "tagging.py"]
    words = {word for path in sources for word in re.findall(r'"([a-z]+(?:-[a-z]+)+)"', path.read_text())}
    documented = names(read_page("formats"), "problem")
    assert set(documented) == words
    assert len(documented) == len(set(documented))


def test_the_page_says_which_format_is_found_in_its_examples() -> None:
    files = {block.file: block.body for block in list_blocks(read_page("formats")) if block.file}
    stated = {name: cells[1] for cells in rows(read_page("formats"), "example") for name in _CODE.findall(cells[0])}
    assert stated
    found = {name: detect_format(files[name].encode(), name).name for name in stated}
    assert {name: f"`{kind}`" for name, kind in found.items()} == stated


# -------------------------------------------------------------------------------------------------------- measures


def test_every_reading_and_figure_is_described() -> None:
    text = read_page("measures")
    assert names(text, "reading") == list(READINGS)
    assert set(names(text, "figure of spans")) == {field.name for field in dataclasses.fields(SpanScore)}
    assert set(names(text, "figure of links")) == {field.name for field in dataclasses.fields(AlignmentScore)}
    assert set(names(text, "figure of probabilities")) == {field.name for field in dataclasses.fields(CalibrationScore)}


# --------------------------------------------------------------------------------------------------------- engines


def test_every_engine_has_a_section() -> None:
    assert list(named_sections("engines")) == [engine.name for engine in list_engines()]


@pytest.mark.parametrize("engine", list_engines(), ids=lambda engine: engine.name)
def test_an_engine_is_described_with_all_its_settings(engine: Engine) -> None:
    section = named_sections("engines")[engine.name]
    found = {name: cells for cells in rows(section, "setting") for name in _CODE.findall(cells[0])}
    assert list(found) == [setting.name for setting in engine.settings]
    for setting in engine.settings:
        _, default, allowed, _ = found[setting.name]
        assert default == shown(setting.default)
        if setting.minimum is not None:
            assert allowed == f"{setting.minimum} to {setting.maximum}"
        if setting.choices:
            assert _CODE.findall(allowed) == list(setting.choices)
    assert f"Estimated cost: {engine.seconds_per_1000} CPU seconds for 1,000 pairs" in section


def test_every_reason_without_a_span_is_described() -> None:
    given_by_the_application = {"no-candidate", "item-failed"}
    assert set(names(read_page("engines"), "reason")) == set(REASONS) - given_by_the_application


# ---------------------------------------------------------------------------------------------------------- voters


def settings_of(*kinds: Any, without: tuple[str, ...] = ()) -> dict[str, str]:
    """Settings of dataclasses with their defaults as the pages write them."""
    found = {}
    for each in (each for kind in kinds for each in dataclasses.fields(kind) if each.name not in without):
        default = None if each.default is dataclasses.MISSING else each.default
        found[each.name] = "none" if default in (None, ()) else shown(default)
    return found


def test_every_setting_check_and_reason_of_voters_is_described() -> None:
    text = read_page("voters")
    assert set(names(text, "kind")) == {*VOTER_KINDS, "scripted"}
    ask, limit, price = (
        {name: cells[1] for cells in rows(text, head) for name in _CODE.findall(cells[0])}
        for head in ("setting of `ask`", "limit", "price")
    )
    assert ask == settings_of(AskSettings)
    assert limit == settings_of(Limits)
    assert price == settings_of(Prices)
    chat = settings_of(Endpoint, ChatSettings, without=("model", "base_url", "endpoint", "limits", "prices"))
    chat |= {"base_url": "required", "limits": "none", "prices": "none", "ask": "none"}
    local = settings_of(LocalSettings, without=("model", "template")) | {"template": "see below"}
    recorded = {"path": "required", "id_column": "empty", "reply_column": "empty", "ask": "none"}
    found = {(name, cells[1]) for cells in rows(text, "setting") for name in _CODE.findall(cells[0])}
    assert found == {*chat.items(), *local.items(), *recorded.items()}
    source = "".join(path.read_text() for path in sorted((ROOT / "projection" / "vote").rglob("*.py")))
    reasons = {cells[1].strip("`") for cells in rows(text, "outcome")}
    of_panels = {"not-asked", "no-verdict"}
    assert set(VOTER_REASONS) - of_panels == reasons - set(REASONS)
    given = set(re.findall(r'(?:reason=|_abstaining\(vote, )"([a-z-]+)"', source))
    assert given <= reasons | set(REASONS) | {"no-grade"}
    assert "`no-grade`" in text
    assert set(names(text, "check")) == {
        "answered", "permuted", "paraphrased", "evidence", "spans", "back-check", "same-labels",
    }  # fmt: skip


# ---------------------------------------------------------------------------------------------------- command line


def list_parsers(parser: argparse.ArgumentParser, name: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every subcommand that has no subcommands of its own, by its whole name."""
    nested = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not nested:
        yield name, parser
    for action in nested:
        for word, child in action.choices.items():
            yield from list_parsers(child, f"{name} {word}".strip())


def option_names(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    actions = [action for action in parser._actions if not isinstance(action, argparse._HelpAction)]
    return {max(action.option_strings, key=len, default=action.dest): action for action in actions}


COMMANDS = dict(list_parsers(make_parser()))


def test_every_subcommand_has_a_section_and_an_example_that_runs() -> None:
    assert [name for name in named_sections("command-line") if not name.startswith("manage.py")] == list(COMMANDS)
    commands = [
        command
        for block in list_blocks(read_page("command-line"))
        if block.kind == "console"
        for command, _ in console_steps(block.body)
    ]
    assert all(any(command.startswith(f"python -m projection {name} ") for command in commands) for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_subcommand_is_described(name: str) -> None:
    options = option_names(COMMANDS[name])
    found = described_options(name, is_pair_command="--tgt" in options, writes="--accept-losses" in options)
    assert {option: cells[1] for option, cells in found.items()} == {
        option: stated_default(action) for option, action in options.items()
    }
    for option, action in options.items():
        assert set(map(str, action.choices or ())) <= set(_CODE.findall(found[option][2]))


def described_options(name: str, *, is_pair_command: bool, writes: bool) -> dict[str, list[str]]:
    page = read_page("command-line")
    cells = rows(named_sections("command-line")[name], "option")
    cells += rows(page, "pair option") if is_pair_command else []
    cells += rows(page, "output option") if writes else []
    return {_CODE.findall(each[0])[0]: each for each in cells}


def stated_default(action: argparse.Action) -> str:
    if action.required:
        return "required"
    return "none" if action.default in (None, "", []) else shown(action.default)


def test_every_management_command_is_described() -> None:
    sections_ = {
        name.removeprefix("manage.py "): body
        for name, body in named_sections("command-line").items()
        if name.startswith("manage.py")
    }
    ours = [name for name, app in get_commands().items() if app == "annotator"]
    assert set(sections_) == set(ours)
    for name in ours:
        parser = argparse.ArgumentParser(add_help=False)
        load_command_class("annotator", name).add_arguments(parser)
        assert set(names(sections_[name], "option")) == set(option_names(parser))


def test_every_exit_code_is_described() -> None:
    module = __import__("projection.cli", fromlist=["cli"])
    codes = {str(value) for name, value in vars(module).items() if name.startswith("EXIT_")}
    assert set(names(read_page("command-line"), "exit code")) == codes


# -------------------------------------------------------------------------------------------------------- settings


def test_every_variable_is_described_with_its_default() -> None:
    found = {name: cells[1] for cells in rows(read_page("settings"), "variable") for name in _CODE.findall(cells[0])}
    defaults = {each.name: "`./var`" if each.name == "VAR_DIR" else shown(each.default) for each in VARIABLES}
    assert found == defaults


# ---------------------------------------------------------------------------------------------------------- review


_SIGNS = {"ArrowUp": "↑", "ArrowDown": "↓", "Back": "←", "Forward": "→", "Period": ".", "Comma": ","}
_SIGNS |= {"PageDown": "Page ↓", "PageUp": "Page ↑", "Escape": "Esc", "NumpadEnter": "Enter"}


def commands_with_keys() -> dict[str, set[str]]:
    """Keys of the commands of the review screen, by the name of the command."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "static" / "js" / "review").glob("*.js")):
        if path.name == "registry.js":
            continue
        for block in path.read_text(encoding="utf-8").split("command({")[1:]:
            name = re.search(r'name: "(\w+)"', block)
            keys = re.search(r"keys: \[(.*?)\],\s", block.split("\n});")[0].split(" });")[0] + ", ", re.DOTALL)
            if name and keys:
                found[name[1]] = set(re.findall(r'"([^"]+)"', keys[1]))
    return found


def key_caps(key: str) -> list[str]:
    """What is printed on the keys of "Shift+KeyL"."""
    *modifiers, code = [key] if len(key) == 1 else key.split("+")
    return [*modifiers, _SIGNS.get(code, re.sub(r"^(Key|Digit|Numpad(?=\d))", "", code))]


def test_every_key_of_the_review_screen_is_described() -> None:
    described = [_CODE.findall(cells[0]) for cells in rows(read_page("review"), "key")]
    commands = commands_with_keys()
    assert len(commands) > 20
    for name, keys in commands.items():
        is_described = any(set(key_caps(key)) <= set(caps) for key in keys for caps in described)
        assert is_described, name


# ------------------------------------------------------------------------------------------------------- templates


def test_every_template_field_and_problem_of_layers_is_described() -> None:
    text = read_page("templates")
    assert names(text, "template") == list(TEMPLATES)
    for name, _, layers, _ in rows(text, "template"):
        plans = TEMPLATES[name.strip("`")].layers
        assert set(_CODE.findall(layers)) >= {plan.name for plan in plans}
    assert set(names(text, "field")) == set(FIELDS) - {"name"}
    sources = [ROOT / "annotator" / "services" / "imports" / f"{name}.py" for name in ("kind_faults", "layers")]
    words = {word for path in sources for word in re.findall(r'"([a-z]+(?:-[a-z]+)+)"', path.read_text())}
    assert set(names(text, "problem of an import")) == words
