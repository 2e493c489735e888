"""The translations of the interface are complete, compiled, and keep every placeholder and tag."""

from __future__ import annotations

import ast
import gettext
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from annotator.interface import LANGUAGES
from projection.engines import ENGINES
from projection.reasons import REASONS, VOTER_REASONS
from tests.conftest import ROOT

DOMAINS = ("django", "djangojs")
CATALOGUES = [(language, domain) for language in LANGUAGES if language != "en" for domain in DOMAINS]
CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext"}
KEPT = re.compile(r"%\(\w+\)[.\d]*[a-z]|%%|</?\w+|\{\w+\}")


@dataclass
class Entry:
    """One text: its context, English forms, translations by number, and whether it was marked as a guess."""

    ids: list[str] = field(default_factory=list)
    context: str = ""
    translations: dict[int, str] = field(default_factory=dict)
    is_fuzzy: bool = False

    @property
    def key(self) -> str:
        return f"{self.context}\x04{self.ids[0]}" if self.context else self.ids[0]


def folder(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES"


def read_entries(path: Path) -> list[Entry]:
    return [read_entry(block) for block in path.read_text(encoding="utf-8").split("\n\n") if "msgid" in block]


def read_entry(block: str) -> Entry:
    entry = Entry(is_fuzzy="\n#, fuzzy" in f"\n{block}")
    joined = re.sub(r'"\n"', "", block)
    for keyword, number, text in re.findall(r'^(msg\w+)(?:\[(\d)\])? (".*")$', joined, re.MULTILINE):
        value = json.loads(text)
        if keyword == "msgctxt":
            entry.context = value
        elif keyword == "msgstr":
            entry.translations[int(number or 0)] = value
        else:
            entry.ids.append(value)
    return entry


@pytest.mark.parametrize(("language", "domain"), CATALOGUES)
def test_everything_is_translated_and_keeps_what_is_filled_in(language: str, domain: str) -> None:
    head, *entries = read_entries(folder(language) / f"{domain}.po")
    found = re.search(r"nplurals=(\d)", head.translations[0])
    assert found is not None
    n_forms = int(found[1])
    assert len(entries) > 100
    for entry in entries:
        assert not entry.is_fuzzy, entry.key
        assert set(entry.translations) == set(range(n_forms if len(entry.ids) == 2 else 1)), entry.key
        for text in entry.translations.values():
            assert text, entry.key
            assert sorted(KEPT.findall(text)) == sorted(KEPT.findall(entry.ids[-1])), entry.key


@pytest.mark.parametrize(("language", "domain"), CATALOGUES)
def test_the_compiled_catalogue_is_that_of_the_texts(language: str, domain: str) -> None:
    with (folder(language) / f"{domain}.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    wanted: dict[object, str] = {}
    for entry in read_entries(folder(language) / f"{domain}.po")[1:]:
        is_plural = len(entry.ids) == 2
        for number, text in entry.translations.items():
            wanted[(entry.key, number) if is_plural else entry.key] = text
    found = {key: text for key, text in compiled._catalog.items() if key}  # type: ignore[attr-defined]
    assert found == wanted


def texts_of_the_library() -> set[str]:
    """What pages show of the library."""
    found = {*REASONS.values(), *VOTER_REASONS.values()}
    for engine in ENGINES.values():
        found |= {engine.title, engine.summary}
        for setting in engine.settings:
            found |= {setting.help, re.sub(r"^n_", "number of ", setting.name).replace("_", " ").capitalize()}
    return found - {""}


def test_texts_of_the_library_are_listed_for_translation() -> None:
    known = {entry.key for entry in read_entries(folder("es") / "django.po")}
    assert texts_of_the_library() - known == set()


def test_both_languages_know_the_same_texts() -> None:
    for domain in DOMAINS:
        spanish, arabic = ([each.key for each in read_entries(folder(code) / f"{domain}.po")] for code in ("es", "ar"))
        assert spanish == arabic


def texts_in_the_code() -> Iterator[tuple[str, str]]:
    """Domain and text of what templates, Python and scripts ask to be translated, where it is one literal."""
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for text in re.findall(r"\{% translate \"([^\"]+)\"", path.read_text(encoding="utf-8")):
            yield "django", text.replace("%", "%%")
    for path in sorted((ROOT / "annotator").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
                for given in node.args[: 2 if node.func.id == "ngettext" else 1]:
                    if isinstance(given, ast.Constant) and isinstance(given.value, str):
                        yield "django", given.value
    for path in sorted((ROOT / "static" / "js").rglob("*.js")):
        code = re.sub(r"^\s*//.*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        for text in re.findall(r"(?<![\w.])[tn]\(\s*(\"(?:[^\"\\]|\\.)*\")", code):
            yield "djangojs", json.loads(text)


def test_the_catalogues_hold_every_text_of_the_code() -> None:
    known = {
        domain: {text for entry in read_entries(folder("es") / f"{domain}.po") for text in entry.ids}
        for domain in DOMAINS
    }
    missing = {(domain, text) for domain, text in texts_in_the_code() if text not in known[domain]}
    assert not missing, f"run `make messages` and translate: {sorted(missing)}"
