"""Names in projects of about a hundred sentence pairs, where most of them occur once or twice: the demo texts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from projection.engines import get_engine
from projection.types import SOURCE, TARGET, Interval, Item, Segment, Span

_DEMO = Path(__file__).resolve().parents[2] / "annotator" / "demo"
_MARK = re.compile(r"\[[A-Z]+ ([^\]]+)\]")

Choice = tuple[Item, str, str]
"""Item, words of the source span, words of its first candidate (or the reason why there is none)."""


def _read_lines(lang: str) -> list[str]:
    lines = (_DEMO / f"{lang}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("# ")]


def _make_item(number: int, marked: str, translated: str, tgt_lang: str) -> Item:
    text, intervals, end = "", [], 0
    for match in _MARK.finditer(marked):
        text += marked[end : match.start()]
        intervals.append(Interval(len(text), len(text) + len(match[1])))
        text, end = text + match[1], match.end()
    spans = tuple(Span("NAME", (interval,), id=f"s{place}") for place, interval in enumerate(intervals))
    segments = (Segment(text + marked[end:], "en", SOURCE), Segment(translated, tgt_lang, TARGET))
    return Item(str(number), segments, spans)


def _project(tgt_lang: str) -> list[Choice]:
    lines = zip(_read_lines("en"), _read_lines(tgt_lang), strict=True)
    items = [_make_item(number, src, tgt, tgt_lang) for number, (src, tgt) in enumerate(lines)]
    engine = get_engine("hmm")
    projector = engine.build(engine.read_settings({}))
    projector.fit(items, progress=lambda _: None)
    return [choice for item in items for choice in _first_choices(item, projector.project(item).candidates)]


def _first_choices(item: Item, candidates) -> list[Choice]:
    source, target = (segment.text for segment in item.segments)
    spans = {span.id: span.surface(source) for span in item.spans}
    return [
        (item, spans[found.source_id], found.span.surface(target) if found.span else found.reason)
        for found in candidates
        if found.rank == 0
    ]


def _count(words: str, text: str) -> int:
    return len(re.findall(rf"(?<!\w){re.escape(words)}(?!\w)", text))


@pytest.fixture(scope="module")
def german() -> list[Choice]:
    return _project("de")


def test_a_name_goes_to_its_twin_against_the_word_order(german: list[Choice]) -> None:
    found = {(item.segments[1].text, words): chosen for item, words, chosen in german}
    assert found["Nach Ostern will Moser Gespräche mit der VBG führen.", "Moser"] == "Moser"
    assert found["Nach Ostern will Moser Gespräche mit der VBG führen.", "VBG"] == "VBG"


@pytest.mark.parametrize(("tgt_lang", "least"), [("de", 140), ("th", 15)])
def test_words_that_stand_in_the_target_as_they_are_get_chosen(german: list[Choice], tgt_lang: str, least: int) -> None:
    choices = german if tgt_lang == "de" else _project(tgt_lang)
    same = [
        (words, chosen)
        for item, words, chosen in choices
        if 0 < _count(words, item.segments[0].text) <= _count(words, item.segments[1].text)
    ]
    assert len(same) >= least
    assert [(words, chosen) for words, chosen in same if chosen != words] == []
