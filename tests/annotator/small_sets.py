"""Small sets for every project template, English to German; texts are our own.

Each is a list of items with both sides and source labels as JSON Lines hold them, and where each label belongs in the
target: what a run should find, and what the tests of reviewing accept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import transaction

from annotator.models import Alignment, Annotation, Candidate, Concept, Import, Item, Project, Run
from annotator.services.imports.writing import prepare_rows, write_rows
from annotator.services.projects import create_project
from projection import types
from projection.text import tokenize
from tests.annotator.factories import make_member, make_review, make_run, make_user

_MARK = re.compile(r"\[(?P<names>[^\] ]+) (?P<text>[^\[\]]+)\]")


@dataclass(frozen=True)
class Gold:
    """Where a source label belongs in the target: its id, and the target span; None for a relation."""

    source_id: str
    span: types.Span | None


@dataclass(frozen=True)
class KindItem:
    """An item with its source labels, and what is right in the target."""

    item: types.Item
    gold: tuple[Gold, ...]


def _marked(text: str) -> tuple[str, dict[str, tuple[str, types.Interval]]]:
    """A text and its marks `[id:label surface]` (label may be left out) by id."""
    pieces: list[str] = []
    found: dict[str, tuple[str, types.Interval]] = {}
    end = length = 0
    for match in _MARK.finditer(text):
        pieces.append(text[end : match.start()])
        length += len(pieces[-1])
        for name in match["names"].split("+"):
            key, _, label = name.partition(":")
            found[key] = (label, types.Interval(length, length + len(match["text"])))
        pieces.append(match["text"])
        length += len(pieces[-1])
        end = match.end()
    return "".join([*pieces, text[end:]]), found


def make_kind_item(
    number: int,
    pairs: Sequence[tuple[str, str, str]],
    *,
    layer: str,
    relations: Sequence[tuple[str, str, str, str]] = (),
    relation_layer: str = "",
    classes: Mapping[str, str] | None = None,
    tags: tuple[str, Sequence[tuple[str, str]]] | None = None,
    concepts: Mapping[str, str] | None = None,
) -> KindItem:
    """An item of (role, source, target) triples; spans are marked `[id:LABEL text]`, in the target `[id text]`.

    Args:
        relations: id, label, head, tail.
        classes: label of the first text of the source by layer.
        tags: a layer and, for each target token, its tag.
        concepts: code by id of a span.
    """
    segments: list[types.Segment] = []
    spans: list[types.Span] = []
    gold: list[Gold] = []
    for side, column in ((types.SOURCE, 1), (types.TARGET, 2)):
        lang = "en" if side == types.SOURCE else "de"
        for pair in pairs:
            index = len(segments)
            text, marks = _marked(pair[column])
            segments.append(types.Segment(text, lang, side, pair[0], tokens=tokenize(text, lang=lang)))
            for key, (label, interval) in marks.items():
                concept = (concepts or {}).get(key, "")
                if side == types.SOURCE:
                    spans.append(types.Span(label, (interval,), index, layer, key, concept=concept))
                    continue
                source = next(each for each in spans if each.id == key)
                span = types.Span(source.label, (interval,), index, layer, source_id=key, concept=concept)
                gold.append(Gold(key, span))
    for class_layer, label in (classes or {}).items():
        spans, gold = _with_class(segments, spans, gold, class_layer, label)
    if tags is not None:
        spans, gold = _with_tags(segments, spans, gold, *tags)
    found = tuple(types.Relation(label, head, tail, relation_layer, key) for key, label, head, tail in relations)
    gold += [Gold(each.id, None) for each in found]
    item = types.Item(f"k{number}", tuple(segments), tuple(spans), document="harbour", relations=found)
    return KindItem(item, tuple(gold))


def _with_class(
    segments: Sequence[types.Segment], spans: list[types.Span], gold: list[Gold], layer: str, label: str
) -> tuple[list[types.Span], list[Gold]]:
    places = [next(n for n, each in enumerate(segments) if each.side == side) for side in (types.SOURCE, types.TARGET)]
    source, target = (
        types.Span(label, (types.Interval(0, len(segments[place].text)),), place, layer) for place in places
    )
    key = f"c-{layer}"
    return [*spans, replace(source, id=key)], [*gold, Gold(key, replace(target, source_id=key))]


def _with_tags(
    segments: Sequence[types.Segment],
    spans: list[types.Span],
    gold: list[Gold],
    layer: str,
    tags: Sequence[tuple[str, str]],
) -> tuple[list[types.Span], list[Gold]]:
    """Tags of source tokens, with the target word that each one belongs to."""
    target = segments[1]
    for number, ((tag, word), interval) in enumerate(zip(tags, segments[0].tokens, strict=True), start=1):
        key = f"w{number}"
        spans.append(types.Span(tag, (interval,), 0, layer, key))
        place = next((each for each in target.tokens if target.text[each[0] : each[1]] == word), None)
        gold.append(Gold(key, types.Span(tag, (place,), 1, layer, source_id=key) if place else None))
    return spans, gold


def _ner() -> list[KindItem]:
    return [
        make_kind_item(
            1,
            [
                (
                    "text",
                    "[s1:PER Ada Brandt] opened the museum in [s2:LOC Bremen].",
                    "[s1 Ada Brandt] eröffnete das Museum in [s2 Bremen].",
                )
            ],
            layer="entities",
        ),
        make_kind_item(
            2, [("text", "The council met in [s1:LOC Uppsala].", "Der Rat tagte in [s1 Uppsala].")], layer="entities"
        ),
    ]


def _targets() -> list[KindItem]:
    return [
        make_kind_item(
            1,
            [
                (
                    "text",
                    "The [s1:TARGET soup] was cold but the [s2:TARGET waiter] was kind.",
                    "Die [s1 Suppe] war kalt, aber der [s2 Kellner] war freundlich.",
                )
            ],
            layer="targets",
        ),
        make_kind_item(
            2, [("text", "We loved the [s1:TARGET harbour view].", "Wir liebten den [s1 Hafenblick].")], layer="targets"
        ),
    ]


def _arguments() -> list[KindItem]:
    return [
        make_kind_item(
            1,
            [
                (
                    "text",
                    "[c:Claim The old bridge should stay], because [p:Premise it carries the tram].",
                    "[c Die alte Brücke soll bleiben], denn [p sie trägt die Straßenbahn].",
                )
            ],
            layer="components",
            relations=[("r1", "supports", "p", "c")],
            relation_layer="argument-relations",
        )
    ]


def _pos() -> list[KindItem]:
    return [
        make_kind_item(
            1,
            [("text", "The old ship sails today.", "Das alte Schiff segelt heute.")],
            layer="upos",
            tags=(
                "upos",
                [
                    ("DET", "Das"),
                    ("ADJ", "alte"),
                    ("NOUN", "Schiff"),
                    ("VERB", "segelt"),
                    ("ADV", "heute"),
                    ("PUNCT", "."),
                ],
            ),
        ),
        make_kind_item(
            2,
            [("text", "The ship has a new captain.", "Das Schiff hat einen neuen Kapitän.")],
            layer="upos",
            tags=(
                "upos",
                [
                    ("DET", "Das"),
                    ("NOUN", "Schiff"),
                    ("VERB", "hat"),
                    ("DET", "einen"),
                    ("ADJ", "neuen"),
                    ("NOUN", "Kapitän"),
                    ("PUNCT", "."),
                ],
            ),
        ),
    ]


def _topic() -> list[KindItem]:
    return [
        make_kind_item(
            1,
            [("text", "The ferry now runs every hour.", "Die Fähre fährt jetzt jede Stunde.")],
            layer="",
            classes={"topic": "travel"},
        ),
        make_kind_item(
            2,
            [("text", "The rowers won by two lengths.", "Die Ruderer gewannen mit zwei Längen.")],
            layer="",
            classes={"topic": "sports"},
        ),
    ]


def _relations() -> list[KindItem]:
    return [
        make_kind_item(
            1,
            [
                (
                    "text",
                    "[a:PER Tomas Vale] works for [b:ORG Nordlys] in [c:LOC Tromsø].",
                    "[a Tomas Vale] arbeitet für [b Nordlys] in [c Tromsø].",
                )
            ],
            layer="entities",
            relations=[("r1", "works-for", "a", "b"), ("r2", "seat", "b", "c")],
            relation_layer="relations",
        ),
        make_kind_item(
            2,
            [
                (
                    "text",
                    "[a:PER Ada Brandt] founded [b:ORG the Harbour Society].",
                    "[a Ada Brandt] gründete [b die Hafengesellschaft].",
                )
            ],
            layer="entities",
            relations=[("r1", "founded", "a", "b")],
            relation_layer="relations",
        ),
    ]


def _answers() -> list[KindItem]:
    return [
        make_kind_item(
            1,
            [
                (
                    "context",
                    "The lighthouse was built in 1884. [s1:answer Ada Brandt] paid for it.",
                    "Der Leuchtturm wurde 1884 gebaut. [s1 Ada Brandt] bezahlte ihn.",
                ),
                ("question", "Who paid for the lighthouse?", "Wer bezahlte den Leuchtturm?"),
            ],
            layer="answers",
        )
    ]


def _tuples() -> list[KindItem]:
    return [
        make_kind_item(
            1,
            [
                (
                    "text",
                    "[a:argument The captain] [p:predicate sold] [b:argument the ship] [t:argument in May].",
                    "[a Der Kapitän] [p verkaufte] [b das Schiff] [t im Mai].",
                )
            ],
            layer="tuples",
            relations=[("r1", "subject", "p", "a"), ("r2", "object", "p", "b"), ("r3", "time", "p", "t")],
            relation_layer="roles",
        )
    ]


def _slots() -> list[KindItem]:
    return [
        make_kind_item(
            1,
            [("utterance", "Wake me at [s1:time seven] [s2:date tomorrow]", "Weck mich [s2 morgen] um [s1 sieben]")],
            layer="slots",
            classes={"intent": "set-alarm"},
        ),
        make_kind_item(
            2,
            [("utterance", "Will it rain in [s1:place Bremen]", "Wird es in [s1 Bremen] regnen")],
            layer="slots",
            classes={"intent": "ask-weather"},
        ),
    ]


def _relevance() -> list[KindItem]:
    return [
        make_kind_item(
            1,
            [
                ("query", "when was the lighthouse built", "wann wurde der Leuchtturm gebaut"),
                ("passage", "The lighthouse dates from 1884.", "Der Leuchtturm stammt von 1884."),
            ],
            layer="",
            classes={"relevance": "3"},
        ),
        make_kind_item(
            2,
            [
                ("query", "when was the lighthouse built", "wann wurde der Leuchtturm gebaut"),
                ("passage", "Sailors eat late.", "Seeleute essen spät."),
            ],
            layer="",
            classes={"relevance": "0"},
        ),
    ]


def _linking() -> list[KindItem]:
    return [
        make_kind_item(
            1,
            [
                (
                    "text",
                    "The [s1:MED fever] came with a [s2:MED headache].",
                    "Das [s1 Fieber] kam mit [s2 Kopfschmerzen].",
                )
            ],
            layer="mentions",
            concepts={"s1": "C1", "s2": "C2"},
        )
    ]


KINDS: dict[str, Callable[[], list[KindItem]]] = {
    "ner": _ner,
    "opinion-targets": _targets,
    "argument-mining": _arguments,
    "pos": _pos,
    "topic": _topic,
    "relations": _relations,
    "qa": _answers,
    "open-ie": _tuples,
    "slots": _slots,
    "relevance": _relevance,
    "linking": _linking,
}
CONCEPTS = (("C1", "fever", ["Fieber", "pyrexia"]), ("C2", "headache", ["Kopfschmerzen"]), ("C3", "cough", ["Husten"]))


def make_concepts(project: Project) -> list[Concept]:
    """A terminology of three entries."""
    return [
        Concept.objects.create(
            project=project, code=code, name=name, synonyms=others, search_text="\n".join([name, *others]).lower()
        )
        for code, name, others in CONCEPTS
    ]


@dataclass(frozen=True)
class Kind:
    """A project of one template with items that a run has projected, all of it right."""

    project: Project
    run: Run | None
    items: list[Item]
    given: list[KindItem]


@transaction.atomic
def make_kind(template: str, *, has_run: bool = True) -> Kind:
    """A project of a template with its small set and, if wanted, an active run whose candidates are all right."""
    project = create_project(
        actor=make_user(), name=f"Harbour {template}", src_lang="en", tgt_langs=("de",), template=template
    )
    if template == "linking":
        make_concepts(project)
    given = KINDS[template]()
    record = Import.objects.create(
        project=project, state="done", tgt_lang="de", fingerprint=f"{project.pk:064}", created_by=project.created_by
    )
    write_rows(record, prepare_rows(each.item for each in given))
    items = list(project.items.order_by("position"))
    run = make_run(project) if has_run else None
    if run is not None:
        for row, each in zip(items, given, strict=True):
            _propose(run, row, each)
        project.items.update(state="open", confidence=0.9)
    return Kind(project, run, items, given)


def _propose(run: Run, row: Item, given: KindItem) -> None:
    segments = list(row.segments.order_by("position"))
    spans = {span.key: span for span in row.source_spans.select_related("label", "concept")}
    pairs = _pairs(given.item)
    for source, target in pairs:
        n_links = min(len(segments[source].tokens), len(segments[target].tokens))
        links = [[number, number, 0.9] for number in range(n_links)]
        Alignment.objects.create(
            run=run, item=row, src_segment=segments[source], tgt_segment=segments[target], links=links
        )
    for each in given.gold:
        span = spans[each.source_id]
        candidate = Candidate(
            run=run, item=row, source_span=span, rank=0, label=span.label, concept=span.concept, score=0.9, parts={}
        )
        if each.span is not None:
            candidate.segment = segments[each.span.segment]
            candidate.intervals = [list(interval) for interval in each.span.intervals]
            candidate.start_char, candidate.end_char = each.span.start_char, each.span.end_char
            candidate.surface = each.span.surface(candidate.segment.text)
        elif span.head_id:
            candidate.is_relation = True
            candidate.segment = segments[next(target for source, target in pairs)]
        else:
            candidate.unprojected_reason = "no-links"
            candidate.score = 0.0
        candidate.save()


def _pairs(item: types.Item) -> list[tuple[int, int]]:
    half = len(item.segments) // 2
    return [(number, number + half) for number in range(half)]


def accept_all(kind: Kind) -> None:
    """Decide as the machine proposed: everything that has a target is accepted, the rest rejected."""
    reviewer = make_member(kind.project, "reviewer")
    reason = kind.project.reject_reasons.first()
    for item in kind.items:
        review = make_review(item, reviewer)
        rows = Candidate.objects.filter(run=kind.run, item=item, rank=0)
        rows = rows.select_related("source_span__layer", "label__layer", "segment").order_by("source_span__position")
        by_span: dict[int | None, Annotation] = {}
        for row in rows:
            span = row.source_span
            by_span[row.source_span_id] = Annotation.objects.create(
                review=review,
                item=item,
                layer=row.label.layer,
                source_span=span,
                candidate=row,
                state="accepted" if row.segment_id else "rejected",
                reason=None if row.segment_id else reason,
                label=row.label,
                segment=row.segment or item.segments.filter(side="target")[0],
                intervals=row.intervals,
                start_char=row.start_char,
                end_char=row.end_char,
                surface=row.surface,
                head=by_span[span.head_id] if span and span.head_id else None,
                tail=by_span[span.tail_id] if span and span.tail_id else None,
                concept=row.concept,
            )
