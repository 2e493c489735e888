"""What is asked: one request for the questions of one item and one task, the same bytes for the same item."""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from projection.text import language_name
from projection.types import SOURCE, Interval, Span
from projection.vote.answers import Asked
from projection.vote.ballots import CHOICES, SCALES, Criterion, Vote
from projection.vote.place import find_places
from projection.vote.prompts import PromptSet, Task, Variant, fill
from projection.vote.questions import LabelText, LayerText, Question, Sheet

MAX_CONTEXT_CHARS = 1_000

# What an answer has beside `id`, in the order in which a model writes it: reasons before what they lead to.
FIELDS: Mapping[str, str] = {
    "reason": "why, in a few English words",
    "evidence": "the words of the target text that the answer rests on, copied exactly; null if there are none",
    "outcome": '"label", "nothing" or "abstain"',
    "choice": '"accept", "boundary", "label", "missing" or "abstain"',
    "label": "the label's name; null without one",
    "quote": "the words of the target text, copied exactly; a list of pieces if other words stand between them; "
    "null without any",
    "occurrence": "which one is meant where the quote stands several times in the target: 1 for the first; else null",
    "confidence": "0 to 1",
    "value": "the grade, a number; null to abstain",
}
_QUOTING = ("reason", "outcome", "label", "quote", "occurrence", "confidence")
_CHOOSING = ("reason", "evidence", "outcome", "label", "confidence")
TASK_FIELDS: Mapping[Task, tuple[str, ...]] = {
    "span": _QUOTING,
    "answer": _QUOTING,
    "token": _QUOTING,
    "class": _CHOOSING,
    "grade": _CHOOSING,
    "relation": _CHOOSING,
    "back": ("reason", "outcome", "label", "confidence"),
    "candidate": ("reason", "choice", "label", "quote", "occurrence", "confidence"),
    "rate": ("reason", "value"),
}
# What no sentence of a document says to its reader, and what people write who want a model to obey.
_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instruction|prompt|above|previous|rules?)|\b(?:system|"
    r"developer) prompt\b|\byou (?:must|have to|are to) (?:answer|reply|respond|label)\b|"
    r"\b(?:answer|reply|respond|output|label)\b.{0,20}\b(?:only|always|every|all)\b|\[(?:data|end)\b|\"answers\"|<\|",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Request:
    """What a model is sent, and how its answer is to be read.

    Attributes:
        task: which template.
        system: instructions.
        user: labels, texts, questions.
        schema: JSON schema of the answer.
        asked: the questions under their names.
        criteria: for the task `rate`, what is graded under each name.
        labels: names of the labels of each layer in the order shown.
        prompt: version and variant of the templates.
        number: 0 for the first time the item is asked about, then 1, 2, ...
        sheet: the item; scripted voters look at it.
        withheld: context that was left out because it looks like instructions.
    """

    task: Task
    system: str
    user: str
    schema: Mapping[str, Any]
    asked: tuple[Asked, ...]
    criteria: Mapping[str, Criterion]
    labels: Mapping[str, tuple[str, ...]]
    prompt: str
    number: int
    sheet: Sheet
    withheld: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the questions."""
        return (*(each.name for each in self.asked), *self.criteria)

    @property
    def sha256(self) -> str:
        """Hash of all that is sent."""
        sent = json.dumps([self.system, self.user, self.schema], sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(sent.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Ask:
    """One way of asking.

    Attributes:
        prompts: the templates.
        variant: which of the two templates.
        number: of the round.
        permutes: whether labels stand in an order drawn for the item, not in their usual one. After the first round
            they always stand in another order than in the first.
        seed: for the order.
        n_context: texts before and after the item that are shown, each.
    """

    prompts: PromptSet
    variant: Variant = "a"
    number: int = 0
    permutes: bool = False
    seed: int = 0
    n_context: int = 1


def make_request(sheet: Sheet, task: Task, questions: Sequence[Question], ask: Ask) -> Request:
    """The request of one task about some questions of an item."""
    asked = tuple(Asked(f"q{number}", question) for number, question in enumerate(questions, start=1))
    return _build(sheet, task, asked, {}, ask, _question_lines(sheet, task, asked))


def make_back_request(sheet: Sheet, votes: Sequence[Vote], ask: Ask) -> Request:
    """The request that asks for the labels of what was found, without showing those of the source."""
    found = [vote for vote in votes if vote.span is not None]
    asked = tuple(Asked(f"q{number}", sheet.question(vote.source_id)) for number, vote in enumerate(found, start=1))
    lines = [
        f"{each.name}: the marked part is {_quoted(sheet, vote.span)}"
        for each, vote in zip(asked, found, strict=True)
        if vote.span is not None
    ]
    return _build(sheet, "back", asked, {}, ask, lines)


def make_rating_request(sheet: Sheet, criteria: Sequence[Criterion], labels: Sequence[Span], ask: Ask) -> Request:
    """The request that asks for grades of an item with the labels that its target has."""
    survivors = [question for question in sheet.questions if "survives" in criteria]
    names: dict[str, Criterion] = {each: each for each in criteria if each != "survives"}
    asked = tuple(Asked(f"survives-{number}", question) for number, question in enumerate(survivors, start=1))
    lines = [f"{name}: grade this criterion" for name in names]
    lines += [
        f"{each.name}: does the label {each.question.label} survive? {_of_source(sheet, each.question)}"
        for each in asked
    ]
    lines += ["labels of the source text:"]
    lines += [f"- {question.label}: {_of_source(sheet, question)}" for question in sheet.questions]
    lines += ["labels of the target text:", *(f"- {span.label}: {_quoted(sheet, span)}" for span in labels)]
    return _build(sheet, "rate", asked, names, ask, lines)


def _build(
    sheet: Sheet,
    task: Task,
    asked: tuple[Asked, ...],
    criteria: Mapping[str, Criterion],
    ask: Ask,
    lines: Sequence[str],
) -> Request:
    layers = tuple({each.question.layer.name: each.question.layer for each in asked}.values()) or sheet.layers
    orders = {layer.name: order_labels(layer, sheet.item.id, ask) for layer in layers}
    data, withheld = _data_lines(sheet, ask)
    nonce = _nonce([*data, *lines])
    fields = "\n".join(f"- {name}: {says}" for name, says in _described(task).items())
    parts = [
        _languages(sheet),
        *(_layer_text(layer, orders[layer.name]) for layer in layers),
        ask.prompts.text(task, ask.variant),
        "\n".join([f"[data {nonce}]", *data, "questions:", *lines, f"[end {nonce}]"]),
        f"Answer these questions: {', '.join([*(each.name for each in asked), *criteria])}.",
    ]
    return Request(
        task=task,
        system=fill(ask.prompts.text("system", ask.variant), {"nonce": nonce, "fields": fields}),
        user="\n\n".join(parts),
        schema=answer_schema(task, asked, criteria, orders, layers),
        asked=asked,
        criteria=criteria,
        labels={name: tuple(label.name for label in order) for name, order in orders.items()},
        prompt=f"{ask.prompts.version}/{ask.variant}",
        number=ask.number,
        sheet=sheet,
        withheld=withheld,
    )


# --------------------------------------------------------------------------------------------------------------- texts


def order_labels(layer: LayerText, item_id: str, ask: Ask) -> tuple[LabelText, ...]:
    """The labels of a layer as they are shown; grades keep their order, which means something."""
    if layer.kind == "grade" or not (ask.permutes or ask.number):
        return layer.labels
    shown = list(layer.labels)
    random.Random(f"{ask.seed}/{item_id}/{layer.name}/{ask.number}").shuffle(shown)
    if ask.number and tuple(shown) == order_labels(layer, item_id, replace(ask, number=0)):
        shown = [*shown[1:], *shown[:1]]
    return tuple(shown)


def _languages(sheet: Sheet) -> str:
    sources = dict.fromkeys(each.lang for each in sheet.item.segments if each.side == SOURCE)
    targets = dict.fromkeys(each.lang for each in sheet.item.segments if each.side != SOURCE)
    named = [", ".join(f"{language_name(lang)} ({lang})" for lang in langs) or "none" for langs in (sources, targets)]
    return f"Language of the source text: {named[0]}. Language of the target text: {named[1]}."


def _layer_text(layer: LayerText, labels: Sequence[LabelText]) -> str:
    head = f'Labels of the layer "{_line(layer.name)}"'
    guideline = f"\n{layer.guideline.strip()}" if layer.guideline.strip() else ""
    if not labels:
        return f"{head}: any short English label.{guideline}"
    more = " (others may be given if none fits)" if layer.is_open else ""
    return "\n".join([f"{head}{more}:{guideline}", *(f"- {_label_text(label)}" for label in labels)])


def _label_text(label: LabelText) -> str:
    definition = f": {_line(label.definition)}" if label.definition else ""
    translated = f' (in the target language: "{_line(label.translated)}")' if label.translated else ""
    return f"{_line(label.name)}{definition}{translated}"


def _line(text: str) -> str:
    return " ".join(text.split())


def _data_lines(sheet: Sheet, ask: Ask) -> tuple[list[str], int]:
    """The texts of the item with their roles, and its neighbours; how many of these were withheld."""
    lines = []
    for segment in sheet.item.segments:
        name = segment.side if segment.role == "text" else f"{segment.side} {segment.role}"
        lines.append(f"{_line(name)}: {segment.text}")
    before = sheet.before[-ask.n_context :] if ask.n_context else ()
    near = [("before the target", text) for text in before]
    near += [("after the target", text) for text in sheet.after[: ask.n_context]]
    kept = [(name, text) for name, text in near if not looks_like_order(text)]
    lines += [f"{name}: {text[:MAX_CONTEXT_CHARS]}" for name, text in kept]
    return lines, len(near) - len(kept)


def looks_like_order(text: str) -> bool:
    """Whether a text seems to tell a model what to answer."""
    return _ORDER.search(text[: 10 * MAX_CONTEXT_CHARS]) is not None


def _nonce(lines: Sequence[str]) -> str:
    """A word that depends on all lines and stands in none of them."""
    joined = "\n".join(lines)
    number = 0
    while True:
        nonce = hashlib.sha256(f"{number}/{joined}".encode(errors="surrogatepass")).hexdigest()[:12]
        if nonce not in joined:
            return nonce
        number += 1


# ----------------------------------------------------------------------------------------------------------- questions


def _question_lines(sheet: Sheet, task: Task, asked: Sequence[Asked]) -> list[str]:
    return [f"{each.name}: {_question_text(sheet, task, each.question)}" for each in asked]


def _question_text(sheet: Sheet, task: Task, question: Question) -> str:
    if task == "candidate":
        span = sheet.candidates[question.source_id].span
        proposal = "nothing in the target" if span is None else f"{span.label}: {_quoted(sheet, span)}"
        return f"{question.label}: {_of_source(sheet, question)}; proposed: {proposal}"
    if task in ("class", "grade"):
        known = f"; the source text has the label {question.label}" if sheet.shows_source_labels else ""
        return f"the {task} in the layer {question.layer.name}{known}"
    return f"{question.label}: {_of_source(sheet, question)}"


def _of_source(sheet: Sheet, question: Question) -> str:
    if question.head or question.tail:
        spans = {span.id: span for span in sheet.item.spans}
        ends = [spans[name] for name in (question.head, question.tail) if name in spans]
        return f"from {' to '.join(_quoted(sheet, span) for span in ends)}"
    return _quote_in(sheet, question.src_segment, question.src_intervals)


def _quoted(sheet: Sheet, span: Span) -> str:
    return _quote_in(sheet, span.segment, span.intervals)


def _quote_in(sheet: Sheet, segment: int, intervals: Sequence[Interval]) -> str:
    """A quote, with its number where its words stand several times."""
    text = sheet.item.segments[segment].text
    if not intervals or intervals == (Interval(0, len(text)),):
        return "the whole text"
    quote = " ... ".join(text[start:end] for start, end in intervals)
    places = [place.interval for place in find_places(text, quote)] if len(intervals) == 1 else []
    if len(places) < 2 or intervals[0] not in places:
        return json.dumps(quote, ensure_ascii=False)
    return f"{json.dumps(quote, ensure_ascii=False)} (number {places.index(intervals[0]) + 1} of {len(places)})"


# -------------------------------------------------------------------------------------------------------------- schema


def _described(task: Task) -> dict[str, str]:
    return {"id": "the name of the question"} | {name: FIELDS[name] for name in TASK_FIELDS[task]}


def answer_schema(
    task: Task,
    asked: Sequence[Asked],
    criteria: Mapping[str, Criterion],
    orders: Mapping[str, Sequence[LabelText]],
    layers: Sequence[LayerText],
) -> dict[str, Any]:
    """JSON schema of the answer, as strict as the protocol's structured outputs want it."""
    names = [*(each.name for each in asked), *criteria]
    labels = list(dict.fromkeys(label.name for order in orders.values() for label in order))
    is_open = any(layer.is_open or not layer.labels for layer in layers)
    grades = sorted(
        {grade for criterion in criteria.values() for grade in SCALES[criterion]}
        | (set(SCALES["survives"]) if task == "rate" and asked else set())
    )
    texts: dict[str, Any] = {"type": ["string", "null"]}
    kinds: dict[str, Any] = {
        "reason": {"type": "string"},
        "evidence": texts,
        "outcome": {"type": "string", "enum": ["label", "nothing", "abstain"]},
        "choice": {"type": "string", "enum": [*CHOICES, "abstain"]},
        "label": texts if is_open else {"type": ["string", "null"], "enum": [*labels, None]},
        "quote": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}, {"type": "null"}]},
        "occurrence": {"type": ["integer", "null"]},
        "confidence": {"type": "number"},
        "value": {"type": ["number", "null"], "enum": [*grades, None]},
    }
    fields = {"id": {"type": "string", "enum": names}} | {name: kinds[name] for name in TASK_FIELDS[task]}
    answer = {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}
    return {
        "type": "object",
        "properties": {"answers": {"type": "array", "items": answer}},
        "required": ["answers"],
        "additionalProperties": False,
    }
