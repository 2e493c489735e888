"""Quotes are found where they stand, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projection.text import is_grapheme_boundary
from projection.types import Alignment, Interval, Item, Link, Segment, Span
from projection.vote.place import find_places, is_quoted
from projection.vote.questions import LabelText, LayerText, make_sheet
from projection.vote.resolve import Wanted, choose_places

TEXT = "Die „Universität“ von  North\u00a0Carolina liegt in Cafe\u0301 Ko\u0308ln; Straße, STRASSE und ﬁnal."


def found(quote: str, text: str = TEXT, **options: float) -> list[tuple[str, str]]:
    return [(place.how, text[slice(*place.interval)]) for place in find_places(text, quote, **options)]


@pytest.mark.parametrize(
    ("quote", "places"),
    [
        ("Universität", [("exact", "Universität")]),
        (" liegt in\n", [("exact", "liegt in")]),
        ('"Universität" von North Carolina', [("spacing", "„Universität“ von  North\u00a0Carolina")]),
        ("Café Köln", [("spacing", "Cafe\u0301 Ko\u0308ln")]),
        ("strasse", [("case", "Straße"), ("case", "STRASSE")]),
        ("final", [("case", "ﬁnal")]),
        ("in Café Köln Straße", [("punctuation", "in Cafe\u0301 Ko\u0308ln; Straße")]),
        ("Universitat von Nord Carolina", [("fuzzy", "Universität“ von  North\u00a0Carolina")]),
        ("Berlin", []),
        ("", []),
        (" \n", []),
        ("x" * 30_000, []),
        # The combining mark belongs to the letter: "Cafe" alone is not in the text.
        ("Cafe", []),
        ("Ko", []),
    ],
)
def test_a_quote_is_found_with_the_least_forgiven(quote: str, places: list[tuple[str, str]]) -> None:
    assert found(quote) == places


def test_words_come_before_parts_of_words() -> None:
    assert [place.interval for place in find_places("Artist, art, start", "art")] == [Interval(8, 11)]
    inside = find_places("Istanbulda", "Istanbul")
    assert [(place.interval, place.is_whole) for place in inside] == [(Interval(0, 8), False)]


def test_the_threshold_is_a_setting_and_figures_are_never_guessed() -> None:
    assert found("Londres", "in Londra", threshold=0.7) == [("fuzzy", "Londra")]
    assert found("Londres", "in Londra") == []
    assert found("12 November 1998", "am 12 November 1999") == []
    assert found("12 Novembre 1999", "am 12 November 1999") == [("fuzzy", "12 November 1999")]
    assert found("Universitaet", threshold=2) == []


def test_unspaced_scripts() -> None:
    assert found("กรุงเทพ", "ฉันอยู่ที่กรุงเทพมหานคร") == [("exact", "กรุงเทพ")]
    assert found("北京", "我住在北京市") == [("exact", "北京")]
    # A base letter without its vowel sign is half a visible character.
    assert found("ท", "ที่") == []


@given(st.text(max_size=60), st.text(max_size=20), st.floats(0.3, 1.0))
def test_places_are_intervals_of_whole_characters(text: str, quote: str, threshold: float) -> None:
    for place in find_places(text, quote, threshold=threshold):
        start, end = place.interval
        assert 0 <= start < end <= len(text)
        assert is_grapheme_boundary(text, start)
        assert is_grapheme_boundary(text, end)
        assert text[start:end].strip()
        if place.how == "exact":
            assert text[start:end] == quote.strip()


@given(st.text("ab e\u0301\u0308İß„\"'-–ิ0\u200d👩", max_size=40), st.integers(0, 40), st.integers(1, 10))
def test_what_stands_there_is_found_there(text: str, start: int, length: int) -> None:
    quote = text[start : start + length]
    is_whole = is_grapheme_boundary(text, start) and is_grapheme_boundary(text, start + len(quote))
    if quote.strip() != quote or not quote or not is_whole:
        return
    places = find_places(text, quote)
    assert all(text[slice(*place.interval)] == quote for place in places if place.how == "exact")
    assert places
    assert places[0].how == "exact"


# ---------------------------------------------------------------------------------------------------- repeated strings

LAYER = LayerText("names", "span", (LabelText("PER"), LabelText("LOC")))


def make_item(source: str, target: str, spans: list[tuple[int, int]], links: tuple[Link, ...] = ()) -> Item:
    segments = (Segment(source, "en", "source"), Segment(target, "de", "target"))
    marked = tuple(Span("PER", (Interval(*each),), 0, "names", f"s{n}") for n, each in enumerate(spans))
    return Item("i", segments, marked, alignments=(Alignment(links),) if links else ())


def resolve(item: Item, quotes: list[str], occurrences: dict[int, int] | None = None) -> list[Interval | None]:
    sheet = make_sheet(item, [LAYER])
    text = item.target.text
    wanted = [
        Wanted(question, tuple(find_places(text, quote)), (occurrences or {}).get(number))
        for number, (question, quote) in enumerate(zip(sheet.questions, quotes, strict=True))
    ]
    return [place.interval if place else None for place in choose_places(item, wanted)]


TWICE = "Ada kennt Bob und Ada ruft"


def test_equal_quotes_go_to_places_in_order() -> None:
    item = make_item("Ada knows Bob and Ada calls", TWICE, [(0, 3), (18, 21)])
    assert resolve(item, ["Ada", "Ada"]) == [Interval(0, 3), Interval(18, 21)]


def test_a_single_quote_goes_where_its_source_stands_among_its_like() -> None:
    assert resolve(make_item("Ada knows Bob and Ada calls", TWICE, [(18, 21)]), ["Ada"]) == [Interval(18, 21)]
    # Once in the source, twice in the target: the nearest.
    assert resolve(make_item("Ada calls", TWICE, [(0, 3)]), ["Ada"]) == [Interval(0, 3)]


def test_links_and_the_voters_own_count_go_before_order() -> None:
    item = make_item("Ada knows Bob and Ada calls", TWICE, [(0, 3)], (Link(0, 4, 0.9), Link(4, 0, 0.9)))
    assert resolve(item, ["Ada"]) == [Interval(18, 21)]
    assert resolve(item, ["Ada"], {0: 1}) == [Interval(0, 3)]
    assert resolve(item, ["Ada"], {0: 9}) == [Interval(18, 21)]


def test_one_place_holds_one_label_of_a_layer() -> None:
    item = make_item("Ada knows Ada", "Ada kennt sich", [(0, 3), (10, 13)])
    assert resolve(item, ["Ada", "Ada"]) == [Interval(0, 3), None]
    nested = make_item("Ada knows Ada", "Ada kennt sich", [(0, 3), (0, 9)])
    assert resolve(nested, ["Ada", "Ada"]) == [Interval(0, 3), Interval(0, 3)]


def test_evidence_is_quoted_or_not() -> None:
    assert is_quoted(TEXT, "north carolina")
    assert not is_quoted(TEXT, "South Dakota")
