from __future__ import annotations

import pytest

from projection.align.romanise import romanise, script_of
from projection.align.words import bare, fold, has_digit, is_sign, main_script, spelling, stem


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Déjà", "deja"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("Москва", "москва"),
        ("й", "й"),
        ("1984", "1984"),
    ],
)
def test_fold(word: str, expected: str) -> None:
    assert fold(word) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [("sushi.", "sushi"), ('"Sushi,"', "sushi"), ("U.S.", "u.s"), ("...", "..."), ("-", "-"), ("हिन्दी।", "हिन्दी")],
)
def test_bare_takes_off_signs_at_the_edges_only(word: str, expected: str) -> None:
    assert bare(word) == expected


def test_stem_cuts_words_but_not_numbers() -> None:
    assert stem("Vereinigten", n_letters=4) == "vere"
    assert stem("19845", n_letters=4) == "19845"
    assert stem("Vereinigten", n_letters=0) == "vereinigten"
    assert stem("cat", n_letters=4) == "cat"


def test_is_sign() -> None:
    assert [is_sign(token) for token in [",", "«", "a.", "3", "-"]] == [True, True, False, False, True]


def test_digits_of_any_script() -> None:
    assert [has_digit(token) for token in ["a1", "٣", "x²", "abc", "a-b", "字", "«é»", ""]] == [True] * 3 + [False] * 5


def test_scripts() -> None:
    assert script_of("Москва") == "CYRILLIC"
    assert script_of("123") == ""
    assert main_script(["Berlin", "β", "1", "Haus"]) == "LATIN"
    assert main_script(["1", "."]) == ""


def test_romanise() -> None:
    assert romanise("Москва") == "moskva"


@pytest.mark.parametrize(
    ("latin", "arabic"),
    [("Putin", "بوتين"), ("Victoria", "فيكتوريا"), ("California", "كاليفورنيا"), ("Paris", "باريس")],
)
def test_names_are_compared_without_vowels_where_a_script_has_none(latin: str, arabic: str) -> None:
    form = spelling(latin, own_script="LATIN", other_script="ARABIC")
    assert spelling(arabic, own_script="ARABIC", other_script="LATIN") == form
    assert len(form) >= 3


def test_short_skeletons_are_not_used() -> None:
    assert spelling("Obama", own_script="LATIN", other_script="ARABIC") == "obama"
    assert spelling("COVID-19", own_script="LATIN", other_script="ARABIC") == "covid-19"
    assert spelling("Victoria", own_script="LATIN", other_script="CYRILLIC") == "victoria"


def test_spelling_is_romanised_only_across_scripts() -> None:
    assert spelling("Москва", own_script="CYRILLIC", other_script="LATIN") == "moskva"
    assert spelling("Москва", own_script="CYRILLIC", other_script="CYRILLIC") == "москва"
    assert spelling("β", own_script="LATIN", other_script="LATIN") == "β"
    assert spelling("Putin", own_script="CYRILLIC", other_script="LATIN") == "putin"
