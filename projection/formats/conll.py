"""CoNLL: one token a line, 1 to 5 (or more) columns, blank lines between sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from projection.errors import Problem
from projection.formats.base import ReadResult, Sentence, WriteResult, count_labels, decode, line_problem, no_collection
from projection.formats.columns import DOCUMENT_START, Layout, find_layout, strip_blanks
from projection.formats.spans import lost_links, token_spans
from projection.tagging import OUTSIDE, AnyScheme, Scheme, TokenSpan, detect_scheme, is_tag, read_tags, write_tags
from projection.text import is_grapheme_boundary, join_tokens
from projection.types import TARGET, Interval, Item, Segment, Side

_KEY_VALUE = re.compile(r"#\s*([^=]*?)\s*=\s?(.*)", re.DOTALL)
_RANGE_INDEX = re.compile(r"\d+[-.]\d+$")
_LINE_BREAK = re.compile(r"[\r\n]")


@dataclass(slots=True)
class _Block:
    """The lines of one sentence."""

    line: int = 0
    document: str = ""
    has_token_lines: bool = False
    words: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    comments: dict[str, str] = field(default_factory=dict)

    @property
    def is_sentence(self) -> bool:
        """Whether it stands for a sentence, be it an empty one, and not just for a remark."""
        return self.has_token_lines or bool({"sent_id", "id", "text"} & self.comments.keys())


@no_collection()
def read_conll(
    data: bytes,
    *,
    encoding: str | None = None,
    token_column: int | None = None,
    tag_column: int | None = None,
    scheme: AnyScheme = "auto",
    lang: str = "",
) -> ReadResult[Sentence]:
    """Read a token-per-line file.

    Columns are separated by tabs (then a token may hold blanks) or by blanks. A leading column that counts tokens is
    recognised, and so is the tag column: the one whose values are most often tags, the last of equals. A file of
    tokens only is an unlabelled one. `# sent_id`, `# id`, `# newdoc id`, `# text` and `-DOCSTART-` are understood;
    other `# key = value` lines go to `Sentence.meta`. The text of `# text` is kept when the tokens spell it, else the
    text is made from the tokens by `projection.text.join_tokens`.

    Args:
        data: the whole file.
        encoding: see `projection.formats.base.decode`.
        token_column: 0-based column of the token; found out when None.
        tag_column: 0-based column of the tag; found out when None.
        scheme: of the tags; found out from the whole file when `auto`.
        lang: BCP 47 code, for how tokens are joined.

    Raises:
        FormatError: the file cannot be decoded, or a given column does not exist.
    """
    decoded = decode(data, encoding=encoding)
    layout = find_layout(decoded.lines, token_column=token_column, tag_column=tag_column)
    reader = _BlockReader(layout)
    blocks = list(reader.read(decoded.lines))
    problems = [*_file_problems(layout, blocks), *reader.problems]
    chosen = detect_scheme(block.tags for block in blocks) if scheme == "auto" else scheme
    rows = [_make_sentence(block, row, scheme=chosen, lang=lang, problems=problems) for row, block in enumerate(blocks)]
    problems.extend(duplicate_ids(rows))
    problems.sort(key=lambda problem: problem.line)
    return ReadResult(
        rows,
        problems,
        count_labels(rows),
        decoded.encoding,
        decoded.newline,
        len(decoded.lines),
        _describe(layout, chosen),
    )


def _describe(layout: Layout, scheme: str) -> dict[str, str | int | None]:
    return {
        "delimiter": "tab" if layout.is_tabbed else "blank",
        "n_columns": layout.n_columns,
        "index_column": 0 if layout.has_index else None,
        "token_column": layout.token_column,
        "tag_column": layout.tag_column,
        "scheme": scheme if layout.tag_column is not None else "",
    }


def _file_problems(layout: Layout, blocks: Sequence[_Block]) -> Iterator[Problem]:
    if not blocks:
        yield line_problem("empty-file", "The file holds no sentence.", "Choose another file.", line=1)
    elif layout.tag_column is None and layout.n_columns > layout.token_column + 1:
        fault = f"None of the {layout.n_columns} columns holds tags such as O or B-PER: no labels were read."
        yield line_problem("no-tag-column", fault, "Choose the tag column if there is one.", line=1)


def duplicate_ids(rows: Iterable[Sentence]) -> Iterator[Problem]:
    """One problem for each sentence whose id an earlier one has."""
    lines: dict[str, int] = {}
    for row in rows:
        first = lines.setdefault(row.id, row.line)
        if first != row.line:
            fault = f"The id {row.id!r} was used before, in line {first}."
            yield line_problem("duplicate-id", fault, "Give each sentence its own id.", line=row.line, row=row.row)


class _BlockReader:
    """Splits the lines of a file into sentences."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.problems: list[Problem] = []
        self.document = ""
        self.n_documents = 0
        self.n_rows = 0
        self.block = _Block()

    def read(self, lines: Sequence[str]) -> Iterator[_Block]:
        blank_since = 0
        for number, line in enumerate(lines, start=1):
            if not line or (line.isspace() and not line.strip(" \t")):
                blank_since = blank_since or number
                yield from self._finish()
                continue
            if blank_since:
                self._check_gap(blank_since, number)
                blank_since = 0
            self._read_line(number, line)
        yield from self._finish()

    def _finish(self) -> Iterator[_Block]:
        block, self.block = self.block, _Block()
        if not block.is_sentence:
            return
        block.document = self.document
        if not block.words:
            fault = "The sentence has no tokens."
            self._report("empty-sentence", fault, "Fill it in or skip this row.", block.line)
        self.n_rows += 1
        yield block

    def _check_gap(self, first: int, after: int) -> None:
        if after - first > 1 and self.n_rows:
            fault = f"{after - first} empty lines follow each other: read as one."
            remedy = "If an empty sentence was meant, pairs by position are wrong from here on."
            self.problems.append(line_problem("extra-empty-line", fault, remedy, line=first + 1))

    def _read_line(self, number: int, line: str) -> None:
        if line[0] == "#" and self.layout.is_comment(line):
            self._read_comment(number, line)
        elif line[0] == "-" and line.startswith(DOCUMENT_START) and not self.block.words:
            self.n_documents += 1
            self.document = f"doc-{self.n_documents}"
        else:
            self._read_token(number, line)

    def _read_comment(self, number: int, line: str) -> None:
        match = _KEY_VALUE.match(line)
        if match is None:
            return
        key, value = match[1], match[2].strip()
        if key in ("newdoc id", "newdoc"):
            self.document = value
            return
        self.block.line = self.block.line or number
        self.block.comments[key] = value

    def _read_token(self, number: int, line: str) -> None:
        layout, block = self.layout, self.block
        block.line = block.line or number
        block.has_token_lines = True
        fields = layout.fields(line)
        if layout.has_index and not fields[0].isdigit() and _RANGE_INDEX.match(fields[0]):
            return
        if len(fields) != layout.n_columns:
            fields = self._repair(number, fields)
        word = strip_blanks(fields[layout.token_column])
        if not word:
            self._report("empty-token", "The token is empty.", "Left out with its tag.", number)
            return
        block.words.append(word)
        block.lines.append(number)
        if layout.tag_column is not None:
            block.tags.append(fields[layout.tag_column].strip())

    def _repair(self, number: int, fields: list[str]) -> list[str]:
        layout = self.layout
        n_fields = len(fields)
        word = fields[min(layout.token_column, n_fields - 1)]
        tag = _repaired_tag(fields, layout)
        repaired = [""] * layout.n_columns
        repaired[layout.token_column] = word
        read = f"token {word!r}"
        if layout.tag_column is not None:
            repaired[layout.tag_column] = tag
            read = f"{read} with tag {tag}"
        fault = f"The line has {n_fields} column(s), most lines have {layout.n_columns}."
        self._report("wrong-columns", fault, f"Read as {read}.", number)
        return repaired

    def _report(self, code: str, message: str, remedy: str, line: int) -> None:
        self.problems.append(line_problem(code, message, remedy, line=line, row=self.n_rows))


