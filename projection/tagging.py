"""The only codec between tags (IOB1, IOB2, BIOES, BILOU) and token spans.

Broken tag sequences are read as the scorer of CoNLL-2000 reads them (Tjong Kim Sang and Buchholz 2000, `conlleval`):
an inside tag without a start starts a span. Every such reading is reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, get_args

from projection.errors import Problem

Scheme = Literal["iob1", "iob2", "bioes"]
AnyScheme = Literal["auto", "iob1", "iob2", "bioes", "bilou"]
OUTSIDE = "O"

_CANONICAL_PREFIX = {"B": "B", "I": "I", "E": "E", "S": "S", "L": "E", "U": "S"}
_WRITTEN_PREFIX = {"bilou": {"E": "L", "S": "U"}}


class TokenSpan(NamedTuple):
    """A label over the half-open token range [start_token, end_token)."""

    label: str
    start_token: int
    end_token: int


def is_tag(value: str) -> bool:
    """Whether a string is `O` or a known prefix, a hyphen and a label."""
    return value == OUTSIDE or (len(value) > 2 and value[1] == "-" and value[0] in _CANONICAL_PREFIX)


def split_tag(tag: str) -> tuple[str, str] | None:
    """(prefix, label) with prefix one of B I E S O (L and U of BILOU read as E and S); None for an unknown tag."""
    if tag == OUTSIDE:
        return OUTSIDE, ""
    if not is_tag(tag):
        return None
    return _CANONICAL_PREFIX[tag[0]], tag[2:]


def detect_scheme(tag_sequences: Iterable[Sequence[str]]) -> Scheme:
    """The scheme that a file's tags follow.

    E-, S-, L- or U- tags mean BIOES. Otherwise a B- tag that starts a span after O or another label means IOB2; only
    if there is none and some I- tag starts a span, the file is IOB1. Without evidence: IOB2.
    """
    inside_starts = False
    starts = False
    for tags in tag_sequences:
        label_before = ""
        for tag in tags:
            prefix, label = split_tag(tag) or (OUTSIDE, "")
            if prefix in ("E", "S"):
                return "bioes"
            if label and label != label_before:
                starts = starts or prefix == "B"
                inside_starts = inside_starts or prefix == "I"
            label_before = label
    return "iob1" if inside_starts and not starts else "iob2"


def read_tags(
    tags: Sequence[str], *, scheme: AnyScheme = "auto", lines: Sequence[int] = (), row: int = -1
) -> tuple[list[TokenSpan], list[Problem]]:
    """Read the tags of one sentence.

    Args:
        tags: one tag for each token.
        scheme: `auto` decides from these tags alone; give the scheme of the whole file where it is known.
        lines: 1-based line of each token, for the places of problems.
        row: 0-based index of the sentence, for problems.

    Returns:
        The spans in text order, and one problem for each tag that had to be repaired, with the reading chosen.

    Raises:
        ValueError: for an unknown scheme.
    """
    if scheme not in get_args(AnyScheme):
        raise ValueError(f"unknown scheme {scheme!r}")
    chosen = detect_scheme([tags]) if scheme == "auto" else scheme
    reader = _TagReader(tags, is_iob1=chosen == "iob1", has_ends=chosen in ("bioes", "bilou"), lines=lines, row=row)
    return reader.read()


class _TagReader:
    """State of reading one sentence: the open span and what was found."""

    def __init__(self, tags: Sequence[str], *, is_iob1: bool, has_ends: bool, lines: Sequence[int], row: int) -> None:
        self.tags = tags
        self.is_iob1 = is_iob1
        self.has_ends = has_ends
        self.lines = lines
        self.row = row
        self.spans: list[TokenSpan] = []
        self.problems: list[Problem] = []
        self.start = -1
        self.label = ""

    def read(self) -> tuple[list[TokenSpan], list[Problem]]:
        for index, tag in enumerate(self.tags):
            if tag == OUTSIDE:
                if self.start >= 0:
                    self._close(index, is_ended=False)
                continue
            self._read_tag(index, tag)
        self._close(len(self.tags), is_ended=False)
        return self.spans, self.problems

    def _read_tag(self, index: int, tag: str) -> None:
        parts = split_tag(tag)
        if parts is None:
            self._close(index, is_ended=False)
            self._report("unknown-tag", index, f"{tag!r} is not a tag of B-, I-, E-, S- or O.", "Read as O.")
            return
        prefix, label = parts
        goes_on = self.start >= 0 and prefix in ("I", "E") and label == self.label
        if not goes_on:
            self._open(index, prefix, label)
        if prefix in ("E", "S"):
            self._close(index + 1, is_ended=True)

    def _open(self, index: int, prefix: str, label: str) -> None:
        label_before = self.label if self.start >= 0 else ""
        self._close(index, is_ended=False)
        if prefix in ("I", "E") and not (self.is_iob1 and prefix == "I"):
            self._report_missing_start(index, label, label_before)
        self.start, self.label = index, label

    def _report_missing_start(self, index: int, label: str, label_before: str) -> None:
        tag = self.tags[index]
        if label_before:
            fault = f"{tag} follows a span of {label_before}."
            self._report("label-changes-inside", index, fault, f"Read as the start of a new {label} span.")
        else:
            fault = f"{tag} has no start before it."
            self._report("inside-without-start", index, fault, f"Read as the start of a {label} span.")

    def _close(self, end: int, *, is_ended: bool) -> None:
        if self.start < 0:
            return
        self.spans.append(TokenSpan(self.label, self.start, end))
        if self.has_ends and not is_ended:
            fault = f"The {self.label} span that starts here has no E- or S- tag at its end."
            self._report("span-without-end", self.start, fault, f"Read as a span of {end - self.start} token(s).")
        self.start = -1
        self.label = ""

    def _report(self, code: str, index: int, message: str, remedy: str) -> None:
        line = self.lines[index] if self.lines else 0
        place = f"line {line}" if line else f"token {index + 1}"
        self.problems.append(Problem(code, message, remedy, place=place, line=line, row=self.row))


def write_tags(
    spans: Iterable[TokenSpan], n_tokens: int, *, scheme: AnyScheme = "iob2"
) -> tuple[list[str], list[Problem]]:
    """Write one tag for each token.

    Of spans that overlap, the one that starts first is kept, of those the longest, of those the one given first.

    Returns:
        The tags, and one problem for each span that they cannot hold (`nested-span`, `overlapping-span`,
        `span-out-of-range`, `no-label`).

    Raises:
        ValueError: for an unknown scheme or `auto`.
    """
    if scheme not in get_args(AnyScheme) or scheme == "auto":
        raise ValueError(f"cannot write scheme {scheme!r}")
    tags = [OUTSIDE] * n_tokens
    problems: list[Problem] = []
    kept: TokenSpan | None = None
    for span in sorted(spans, key=lambda span: (span.start_token, -span.end_token)):
        problem = _loss(span, kept, n_tokens)
        if problem is not None:
            problems.append(problem)
            continue
        touches_same = kept is not None and kept.end_token == span.start_token and kept.label == span.label
        _tag_span(tags, span, scheme=scheme, touches_same=touches_same)
        kept = span
    return tags, problems


def _loss(span: TokenSpan, kept: TokenSpan | None, n_tokens: int) -> Problem | None:
    name = f"{span.label} span" if span.label else "span"
    described = f"The {name} over tokens {span.start_token + 1} to {span.end_token}"
    place = f"token {span.start_token + 1}"
    if not 0 <= span.start_token < span.end_token <= n_tokens:
        message = f"{described} does not fit into {n_tokens} tokens."
        return Problem("span-out-of-range", message, "Left out.", place=place)
    if not span.label or "\n" in span.label or "\t" in span.label:
        return Problem("no-label", f"{described} has no label that a tag can hold.", "Left out.", place=place)
    if kept is None or span.start_token >= kept.end_token:
        return None
    is_nested = span.end_token <= kept.end_token
    code, verb = ("nested-span", "lies inside") if is_nested else ("overlapping-span", "overlaps")
    other = f"the {kept.label} span over tokens {kept.start_token + 1} to {kept.end_token}"
    return Problem(code, f"{described} {verb} {other}.", "Left out: tags hold one span a token.", place=place)


def _tag_span(tags: list[str], span: TokenSpan, *, scheme: str, touches_same: bool) -> None:
    last = span.end_token - 1
    has_ends = scheme in ("bioes", "bilou")
    for index in range(span.start_token, span.end_token):
        prefix = "I"
        if index == span.start_token and (scheme != "iob1" or touches_same):
            prefix = "B"
        if has_ends and index == last:
            prefix = "S" if index == span.start_token else "E"
        prefix = _WRITTEN_PREFIX.get(scheme, {}).get(prefix, prefix)
        tags[index] = f"{prefix}-{span.label}"
