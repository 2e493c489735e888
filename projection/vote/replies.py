"""Answers in a raw reply: JSON that a model wrote, with whatever it wrote around it.

Nothing that a model writes makes this fail. Replies are read in one pass, whatever their size and nesting; what is cut
off, of the wrong type, or about something that was not asked is reported and left out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from projection.errors import Problem

MAX_REPLY_CHARS = 400_000
MAX_OBJECTS = 200
MAX_FIELD_CHARS = 20_000
# Names under which models give what was asked for under the first one.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "outcome": ("outcome", "status", "decision"),
    "label": ("label", "answer", "category", "class", "tag", "type", "topic", "relation"),
    "quote": ("quote", "span", "text", "target", "surface", "translation", "word", "quotes"),
    "evidence": ("evidence", "evidence_quote", "support"),
    "confidence": ("confidence", "probability", "certainty", "score"),
    "reason": ("reason", "rationale", "explanation", "reasoning", "comment"),
    "value": ("value", "grade", "rating", "score"),
    "choice": ("choice", "verdict", "judgement", "judgment"),
    "occurrence": ("occurrence",),
}
_LISTS = ("answers", "items", "results", "annotations", "labels", "entities", "judgements", "response", "output")
_IDS = ("id", "question", "question_id", "key")
_THINKING = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_WORDS = {"high": 0.9, "medium": 0.6, "low": 0.3}


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What a reply says on one question, as strings.

    Attributes:
        question: id of the question.
        fields: by the names of `_NAMES`; only what was given and is usable.
        quotes: pieces of the text that it quotes as its answer.
        confidence: 0 to 1, or None.
        value: a grade, or None.
    """

    question: str
    fields: Mapping[str, str] = field(default_factory=dict)
    quotes: tuple[str, ...] = ()
    confidence: float | None = None
    value: float | None = None
    occurrence: int | None = None


@dataclass(frozen=True, slots=True)
class ReadReply:
    """The answers of a reply by question, and what could not be used.

    Attributes:
        answers: of questions that were asked and answered once.
        contradicted: questions that the reply answers twice in different ways.
        problems: `not-json`, `reply-cut`, `reply-too-long`, `bad-answer`, `not-asked`, `two-answers`.
        has_json: whether any object was found.
        reason: why a question has no answer (code in kebab case).
    """

    answers: Mapping[str, RawAnswer]
    contradicted: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()
    has_json: bool = False
    reason: str = "not-answered"


def read_reply(reply: str, asked: Collection[str], *, finish: str = "stop") -> ReadReply:
    """The answers of a reply to the questions that were asked.

    Args:
        reply: as it came.
        asked: ids of the questions; answers to others are reported and left out.
        finish: why it ended, as the endpoint says; `length` is reported.
    """
    problems: list[Problem] = []
    if len(reply) > MAX_REPLY_CHARS:
        fault = f"The reply has {len(reply)} characters; the first {MAX_REPLY_CHARS} were read."
        problems.append(Problem("reply-too-long", fault, "Ask for shorter answers."))
    body = _THINKING.sub(" ", reply[:MAX_REPLY_CHARS])
    found, is_cut = find_json(body)
    if is_cut or finish == "length":
        problems.append(Problem("reply-cut", "The reply ends in the middle.", "Allow longer replies."))
    if not found:
        problems.append(Problem("not-json", "The reply holds no JSON object.", "Ask for JSON."))
        return ReadReply({}, problems=tuple(problems), reason="reply-cut" if is_cut else "not-json")
    answers: dict[str, RawAnswer] = {}
    contradicted: set[str] = set()
    for name, value in _entries(found, asked, problems):
        answer = _read_answer(name, value, problems)
        if name in answers and _core(answers[name]) != _core(answer):
            contradicted.add(name)
        answers.setdefault(name, answer)
    for name in sorted(contradicted):
        del answers[name]
        fault = "The reply answers the question twice in different ways."
        problems.append(Problem("two-answers", fault, "Ask again.", place=name))
    return ReadReply(answers, frozenset(contradicted), tuple(problems[:MAX_OBJECTS]), has_json=True)


# ------------------------------------------------------------------------------------------------------- finding JSON


def find_json(text: str) -> tuple[list[Any], bool]:
    """JSON objects and arrays of objects in a text, outermost first, and whether one was cut off at the end.

    One pass: braces are matched outside strings; of an object that is never closed, the complete ones inside count.
    """
    whole = _decode(text.strip())
    if isinstance(whole, (dict, list)):
        return [whole], False
    spans, is_cut = _match_braces(text)
    found: list[Any] = []
    for start, end in spans[:MAX_OBJECTS]:
        value = _decode(text[start:end])
        if isinstance(value, dict):
            found.append(value)
    return found, is_cut


def _match_braces(text: str) -> tuple[list[tuple[int, int]], bool]:
    """Outermost pairs of braces in text order, and whether a brace stays open."""
    opened: list[int] = []
    closed: list[tuple[int, int]] = []
    in_string = False
    position, length = 0, len(text)
    while position < length:
        char = text[position]
        if in_string:
            if char == "\\":
                position += 1
            elif char == '"':
                in_string = False
        elif char == "{":
            opened.append(position)
        elif char == "}" and opened:
            start = opened.pop()
            while closed and closed[-1][0] > start:
                closed.pop()
            closed.append((start, position + 1))
        elif char == '"' and opened:
            in_string = True
        position += 1
    return closed, bool(opened)