def _repaired_tag(fields: Sequence[str], layout: Layout) -> str:
    for position in (layout.tag_column, len(fields) - 1):
        in_range = position is not None and layout.token_column < position < len(fields)
        if position is not None and in_range and is_tag(fields[position].strip()):
            return fields[position].strip()
    return OUTSIDE


# ------------------------------------------------------------------------------------------------- blocks to sentences


def _make_sentence(block: _Block, row: int, *, scheme: AnyScheme, lang: str, problems: list[Problem]) -> Sentence:
    spans, faults = read_tags(block.tags, scheme=scheme, lines=block.lines, row=row)
    problems.extend(faults)
    text, tokens = _find_text(block, row, spans, lang=lang, problems=problems)
    known = {"sent_id", "id", "text"}
    return Sentence(
        id=block.comments.get("sent_id") or block.comments.get("id") or str(row + 1),
        text=text,
        document=block.document,
        tokens=tokens,
        spans=tuple(spans),
        line=block.line,
        row=row,
        meta={key: value for key, value in block.comments.items() if key not in known},
    )


def _find_text(
    block: _Block, row: int, spans: Sequence[TokenSpan], *, lang: str, problems: list[Problem]
) -> tuple[str, tuple[Interval, ...]]:
    text = block.comments.get("text")
    if not text:
        return join_tokens(block.words, lang=lang)
    tokens = locate_tokens(text, block.words)
    if tokens is not None and not _cuts_cluster(text, tokens, spans):
        return text, tokens
    if tokens is None:
        fault = "The tokens do not spell the sentence in the comment '# text'."
    else:
        fault = "A span cuts a character of the sentence in the comment '# text'."
    remedy = "The text was made from the tokens."
    problems.append(line_problem("text-differs", fault, remedy, line=block.line, row=row))
    return join_tokens(block.words, lang=lang)


