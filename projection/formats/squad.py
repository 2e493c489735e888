"""SQuAD JSON (Rajpurkar et al. 2016): passages, questions, and answers as character offsets into the passage.

One item for each paragraph: its passage is a segment of the role `context`, each question one of the role `question`,
each answer a span of the layer `answers` on the passage. `Item.meta["questions"]` holds the ids of the questions in
the order of their segments; the id of an answer is that of its question, with `#2`, `#3`, ... for further answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from projection.errors import FormatError, OffsetError, Problem
from projection.formats.base import ReadResult, WriteResult, decode
from projection.formats.spans import lost_links
from projection.text import check_span
from projection.types import SOURCE, TARGET, Interval, Item, Segment, Side, Span

ANSWERS = "answers"
CONTEXT, QUESTION = "context", "question"
QUESTIONS = "questions"
_LABEL = "answer"


def read_squad(data: bytes, *, encoding: str | None = None, lang: str = "und", side: Side = TARGET) -> ReadResult[Item]:
    """Read passages with their questions and answers; every offset is checked against the answer's text.

    An answer whose offset is wrong is left out and reported (`bad-offset`), its question stays. A paragraph or
    question without what it needs is left out and reported (`bad-record`), and so is a question whose id is there
    already (`duplicate-id`).

    Args:
        data: the whole file, version 1.1 or 2.0.
        encoding: see `projection.formats.base.decode`.
        lang: BCP 47 code of all texts.
        side: of all segments.

    Raises:
        FormatError: the file cannot be decoded, is no JSON (`bad-json`), or has no list `data` (`bad-record`).
    """
    decoded = decode(data, encoding=encoding)
    reader = _Reader(lang, side)
    articles = _articles(decoded.text)
    rows = [item for number, article in enumerate(articles, start=1) for item in reader.read_article(article, number)]
    labels = Counter(span.label for item in rows for span in item.spans)
    return ReadResult(rows, reader.problems, labels, decoded.encoding, decoded.newline, len(decoded.lines))


def _articles(text: str) -> list[Any]:
    try:
        content = orjson.loads(text.encode("utf-8", "surrogatepass"))
    except ValueError as err:
        fault = "The file is not valid JSON."
        raise FormatError(Problem("bad-json", fault, "Give a file in the format of SQuAD.")) from err
    articles = content.get("data") if isinstance(content, dict) else None
    if not isinstance(articles, list):
        fault = "The file has no list 'data'."
        raise FormatError(Problem("bad-record", fault, "Give a file in the format of SQuAD."))
    return articles


def read_answers(data: bytes, *, encoding: str | None = None) -> dict[str, list[tuple[str, int]]]:
    """The answers of each question as they stand in a file: text and first character (-1 where it is not given).

    For measuring: unlike in `read_squad`, offsets are not checked, so that what is judged stays what it was. A plain
    JSON object of question ids and answer texts, as the SQuAD script takes predictions, is read as well.

    Raises:
        FormatError: as `read_squad`.
    """
    text = decode(data, encoding=encoding).text
    flat = _flat_answers(text)
    if flat is not None:
        return flat
    found: dict[str, list[tuple[str, int]]] = {}
    for article in _articles(text):
        for paragraph in article.get("paragraphs", ()) if isinstance(article, dict) else ():
            for question in paragraph.get("qas", ()) if isinstance(paragraph, dict) else ():
                if isinstance(question, dict):
                    answers = [answer for answer in question.get("answers", ()) if isinstance(answer, dict)]
                    found[str(question.get("id"))] = [
                        (str(answer.get("text", "")), int(answer.get("answer_start", -1))) for answer in answers
                    ]
    return found


def _flat_answers(text: str) -> dict[str, list[tuple[str, int]]] | None:
    try:
        content = orjson.loads(text.encode("utf-8", "surrogatepass"))
    except ValueError:
        return None
    if not isinstance(content, dict) or not all(isinstance(value, str) for value in content.values()) or not content:
        return None
    return {name: [(answer, -1)] for name, answer in content.items()}


class _Reader:
    """Reads articles and collects what could not be used."""

    def __init__(self, lang: str, side: Side) -> None:
        self.lang, self.side = lang, side
        self.problems: list[Problem] = []
        self.n_rows = 0
        self.seen: set[str] = set()

    def read_article(self, article: Any, number: int) -> Iterator[Item]:
        fields = article if isinstance(article, dict) else {}
        paragraphs = fields.get("paragraphs")
        if not isinstance(paragraphs, list):
            self._report("bad-record", "The article has no list 'paragraphs'.", f"article {number}")
            return
        document = fields.get("title")
        for paragraph in paragraphs:
            self.n_rows += 1
            place = f"paragraph {self.n_rows}"
            if not isinstance(paragraph, dict) or not isinstance(paragraph.get("context"), str):
                self._report("bad-record", "The paragraph has no text 'context'.", place)
                continue
            title = document if isinstance(document, str) and document else f"article-{number}"
            yield self._read_paragraph(paragraph, title, place)

    def _read_paragraph(self, paragraph: Mapping[str, Any], document: str, place: str) -> Item:
        context = paragraph["context"]
        segments = [Segment(context, self.lang, self.side, CONTEXT)]
        ids: list[str] = []
        spans: list[Span] = []
        questions = paragraph.get("qas")
        for question in questions if isinstance(questions, list) else []:
            name = self._question_id(question, place)
            if name is None:
                continue
            ids.append(name)
            segments.append(Segment(question["question"], self.lang, self.side, QUESTION))
            spans += self._answers(question.get("answers"), context, name)
        meta = {QUESTIONS: ids}
        return Item(f"{self.n_rows}", tuple(segments), tuple(spans), document=document, meta=meta)

    def _question_id(self, question: Any, place: str) -> str | None:
        name = question.get("id") if isinstance(question, dict) else None
        if not isinstance(name, str) or not name or not isinstance(question.get("question"), str):
            self._report("bad-record", "The question has no 'id' or no text 'question'.", place)
            return None
        if name in self.seen:
            self._report("duplicate-id", f"The question id {name!r} is there twice.", place)
            return None
        self.seen.add(name)
        return name

    def _answers(self, answers: Any, context: str, question: str) -> Iterator[Span]:
        for number, answer in enumerate(answers if isinstance(answers, list) else [], start=1):
            place = f"question {question}"
            start, text = (answer.get("answer_start"), answer.get("text")) if isinstance(answer, dict) else (None, None)
            if not isinstance(start, int) or not isinstance(text, str):
                self._report("bad-record", f"Answer {number} has no 'answer_start' or no 'text'.", place)
                continue
            interval = Interval(start, start + len(text))
            try:
                check_span(context, (interval,), surface=text)
            except OffsetError as err:
                self._report("bad-offset", err.problem.message, place)
                continue
            name = question if number == 1 else f"{question}#{number}"
            yield Span(_LABEL, (interval,), 0, ANSWERS, id=name)

    def _report(self, code: str, message: str, place: str) -> None:
        self.problems.append(Problem(code, message, "It was left out.", place=place, row=self.n_rows - 1))


def question_of(span_id: str) -> str:
    """The question that an answer with this id belongs to."""
    name, sign, number = span_id.rpartition("#")
    return name if sign and number.isdigit() else span_id


def write_squad(items: Iterable[Item], *, side: Side = TARGET) -> WriteResult:
    """Write the passages, questions and answers of one side; items follow each other as articles by document.

    Target answers belong to the question of their source answer (`Span.source_id`), others to that of their own id.
    Answers are written with their probability or score where `Span.meta` has one.

    Returns:
        The file, and a loss report: spans that are no answers to a known question (`spans-lost`), pieces of
        discontinuous ones (`discontinuous-span`), and items without a passage (`no-tokens`).
    """
    problems: list[Problem] = []
    articles: list[dict[str, Any]] = []
    n_rows = 0
    for row, item in enumerate(items):
        n_rows += 1
        problems += lost_links(item, side=side, row=row)
        paragraph = _paragraph(item, side, row, problems)
        title = item.document or item.id
        if not articles or articles[-1]["title"] != title:
            articles.append({"title": title, "paragraphs": []})
        _add_paragraph(articles[-1]["paragraphs"], paragraph)
    text = orjson.dumps({"version": "1.1", "data": articles}, option=orjson.OPT_INDENT_2).decode("utf-8")
    return WriteResult(f"{text}\n", problems, n_rows)


def _add_paragraph(paragraphs: list[dict[str, Any]], paragraph: dict[str, Any]) -> None:
    """Questions about the same passage that follow each other belong to one paragraph."""
    if paragraphs and paragraphs[-1]["context"] == paragraph["context"]:
        paragraphs[-1]["qas"] += paragraph["qas"]
    else:
        paragraphs.append(paragraph)


def _paragraph(item: Item, side: Side, row: int, problems: list[Problem]) -> dict[str, Any]:
    passage = _passage(item, side)
    ids = [str(name) for name in item.meta.get(QUESTIONS, ())]
    texts = [segment.text for segment in item.segments if segment.side == side and segment.role == QUESTION]
    answers: dict[str, list[dict[str, Any]]] = {name: [] for name in ids}
    for span in item.spans:
        if item.segments[span.segment].side != side:
            continue
        if span.segment != passage:
            fault = f"The {span.label} span {span.id!r} lies in another text than the passage."
            problem = Problem("spans-lost", fault, "Left out.", place=f"item {item.id}", item_id=item.id, row=row)
            problems.append(problem)
            continue
        name = question_of(span.source_id or span.id)
        if name not in answers or len(span.intervals) > 1:
            fault = f"The span {span.id or span.label!r} is no answer in one piece to a question of the item."
            code = "spans-lost" if name not in answers else "discontinuous-span"
            problems.append(Problem(code, fault, "Left out.", place=f"item {item.id}", item_id=item.id, row=row))
            continue
        answers[name].append(_answer(span, item.segments[passage].text))
    qas = [
        {"id": name, "question": texts[number] if number < len(texts) else "", "answers": answers[name]}
        for number, name in enumerate(ids)
    ]
    return {"context": item.segments[passage].text, "qas": qas}


def _passage(item: Item, side: Side) -> int:
    roles = {segment.role for segment in item.segments if segment.side == side}
    return item.segment_index(side, role=CONTEXT if CONTEXT in roles else None)


def _answer(span: Span, text: str) -> dict[str, Any]:
    answer: dict[str, Any] = {"text": span.surface(text), "answer_start": span.start_char}
    return answer | {name: span.meta[name] for name in ("score", "probability") if name in span.meta}


def pair_squad(sources: Sequence[Item], targets: Sequence[Item]) -> tuple[list[Item], list[Problem]]:
    """Paragraphs of two languages as items with both sides, by the ids of their questions.

    A source paragraph goes with the target paragraph that has most of its questions; target answers are not taken
    over. Questions that the other side does not have are reported (`unpaired`): a source question without its
    translation keeps its answer, which is projected all the same.
    """
    where = {name: number for number, item in enumerate(targets) for name in item.meta[QUESTIONS]}
    used: set[int] = set()
    items: list[Item] = []
    problems: list[Problem] = []
    for source in sources:
        votes = Counter(where[name] for name in source.meta[QUESTIONS] if name in where)
        found = min((n for n in votes if n not in used), key=lambda n: (-votes[n], n), default=None)
        if found is None:
            problems.append(_unpaired(f"The source paragraph {source.id} has no target paragraph.", source))
            continue
        used.add(found)
        items.append(_pair(source, targets[found], problems))
    for number, target in enumerate(targets):
        if number not in used:
            problems.append(_unpaired(f"The target paragraph {target.id} has no source paragraph.", target))
    return items, problems


def split_questions(item: Item) -> Iterator[Item]:
    """A paragraph as one item for each question: the passage and the question on each side, and its answers.

    Questions that one language lacks have no item. The id of an item is that of its question.
    """
    names = item.meta.get(QUESTIONS, ())
    contexts = [segment for segment in item.segments if segment.role == CONTEXT]
    texts = {
        side: [segment for segment in item.segments if segment.role == QUESTION and segment.side == side]
        for side in (SOURCE, TARGET)
    }
    sides = [side for side in (SOURCE, TARGET) if texts[side]]
    n_questions = min((len(texts[side]) for side in sides), default=0)
    for number, name in enumerate(names[:n_questions]):
        segments = [part for context in contexts for part in (context, texts[context.side][number])]
        spans = tuple(span for span in item.spans if question_of(span.source_id or span.id) == name)
        places = {0: 0, 1: 2}
        moved = tuple(replace(span, segment=places[span.segment]) for span in spans)
        yield Item(name, tuple(segments), moved, document=item.document, meta={QUESTIONS: [name]})


def _unpaired(fault: str, item: Item) -> Problem:
    return Problem("unpaired", fault, "It was not paired.", place=f"paragraph {item.id}", item_id=item.id)


def _pair(source: Item, target: Item, problems: list[Problem]) -> Item:
    ids = {SOURCE: source.meta[QUESTIONS], TARGET: target.meta[QUESTIONS]}
    shared = [name for name in ids[SOURCE] if name in ids[TARGET]]
    alone = [name for name in ids[SOURCE] if name not in shared]
    single = [*alone, *(name for name in ids[TARGET] if name not in shared)]
    problems += [_unpaired(f"The question {name} is in one language only.", source) for name in single]
    texts = [
        [item.segments[1 + ids[side].index(name)] for name in shared]
        for item, side in ((source, SOURCE), (target, TARGET))
    ]
    segments = (source.segments[0], target.segments[0], *texts[0], *texts[1])
    return Item(source.id, segments, source.spans, document=source.document, meta={QUESTIONS: [*shared, *alone]})