def _decode(text: str) -> Any:
    for attempt in (text, _TRAILING_COMMA.sub(r"\1", text)):
        try:
            return orjson.loads(attempt)
        except ValueError:
            continue
    return None


# ------------------------------------------------------------------------------------------------------------- entries


def _entries(found: list[Any], asked: Collection[str], problems: list[Problem]) -> Iterator[tuple[str, object]]:
    """(question, answer) for each answer to a question that was asked."""
    for entry in _flatten(found):
        if not isinstance(entry, dict):
            problems.append(Problem("bad-answer", "An answer is no object.", "It was left out."))
            continue
        named = next((entry[name] for name in _IDS if name in entry), None)
        keyed = [name for name in entry if name in asked]
        if isinstance(named, (str, int)) and str(named).strip() in asked:
            yield str(named).strip(), entry
        elif named is not None:
            fault = f"The reply answers {str(named)[:40]!r}, which was not asked."
            problems.append(Problem("not-asked", fault, "It was left out."))
        elif keyed:
            yield from ((name, entry[name]) for name in keyed)
        elif len(asked) == 1 and _looks_like_answer(entry):
            yield next(iter(asked)), entry
        else:
            problems.append(Problem("not-asked", "An answer names no question.", "It was left out."))


def _flatten(found: list[Any]) -> Iterator[object]:
    """The answers inside lists of answers, whatever these are called."""
    for value in found[:MAX_OBJECTS]:
        if isinstance(value, list):
            yield from value[: 10 * MAX_OBJECTS]
            continue
        inner = next((value[name] for name in _LISTS if isinstance(value.get(name), list)), None)
        nested = next((value[name] for name in _LISTS if isinstance(value.get(name), dict)), None)
        if inner is not None and any(isinstance(each, dict) for each in inner):
            yield from inner[: 10 * MAX_OBJECTS]
        elif inner == [] and "answers" in value:
            continue
        else:
            yield value if nested is None else nested


def _looks_like_answer(entry: Mapping[str, Any]) -> bool:
    return any(name in entry for names in _NAMES.values() for name in names)


def _read_answer(name: str, value: object, problems: list[Problem]) -> RawAnswer:
    if not isinstance(value, dict):
        value = {"label": value}
    fields: dict[str, str] = {}
    for part, names in _NAMES.items():
        if part in ("quote", "confidence", "value", "occurrence"):
            continue
        given = next((value[each] for each in names if value.get(each) not in (None, "", [])), None)
        text = _as_text(given)
        if text is not None:
            fields[part] = text
        elif given is not None:
            fault = f"{part!r} is a {type(given).__name__}, not a text."
            problems.append(Problem("bad-answer", fault, "It was left out.", place=name))
    confidence = _confidence(next((value[each] for each in _NAMES["confidence"] if each in value), None))
    return RawAnswer(
        name, fields, _quotes(value), confidence, _number(_first(value, "value")), _whole(_first(value, "occurrence"))
    )


def _first(value: Mapping[str, Any], part: str) -> object:
    return next((value[each] for each in _NAMES[part] if value.get(each) is not None), None)


def _as_text(given: object) -> str | None:
    """A string; a number as it is written; the only entry of a list."""
    if isinstance(given, list) and len(given) == 1:
        given = given[0]
    if isinstance(given, bool) or not isinstance(given, (str, int, float)):
        return None
    return str(given)[:MAX_FIELD_CHARS].strip()


def _quotes(value: Mapping[str, Any]) -> tuple[str, ...]:
    given = next((value[name] for name in _NAMES["quote"] if value.get(name) not in (None, "", [])), None)
    pieces = given if isinstance(given, list) else [given]
    texts = [text for piece in pieces[:20] if isinstance(piece, (str, int, float)) and (text := _as_text(piece))]
    return tuple(texts)


def _confidence(given: object) -> float | None:
    """0 to 1: a share, a percentage, or a word."""
    if isinstance(given, str):
        word = given.strip().casefold()
        if word in _WORDS:
            return _WORDS[word]
        is_percent = word.endswith("%")
        number = _number(word.rstrip("% "))
        return None if number is None else _share(number / 100 if is_percent else number)
    number = _number(given)
    return None if number is None else _share(number)


def _share(number: float) -> float | None:
    if 0 <= number <= 1:
        return number
    return number / 100 if 1 < number <= 100 else None


def _number(given: object) -> float | None:
    if isinstance(given, bool):
        return None
    if isinstance(given, (int, float)):
        return float(given) if abs(given) < 1e9 else None
    if isinstance(given, str):
        try:
            number = float(given.strip()[:20])
        except ValueError:
            return None
        return number if abs(number) < 1e9 else None
    return None


def _whole(given: object) -> int | None:
    number = _number(given)
    return int(number) if number is not None and number.is_integer() and 1 <= number <= 1000 else None


def _core(answer: RawAnswer) -> tuple[object, ...]:
    """What makes two answers the same: everything but the words around."""
    fields = {name: text for name, text in answer.fields.items() if name in ("outcome", "label", "choice")}
    return tuple(sorted(fields.items())), answer.quotes, answer.value