def locate_tokens(text: str, words: Sequence[str]) -> tuple[Interval, ...] | None:
    """Intervals of words that follow each other in a text with only white space between; None if they do not."""
    tokens: list[Interval] = []
    position = 0
    for word in words:
        while not text.startswith(word, position):
            if position >= len(text) or not _is_gap(text[position]):
                return None
            position += 1
        tokens.append(Interval(position, position + len(word)))
        position += len(word)
    return tuple(tokens) if all(map(_is_gap, text[position:])) else None


def _is_gap(character: str) -> bool:
    # The zero width space is what `join_tokens` puts between tokens that would grow together.
    return character.isspace() or character == "\u200b"


def _cuts_cluster(text: str, tokens: Sequence[Interval], spans: Sequence[TokenSpan]) -> bool:
    edges = (edge for span in spans for edge in (tokens[span.start_token][0], tokens[span.end_token - 1][1]))
    return not all(is_grapheme_boundary(text, edge) for edge in edges)


# ------------------------------------------------------------------------------------------------------------- writing


def write_conll(
    items: Iterable[Item], *, side: Side = TARGET, scheme: Scheme = "iob2", layer: str | None = None
) -> WriteResult:
    """Write the first segment of a side of each item with its stored tokens: token, tab, tag.

    Args:
        items: with tokens; nothing is tokenised here.
        side: which side to write.
        scheme: of the tags.
        layer: only spans of this layer; all when None.

    Returns:
        The file, and a loss report that names each span, token or text that it cannot hold.
    """
    pieces: list[str] = []
    problems: list[Problem] = []
    for piece, losses in iter_conll(items, side=side, scheme=scheme, layer=layer):
        pieces.append(piece)
        problems.extend(losses)
    return WriteResult("".join(pieces), problems, len(pieces))


def iter_conll(
    items: Iterable[Item], *, side: Side = TARGET, scheme: Scheme = "iob2", layer: str | None = None
) -> Iterator[tuple[str, list[Problem]]]:
    """As `write_conll`, one (block, losses) for each item, for streams."""
    document = ""
    for row, item in enumerate(items):
        index = item.segment_index(side)
        spans, problems = token_spans(item, segment=index, layer=layer, row=row)
        problems.extend(lost_links(item, side=side, row=row) if layer is None else ())
        segment = item.segments[index]
        tags, losses = write_tags(spans, len(segment.tokens), scheme=scheme)
        problems.extend(_at_item(loss, item.id, row) for loss in losses)
        lines = list(_comment_lines(item, segment, document, row, problems))
        document = item.document
        lines.extend(_token_lines(item, segment, tags, row, problems))
        yield "".join(f"{line}\n" for line in lines) + "\n", problems


def _at_item(problem: Problem, item_id: str, row: int) -> Problem:
    place = f"item {item_id}, {problem.place}" if problem.place else f"item {item_id}"
    return Problem(problem.code, problem.message, problem.remedy, place=place, item_id=item_id, row=row)


def _comment_lines(item: Item, segment: Segment, document: str, row: int, problems: list[Problem]) -> Iterator[str]:
    if item.document != document:
        yield f"# newdoc id = {_LINE_BREAK.sub(' ', item.document)}"
    yield f"# sent_id = {_LINE_BREAK.sub(' ', item.id)}"
    if not _LINE_BREAK.search(segment.text) and segment.text.strip() == segment.text:
        yield f"# text = {segment.text}"
        return
    message = "The text has line breaks or white space at its edges, which a comment cannot hold."
    problem = Problem("text-lost", message, "Only its tokens were written.")
    problems.append(_at_item(problem, item.id, row))


def _token_lines(item: Item, segment: Segment, tags: Sequence[str], row: int, problems: list[Problem]) -> Iterator[str]:
    for number, (word, tag) in enumerate(zip(segment.words, tags, strict=True), start=1):
        safe = strip_blanks(re.sub(r"[\t\r\n]", " ", word))
        if not safe or safe != word or (number == 1 and safe.startswith(DOCUMENT_START)):
            message = f"Token {number} cannot be written so that it is read back the same."
            problem = Problem("token-changed", message, "Use JSON Lines.", place=f"token {number}")
            problems.append(_at_item(problem, item.id, row))
        yield f"{safe}\t{tag}"
