"""What every reader and writer shares: results, decoding, lines."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from charset_normalizer import from_bytes

from projection.errors import FormatError, Problem
from projection.tagging import TokenSpan
from projection.types import Interval

Row = TypeVar("Row")

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_COMPRESSED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh9", b"\xfd7zXZ\0")
# PNG, JPEG, GIF, PDF, and the office documents that are not zip archives.
_NOT_TEXT = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"%PDF-", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_HINT_BYTES = 20_000
_COMMON_ENCODING = "cp1252"
# Fewer bytes outside ASCII fit any encoding.
_FIRST_TELLING_BYTE = 0x80
_MIN_TELLING_BYTES = 4
# Only what people meet: a guess among all the codecs there are names strange ones for a few bytes.
_LIKELY_ENCODINGS = [
    *("utf_8", "utf_16_le", "utf_16_be", "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256"),
    *("cp1257", "cp1258", "cp874", "koi8_r", "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr"),
]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One row of a file with one language.

    Attributes:
        id: the file's own id, or the 1-based position as a string.
        document: name of the document, or "".
        text: the sentence.
        tokens: token intervals; empty when the file has none.
        spans: labelled token ranges in text order.
        line: 1-based line where the row starts.
        row: 0-based position in the file.
        meta: what else the file says about the row, by name.
    """

    id: str
    text: str
    document: str = ""
    tokens: tuple[Interval, ...] = ()
    spans: tuple[TokenSpan, ...] = ()
    line: int = 0
    row: int = -1
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def words(self) -> list[str]:
        """The token strings."""
        return [self.text[start:end] for start, end in self.tokens]

    def interval_of(self, span: TokenSpan) -> Interval:
        """Characters that a token span covers."""
        return Interval(self.tokens[span.start_token].start_char, self.tokens[span.end_token - 1].end_char)


@dataclass(frozen=True, slots=True)
class ReadResult(Generic[Row]):
    """What was read and what could not be used.

    Attributes:
        rows: sentences, items or table rows in file order; their index is `Problem.row`, except in JSON Lines, where
            a record with a problem is not among them.
        problems: in file order.
        labels: how many spans have each label.
        encoding: the encoding that was used.
        newline: `lf`, `crlf`, `cr`, `mixed`, or "" for a file of one line without end.
        n_lines: lines of the file.
        info: what was found out about the format (delimiter, columns, scheme), for a preview.
    """

    rows: list[Row]
    problems: list[Problem]
    labels: Counter[str] = field(default_factory=Counter)
    encoding: str = "utf-8"
    newline: str = "lf"
    n_lines: int = 0
    info: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What was written and what the format could not hold.

    Attributes:
        text: the file; encode as UTF-8.
        problems: the loss report; empty when everything was written.
        n_rows: sentences, items or rows written.
    """

    text: str
    problems: list[Problem]
    n_rows: int


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file as text, and as lines without their ends."""

    text: str
    lines: list[str]
    encoding: str
    newline: str


def decode(data: bytes, *, encoding: str | None = None) -> Decoded:
    """Decode a file and split it into lines at line feeds (and carriage returns) only.

    Args:
        data: the whole file. UTF-8 with or without a byte order mark, or UTF-16 with one.
        encoding: decode with this codec instead.

    Raises:
        FormatError: `bad-encoding` with the line of the first bad byte and a likely encoding, `unknown-encoding`,
            `binary-file`, `compressed-file`, `not-text`.
    """
    if data.startswith(_NOT_TEXT):
        fault = "The file is an image, a PDF or an office document."
        raise FormatError(Problem("not-text", fault, "Save what it holds as UTF-8 text."))
    if data.startswith(_COMPRESSED):
        raise FormatError(Problem("compressed-file", "The file is compressed.", "Unpack it first."))
    body, codec = _strip_bom(data) if encoding is None else (data, encoding)
    try:
        text = body.decode(codec)
    except LookupError as err:
        raise FormatError(
            Problem("unknown-encoding", f"There is no encoding named {codec!r}.", "Choose UTF-8 if in doubt.")
        ) from err
    except UnicodeDecodeError as err:
        raise FormatError(_encoding_problem(body, codec, err.start)) from err
    if encoding is not None:
        text = text.removeprefix("\ufeff")
    if "\0" in text:
        raise FormatError(_binary_problem(text))
    lines, newline = split_lines(text)
    return Decoded(text, lines, codec, newline)


def _strip_bom(data: bytes) -> tuple[bytes, str]:
    for bom, codec in _BOMS:
        if data.startswith(bom):
            return data[len(bom) :], codec
    return data, "utf-8"


def _encoding_problem(body: bytes, codec: str, position: int) -> Problem:
    width = 2 if codec.startswith("utf-16") else 1
    line = body[:position].count(b"\n\0" if codec == "utf-16-le" else b"\n") + 1
    fault = f"Byte 0x{body[position]:02X} is not valid {codec.upper()}."
    likely = _likely_encoding(body, position) if width == 1 else ""
    looks = f"The file looks like {likely}: choose that encoding" if likely else "Choose the file's encoding"
    return Problem("bad-encoding", fault, f"{looks} or save it as UTF-8.", place=f"line {line}", line=line)


def _likely_encoding(body: bytes, position: int) -> str:
    start = body.rfind(b"\n", 0, max(0, position - _HINT_BYTES // 2)) + 1
    sample = body[start : start + _HINT_BYTES]
    n_telling = sum(byte >= _FIRST_TELLING_BYTE for byte in sample)
    if n_telling < _MIN_TELLING_BYTES and b"\0" not in sample:
        return ""
    best = from_bytes(sample, cp_isolation=_LIKELY_ENCODINGS).best()
    if best is None or best.encoding == "utf_8":
        return ""
    # Of encodings that give the same text, the one that people know.
    is_common = sample.decode(_COMMON_ENCODING, errors="replace") == str(best)
    return _COMMON_ENCODING if is_common else best.encoding.replace("_", "-")


def _binary_problem(text: str) -> Problem:
    line = text.count("\n", 0, text.index("\0")) + 1
    remedy = "Save it as UTF-8 text; UTF-16 needs its byte order mark."
    return Problem("binary-file", "The file holds a NUL character.", remedy, place=f"line {line}", line=line)


def split_lines(text: str) -> tuple[list[str], str]:
    """Lines without their ends, and the kind of line end. A last line end does not start another line."""
    n_crlf = text.count("\r\n")
    n_lf = text.count("\n")
    if n_lf == 0 and "\r" in text:
        return text.removesuffix("\r").split("\r"), "cr"
    if not text:
        return [], ""
    lines = text.removesuffix("\n").split("\n")
    if n_crlf:
        lines = [line.removesuffix("\r") for line in lines]
    return lines, _newline_name(n_lf, n_crlf)


def _newline_name(n_lf: int, n_crlf: int) -> str:
    if n_lf == 0:
        return ""
    if n_crlf == 0:
        return "lf"
    return "crlf" if n_crlf == n_lf else "mixed"


@contextmanager
def no_collection() -> Iterator[None]:
    """Keep the cyclic garbage collector from running while millions of small objects are made.

    It would look through all of them again and again and find nothing: half of the time of reading a large file.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def count_labels(sentences: Iterable[Sentence]) -> Counter[str]:
    """How many spans have each label."""
    return Counter(span.label for sentence in sentences for span in sentence.spans)


def line_problem(code: str, message: str, remedy: str, *, line: int, row: int = -1) -> Problem:
    """A problem at a line of the file."""
    return Problem(code, message, remedy, place=f"line {line}", line=line, row=row)
