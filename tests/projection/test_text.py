from __future__ import annotations

import pytest

from projection.errors import OffsetError
from projection.text import (
    Utf16Map,
    check_interval,
    check_span,
    direction,
    from_utf16,
    grapheme_boundaries,
    interval_of_tokens,
    is_grapheme_boundary,
    is_unspaced,
    join_tokens,
    script_of,
    to_utf16,
    tokenize,
    tokens_of_interval,
    trim_interval,
)
from projection.types import Interval

FAMILY = "👨\u200d👩\u200d👧"


def words(text: str, lang: str) -> list[str]:
    return [text[start:end] for start, end in tokenize(text, lang=lang)]


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("Newton'un elması.", "tr", ["Newton", "'", "un", "elması", "."]),
        ("Newton’un elması", "tr", ["Newton", "’", "un", "elması"]),
        ("l’homme d'état", "fr", ["l", "’", "homme", "d", "'", "état"]),
        ("'quoted' dogs' 3.14", "en", ["'", "quoted", "'", "dogs", "'", "3.14"]),
        ("well-known, e.g. x_y", "en", ["well", "-", "known", ",", "e.g", ".", "x_y"]),
        ("สวัสดีชาวโลก", "th", ["สวัสดี", "ชาว", "โลก"]),
        ("我爱北京天安门", "zh", ["我", "爱", "北京", "天安门"]),
        ("私は学生です。", "ja", ["私", "は", "学生", "です", "。"]),
        ("ប្រទេសកម្ពុជា", "km", ["ប្រទេស", "កម្ពុជា"]),
        ("كِتَابٌ، جديد", "ar", ["كِتَابٌ", "،", "جديد"]),
        (f"a{FAMILY}b 🇩🇪🇫🇷", "en", ["a", FAMILY, "b", "🇩🇪", "🇫🇷"]),
        ("a\r\nb\u00a0c \u2028 d", "en", ["a", "b", "c", "d"]),
        ("𠀀𠀁a", "zh", ["𠀀", "𠀁", "a"]),
        ("\u0600! x", "ar", ["\u0600!", "x"]),
        (" \u0301x", "en", [" \u0301", "x"]),
        ("a\ud800b", "en", ["a", "\ud800", "b"]),
        ("", "en", []),
        (" \t\n", "en", []),
        ("words of an unknown tongue", "not a code", ["words", "of", "an", "unknown", "tongue"]),
    ],
)
def test_tokens(text: str, lang: str, expected: list[str]) -> None:
    assert words(text, lang) == expected


def test_burmese_tokens_cover_the_text_and_keep_its_clusters() -> None:
    text = "ကျွန်တော် မြန်မာစာ ဖတ်တယ်။"
    tokens = tokenize(text, lang="my")
    assert "".join(text[start:end] for start, end in tokens) == text.replace(" ", "")
    assert len(tokens) >= 4


def test_boundaries_of_clusters() -> None:
    assert grapheme_boundaries("") == (0,)
    assert grapheme_boundaries("ab") == (0, 1, 2)
    assert grapheme_boundaries("a\r\nb") == (0, 1, 3, 4)
    assert grapheme_boundaries("e\u0301x") == (0, 2, 3)
    assert grapheme_boundaries(FAMILY) == (0, 5)
    assert grapheme_boundaries("🇩🇪🇫🇷") == (0, 2, 4)


def test_one_position_is_looked_up_without_the_others() -> None:
    assert is_grapheme_boundary("ab", 1)
    assert not is_grapheme_boundary("e\u0301", 1)
    assert is_grapheme_boundary("e\u0301", 2)
    assert not is_grapheme_boundary("ab", 3)
    assert not is_grapheme_boundary("ab", -1)
    # The second and third flag letters belong to different flags only because of what stands before them.
    assert is_grapheme_boundary("🇩🇪🇫🇷", 2)
    assert not is_grapheme_boundary("🇩🇪🇫🇷", 3)


@pytest.mark.parametrize(
    ("text", "interval", "code", "message"),
    [
        ("abc", (0, 4), "out-of-range", "The interval 0-4 lies outside the text of 3 characters."),
        ("abc", (-1, 2), "out-of-range", "The interval -1-2 lies outside the text of 3 characters."),
        ("abc", (1, 1), "empty-interval", "The interval 1-1 holds no character."),
        ("abc", (2, 1), "empty-interval", "The interval 2-1 holds no character."),
        (
            "e\u0301a",
            (0, 1),
            "cuts-cluster",
            "Offset 1 lies inside a character that is written with several code points.",
        ),
        (FAMILY, (2, 5), "cuts-cluster", "Offset 2 lies inside a character that is written with several code points."),
    ],
)
def test_wrong_intervals_are_refused(text: str, interval: tuple[int, int], code: str, message: str) -> None:
    with pytest.raises(OffsetError) as caught:
        check_interval(text, *interval)
    assert caught.value.problem.code == code
    assert caught.value.problem.message == message


def test_right_intervals_pass() -> None:
    check_interval("e\u0301a", 0, 2)
    check_interval(" a ", 0, 3)
    check_span("New York City", [(0, 3), (9, 13)], surface="New City")


