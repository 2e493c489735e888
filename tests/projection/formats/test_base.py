from __future__ import annotations

import pytest

from projection.errors import FormatError
from projection.formats import read_conll, read_plain
from projection.formats.base import decode, split_lines


@pytest.mark.parametrize(
    ("text", "lines", "newline"),
    [
        ("", [], ""),
        ("a", ["a"], ""),
        ("a\n", ["a"], "lf"),
        ("a\n\n", ["a", ""], "lf"),
        ("a\r\nb\r\n", ["a", "b"], "crlf"),
        ("a\r\nb\n", ["a", "b"], "mixed"),
        ("a\rb\r", ["a", "b"], "cr"),
        ("a\u2028b\x0bc\x85d\n", ["a\u2028b\x0bc\x85d"], "lf"),
    ],
)
def test_lines_end_at_line_feeds_only(text: str, lines: list[str], newline: str) -> None:
    assert split_lines(text) == (lines, newline)


@pytest.mark.parametrize(
    ("data", "code", "expected"),
    [
        (
            "Zürich B-LOC\nCafé O\nÄrzte O\nschön O\nfür O\n".encode("cp1252"),
            "bad-encoding",
            "line 1: Byte 0xFC is not valid UTF-8.",
        ),
        (b"Ann O\nOslo O\n\xff\xfe O\n", "bad-encoding", "line 3: Byte 0xFF is not valid UTF-8."),
        (b"\xff\xfea\0\n\0b", "bad-encoding", "line 2: Byte 0x62 is not valid UTF-16-LE."),
        ("Ann O\n".encode("utf-16-le"), "binary-file", "line 1: The file holds a NUL character."),
        (b"\x1f\x8b\x08\0", "compressed-file", "The file is compressed. Unpack it first."),
        (b"PK\x03\x04rest", "compressed-file", "The file is compressed. Unpack it first."),
    ],
)
def test_files_that_cannot_be_decoded_are_refused(data: bytes, code: str, expected: str) -> None:
    for read in (read_plain, read_conll):
        with pytest.raises(FormatError) as caught:
            read(data)
        assert caught.value.problem.code == code
        assert str(caught.value).startswith(expected)


def test_a_likely_encoding_is_proposed() -> None:
    text = "Привет, как дела? Сегодня хорошая погода, и мы идём гулять в парк.\n" * 20
    with pytest.raises(FormatError) as caught:
        read_plain(text.encode("cp1251"))
    assert "The file looks like cp1251: choose that encoding or save it as UTF-8." in str(caught.value)
    assert read_plain(text.encode("cp1251"), encoding="cp1251").rows[0].text == text.splitlines()[0]


def test_a_given_encoding_is_used_or_refused() -> None:
    assert decode("\ufeffé".encode(), encoding="utf-8").lines == ["é"]
    assert decode("é".encode("latin-1"), encoding="latin-1").lines == ["é"]
    with pytest.raises(FormatError, match="There is no encoding named 'klingon'"):
        decode(b"a", encoding="klingon")
