"""Token tags: CoNLL-U (Universal Dependencies) and plain columns with one tag for each token.

A tag is a span of one token, so that it goes through items, candidates and JSON Lines like any other label.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from projection.errors import Problem
from projection.formats.base import ReadResult, Sentence, WriteResult, count_labels, decode, line_problem
from projection.formats.columns import split_blanks
from projection.formats.conll import duplicate_ids, locate_tokens
from projection.formats.spans import lost_links, token_spans
from projection.tagging import TokenSpan
from projection.text import join_tokens
from projection.types import TARGET, Item, Side

TAGS = "tags"
NO_TAG = "_"
_N_COLUMNS = 10
_UPOS = 3
_COMMENT = re.compile(r"#\s*([^=]*?)\s*=\s?(.*)", re.DOTALL)
_LINE_BREAK = re.compile(r"[\t\r\n]")


@dataclass(slots=True)
class _Block:
    line: int
    words: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    comments: dict[str, str] = field(default_factory=dict)


def read_conllu(
    data: bytes, *, encoding: str | None = None, tag_column: int | None = None, lang: str = ""
) -> ReadResult[Sentence]:
    """Read tagged tokens; each tag is a span of one token.

    Lines with ten columns are CoNLL-U: words from the second column, tags from UPOS; lines of multiword tokens and
    empty nodes (`3-4`, `3.1`) are skipped. Of other lines the first column is the token and the last the tag. `_`
    stands for no tag. `# sent_id`, `# newdoc id` and `# text` are understood; the text is made from the words where
    they do not spell it, as is usual with multiword tokens.

    Args:
        data: the whole file.
        encoding: see `projection.formats.base.decode`.
        tag_column: 0-based column of the tag, instead.
        lang: BCP 47 code, for how tokens are joined.

    Raises:
        FormatError: the file cannot be decoded.
    """
    decoded = decode(data, encoding=encoding)
    problems: list[Problem] = []
    rows: list[Sentence] = []
    document = ""
    for block in _blocks(decoded.lines, tag_column, problems):
        document = block.comments.get("newdoc id", document)
        if block.words:
            rows.append(_make_sentence(block, len(rows), document, lang))
    problems += duplicate_ids(rows)
    labels = count_labels(rows)
    return ReadResult(rows, problems, labels, decoded.encoding, decoded.newline, len(decoded.lines))


def _blocks(lines: Sequence[str], tag_column: int | None, problems: list[Problem]) -> Iterator[_Block]:
    block = _Block(1)
    is_tabbed = any("\t" in line for line in lines)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            yield block
            block = _Block(number + 1)
        elif match := _COMMENT.match(line.partition("\t")[0]):
            block.comments[match[1]] = line.partition("=")[2].strip()
        elif is_tabbed and line.startswith("#") and "\t" not in line:
            # A remark without a key; with blanks between the columns it could be the token "#" with its tag.
            continue
        else:
            _read_token(line, number, tag_column, block, problems)
    yield block


def _read_token(line: str, number: int, tag_column: int | None, block: _Block, problems: list[Problem]) -> None:
    fields = line.split("\t") if "\t" in line else split_blanks(line)
    is_full = len(fields) == _N_COLUMNS
    if is_full and not fields[0].isdigit():
        return
    column = tag_column if tag_column is not None else (_UPOS if is_full else len(fields) - 1)
    word = fields[1] if is_full else fields[0]
    if not word.strip():
        problems.append(line_problem("empty-token", "The token is empty.", "Left out with its tag.", line=number))
        return
    tag = fields[column].strip() if 0 < column < len(fields) else NO_TAG
    if column >= len(fields) or column < 1:
        fault = f"The line has {len(fields)} column(s) and no tag."
        problems.append(line_problem("wrong-columns", fault, "Read as a token without a tag.", line=number))
    block.words.append(word.strip())
    block.tags.append(tag)


def _make_sentence(block: _Block, row: int, document: str, lang: str) -> Sentence:
    text = block.comments.get("text", "")
    tokens = locate_tokens(text, block.words) if text else None
    if tokens is None:
        text, tokens = join_tokens(block.words, lang=lang)
    spans = [TokenSpan(tag, index, index + 1) for index, tag in enumerate(block.tags) if tag not in ("", NO_TAG)]
    name = block.comments.get("sent_id") or str(row + 1)
    return Sentence(name, text, document, tokens, tuple(spans), line=block.line, row=row)


def write_conllu(items: Iterable[Item], *, side: Side = TARGET, layer: str | None = None) -> WriteResult:
    """Write the first segment of a side of each item, its spans of one token as UPOS; other columns stay empty.

    Args:
        items: with tokens; nothing is tokenised here.
        side: which side to write.
        layer: only spans of this layer; all when None.

    Returns:
        The file, and a loss report: spans of several tokens and second tags of a token (`spans-lost`), and what does
        not fit the tokens.
    """
    pieces: list[str] = []
    problems: list[Problem] = []
    for piece, losses in iter_conllu(items, side=side, layer=layer):
        pieces.append(piece)
        problems += losses
    return WriteResult("".join(pieces), problems, len(pieces))


def iter_conllu(
    items: Iterable[Item], *, side: Side = TARGET, layer: str | None = None
) -> Iterator[tuple[str, list[Problem]]]:
    """As `write_conllu`, one (block, losses) for each item, for streams."""
    for row, item in enumerate(items):
        index = item.segment_index(side)
        spans, losses = token_spans(item, segment=index, layer=layer, row=row)
        problems = [*losses, *(lost_links(item, side=side, row=row) if layer is None else ())]
        tags, lost = _one_tag_each(spans, len(item.segments[index].tokens))
        if lost:
            fault = f"{len(lost)} span(s) hold several tokens, or one that has a tag: {', '.join(sorted(set(lost)))}."
            problems.append(Problem("spans-lost", fault, "Left out.", f"item {item.id}", item_id=item.id, row=row))
        yield _block_text(item, index, tags), problems


def _one_tag_each(spans: Iterable[TokenSpan], n_tokens: int) -> tuple[list[str], list[str]]:
    tags, lost = [NO_TAG] * n_tokens, []
    for span in spans:
        if span.end_token - span.start_token == 1 and tags[span.start_token] == NO_TAG:
            tags[span.start_token] = span.label
        else:
            lost.append(span.label)
    return tags, lost


def _block_text(item: Item, index: int, tags: Sequence[str]) -> str:
    segment = item.segments[index]
    lines = [f"# sent_id = {_LINE_BREAK.sub(' ', item.id)}", f"# text = {_LINE_BREAK.sub(' ', segment.text)}"]
    lines += [
        "\t".join((str(number), _LINE_BREAK.sub(" ", word), NO_TAG, tag, *[NO_TAG] * 6))
        for number, (word, tag) in enumerate(zip(segment.words, tags, strict=True), start=1)
    ]
    return "".join(f"{line}\n" for line in lines) + "\n"