@pytest.mark.parametrize(
    ("intervals", "surface", "code"),
    [
        ([], None, "no-interval"),
        ([(0, 3), (2, 5)], None, "overlapping-intervals"),
        ([(4, 8), (0, 3)], None, "overlapping-intervals"),
        ([(0, 3)], "York", "surface-differs"),
        ([(0, 3), (9, 14)], None, "out-of-range"),
    ],
)
def test_wrong_spans_are_refused(intervals: list[tuple[int, int]], surface: str | None, code: str) -> None:
    with pytest.raises(OffsetError) as caught:
        check_span("New York City", intervals, surface=surface)
    assert caught.value.problem.code == code


def test_white_space_is_trimmed_but_no_cluster_is_cut() -> None:
    assert trim_interval("  ab ", 0, 5) == (2, 4)
    assert trim_interval("ab\u00a0", 0, 3) == (0, 2)
    assert trim_interval("   ", 1, 3) == (1, 1)
    assert trim_interval("  \u0301a", 0, 4) == (1, 4)


def test_utf16_offsets() -> None:
    text = "a😀b𠀀"
    assert [to_utf16(text, offset) for offset in range(5)] == [0, 1, 3, 4, 6]
    assert [from_utf16(text, offset) for offset in (0, 1, 3, 4, 6)] == [0, 1, 2, 3, 4]
    assert Utf16Map("").to_utf16(0) == 0
    assert Utf16Map("äö").from_utf16(2) == 2


@pytest.mark.parametrize(
    ("text", "offset", "code"),
    [
        ("a😀", 2, "inside-surrogate-pair"),
        ("a😀", 4, "out-of-range"),
        ("ab", 3, "out-of-range"),
        ("ab", -1, "out-of-range"),
    ],
)
def test_wrong_utf16_offsets_are_refused(text: str, offset: int, code: str) -> None:
    with pytest.raises(OffsetError) as caught:
        from_utf16(text, offset)
    assert caught.value.problem.code == code


def test_code_point_offset_outside_is_refused() -> None:
    with pytest.raises(OffsetError, match="Offset 3 lies outside the text of length 2"):
        to_utf16("a😀", 3)


TOKENS = (Interval(0, 3), Interval(4, 8), Interval(9, 13))


@pytest.mark.parametrize(
    ("interval", "expected"),
    [((0, 3), (0, 1)), ((4, 13), (1, 3)), ((2, 5), (0, 2)), ((3, 4), (1, 1)), ((13, 20), (3, 3)), ((5, 6), (1, 2))],
)
def test_tokens_that_an_interval_touches(interval: tuple[int, int], expected: tuple[int, int]) -> None:
    assert tokens_of_interval(TOKENS, interval) == expected


def test_interval_of_tokens() -> None:
    assert interval_of_tokens(TOKENS, 0, 2) == Interval(0, 8)
    with pytest.raises(OffsetError, match="The token range 1-1 is empty"):
        interval_of_tokens(TOKENS, 1, 1)
    with pytest.raises(OffsetError, match="The token range 1-4 lies outside the 3 tokens"):
        interval_of_tokens(TOKENS, 1, 4)


@pytest.mark.parametrize(
    ("tokens", "lang", "text"),
    [
        (["New", "York", "."], "en", "New York ."),
        (["我", "爱", "iPhone", "X", "手机", "。"], "zh", "我爱iPhone X手机。"),
        (["สวัสดี", "โลก"], "th", "สวัสดีโลก"),
        (["5 000", "kr"], "sv", "5 000 kr"),
        (["a", "\ufe0f"], "", "a\u200b\ufe0f"),
        (["\u0600", "x"], "ar", "\u0600\u200bx"),
        (["ก", "\u0e33"], "th", "ก\u200b\u0e33"),
        ([], "en", ""),
    ],
)
def test_tokens_are_joined_and_stay_exact(tokens: list[str], lang: str, text: str) -> None:
    joined, intervals = join_tokens(tokens, lang=lang)
    assert joined == text
    assert [joined[start:end] for start, end in intervals] == tokens
    for start, end in intervals:
        check_interval(joined, start, end)


def test_an_empty_token_cannot_be_joined() -> None:
    with pytest.raises(OffsetError, match="Token 2 is empty"):
        join_tokens(["a", ""], lang="en")


@pytest.mark.parametrize(
    ("lang", "script", "expected"),
    [
        ("ar", "Arab", "rtl"),
        ("fa", "Arab", "rtl"),
        ("he", "Hebr", "rtl"),
        ("pa-Arab", "Arab", "rtl"),
        ("pa", "Guru", "ltr"),
        ("dv", "Thaa", "rtl"),
        ("de", "Latn", "ltr"),
        ("", "", "ltr"),
        ("no such code", "", "ltr"),
    ],
)
def test_direction(lang: str, script: str, expected: str) -> None:
    assert script_of(lang) == script
    assert direction(lang) == expected


def test_languages_without_blanks() -> None:
    assert all(is_unspaced(lang) for lang in ("zh", "zh-TW", "yue", "ja", "th", "lo", "km", "my", "bo"))
    assert not any(is_unspaced(lang) for lang in ("ko", "en", "vi", "hi", "ja-Latn", ""))
