from __future__ import annotations

import pytest

from projection.align.romanise import romanise, script_of
from projection.align.words import bare, fold, is_sign, main_script, spelling, stem


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


def test_scripts() -> None:
    assert script_of("Москва") == "CYRILLIC"
    assert script_of("123") == ""
    assert main_script(["Berlin", "β", "1", "Haus"]) == "LATIN"
    assert main_script(["1", "."]) == ""


def test_romanise() -> None:
    assert romanise("Москва") == "moskva"


def test_spelling_is_romanised_only_across_scripts() -> None:
    assert spelling("Москва", own_script="CYRILLIC", other_script="LATIN") == "moskva"
    assert spelling("Москва", own_script="CYRILLIC", other_script="CYRILLIC") == "москва"
    assert spelling("β", own_script="LATIN", other_script="LATIN") == "β"
    assert spelling("Putin", own_script="CYRILLIC", other_script="LATIN") == "putin"
