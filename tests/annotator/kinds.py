"""Projects with layers of every kind, made from a description in plain values; texts are our own."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from annotator.models import (
    Alignment,
    Annotation,
    Candidate,
    Concept,
    Document,
    Import,
    Item,
    Layer,
    Membership,
    Project,
    Run,
    Segment,
    SourceSpan,
    User,
)
from annotator.services import review
from annotator.services.projects import add_labels
from annotator.services.review import Outcome
from annotator.services.review_acts import read_acts
from projection.text import tokenize
from tests.annotator.factories import find_interval, make_member, make_project, make_run

# A description is {lang, layers: [{name, kind, labels, ...}], items: [{segments, spans}], concepts: [[code, name]]}.
# A segment is [side, role, text]; sources come first. A span names its place with `text` (the first place of it;
# several pieces as a list), `word` (the index of a token) or, for a class, nothing; and what the machine proposes with
# `to`: the same on the target side, null for "not found". `at` and `to_at` count segments of the item. `tags` are those
# that it proposes for words of the target without a source: [{layer, word, labels}].
Json = dict[str, Any]

SENTENCE: Json = {
    "lang": "de",
    "concepts": [["Q1", "Ada Brandt"], ["Q2", "Bremen"]],
    "layers": [
        {"name": "entities", "kind": "span", "labels": ["PER", "LOC"], "has_concepts": True},
        {"name": "relations", "kind": "relation", "labels": ["lives-in", "born-in"]},
        {"name": "tags", "kind": "token", "labels": ["NOUN", "VERB"]},
    ],
    "items": [
        {
            "segments": [["source", "text", "Ada sails from Bremen"], ["target", "text", "Ada segelt aus Bremen los"]],
            "spans": [
                {"key": "ada", "layer": "entities", "label": "PER", "text": "Ada", "concept": "Q1"},
                {"key": "bremen", "layer": "entities", "label": "LOC", "text": "Bremen"},
                {"key": "lives", "layer": "relations", "label": "lives-in", "head": "ada", "tail": "bremen"},
                {"key": "sails", "layer": "tags", "label": "VERB", "word": 1, "to": 1},
            ],
        }
    ],
}


def make_kind_project(given: Json, *, manager: User | None = None, name: str = "Kinds") -> Project:
    """A project with the layers, items and proposals of a description; its run is active."""
    project = make_project(manager=manager, name=name, tgt_langs=(given["lang"],))
    project.layers.all().delete()
    for position, each in enumerate(given["layers"]):
        flags = {key: value for key, value in each.items() if key not in ("labels", "name")}
        layer = Layer.objects.create(project=project, name=each["name"], position=position, **flags)
        add_labels(layer, names=each["labels"])
    for code, concept in given.get("concepts", ()):
        Concept.objects.create(project=project, code=code, name=concept, search_text=f"{code} {concept}".lower())
    document = Document.objects.create(project=project, name="kinds")
    record = Import.objects.create(
        project=project,
        state="done",
        tgt_lang=given["lang"],
        fingerprint=uuid.uuid4().hex,
        created_by=project.created_by,
    )
    run = make_run(project, tgt_lang=given["lang"])
    for position, each in enumerate(given["items"]):
        item = Item.objects.create(
            project=project,
            document=document,
            imported_by=record,
            external_id=each.get("id", f"k{position + 1}"),
            tgt_lang=given["lang"],
            position=position,
            shuffle_key=position / 100,
            confidence=position / 100,
            priority=position / 100,
            state="open",
        )
        _ItemMaker(item, run).make(each)
    return project


class _ItemMaker:
    def __init__(self, item: Item, run: Run) -> None:
        self.item = item
        self.run = run
        self.layers = {layer.name: layer for layer in item.project.layers.all()}
        self.concepts = {concept.code: concept for concept in item.project.concepts.all()}
        self.spans: dict[str, SourceSpan] = {}

    def make(self, given: Json) -> None:
        self.segments = [
            Segment.objects.create(
                item=self.item,
                side=side,
                role=role,
                lang=self.item.project.src_lang if side == "source" else self.item.tgt_lang,
                position=position,
                text=text,
                tokens=[list(token) for token in tokenize(text, lang="en" if side == "source" else self.item.tgt_lang)],
            )
            for position, (side, role, text) in enumerate(given["segments"])
        ]
        self.sources = [each for each in self.segments if each.side == "source"]
        self.targets = [each for each in self.segments if each.side == "target"]
        for position, each in enumerate(given["spans"]):
            self._make_span(position, each)
        for each in given.get("tags", ()):
            self._propose_tag(each)
        for source, target in zip(self.sources, self.targets, strict=False):
            n_links = min(len(source.tokens), len(target.tokens))
            Alignment.objects.create(
                run=self.run,
                item=self.item,
                src_segment=source,
                tgt_segment=target,
                links=[[index, index, 0.9] for index in range(n_links)],
            )

    def _make_span(self, position: int, given: Json) -> None:
        layer = self.layers[given["layer"]]
        concept = self.concepts.get(given.get("concept", ""))
        source = self.sources[given.get("at", 0)]
        intervals = _place(layer, source, given)
        span = SourceSpan.objects.create(
            item=self.item,
            segment=source,
            layer=layer,
            label=layer.labels.get(name=given["label"]),
            key=given.get("key", f"s{position + 1}"),
            intervals=intervals,
            start_char=intervals[0][0] if intervals else None,
            end_char=intervals[-1][1] if intervals else None,
            surface=" ".join(source.text[start:end] for start, end in intervals),
            head=self.spans.get(given.get("head", "")),
            tail=self.spans.get(given.get("tail", "")),
            concept=concept,
            position=position,
        )
        self.spans[span.key] = span
        self._propose(span, given)

    def _propose(self, span: SourceSpan, given: Json) -> None:
        target = self.targets[given.get("to_at", given.get("at", 0))]
        is_relation = span.layer.kind == "relation"
        is_found = "to" not in given or given["to"] is not None
        intervals = _place(span.layer, target, _target_of(given)) if is_found else []
        Candidate.objects.create(
            run=self.run,
            item=self.item,
            source_span=span,
            rank=0,
            label=span.layer.labels.get(name=given.get("to_label", given["label"])),
            segment=target if is_found else None,
            is_relation=is_relation and is_found,
            concept=span.concept,
            intervals=intervals,
            start_char=intervals[0][0] if intervals else None,
            end_char=intervals[-1][1] if intervals else None,
            surface=" ".join(target.text[start:end] for start, end in intervals),
            score=given.get("score", 0.9 if is_found else 0.0),
            unprojected_reason="" if is_found else "no-links",
        )

    def _propose_tag(self, given: Json) -> None:
        """A tag of a target word that no word of the source belongs to: its labels, the best first."""
        layer, target = self.layers[given["layer"]], self.targets[given.get("at", 0)]
        start, end = target.tokens[given["word"]]
        for rank, label in enumerate(given["labels"]):
            Candidate.objects.create(
                run=self.run,
                item=self.item,
                rank=rank,
                label=layer.labels.get(name=label),
                segment=target,
                intervals=[[start, end]],
                start_char=start,
                end_char=end,
                surface=target.text[start:end],
                score=0.6 / (rank + 1),
            )


def _target_of(given: Json) -> Json:
    to = given.get("to")
    if isinstance(to, int):
        return {"word": to}
    return {"text": to} if to else given


def _place(layer: Layer, segment: Segment, given: Json) -> list[list[int]]:
    if layer.kind == "relation":
        return []
    if layer.kind == "class":
        return [[0, len(segment.text)]]
    if "word" in given:
        return [segment.tokens[given["word"]]]
    texts = [given["text"]] if isinstance(given["text"], str) else given["text"]
    return [list(find_interval(segment.text, text)) for text in texts]


@dataclass
class KindDesk:
    """A reviewer before the first item of such a project."""

    project: Project
    reviewer: User
    last_step: uuid.UUID = field(default_factory=uuid.uuid4)

    @classmethod
    def make(cls, given: Json) -> KindDesk:
        project = make_kind_project(given)
        return cls(project=project, reviewer=make_member(project, Membership.Role.REVIEWER))

    @property
    def item(self) -> Item:
        return self.project.items.get(position=0)

    def layer(self, name: str) -> Layer:
        return self.project.layers.get(name=name)

    def label(self, layer: str, name: str) -> int:
        return self.layer(layer).labels.get(name=name).pk

    def span(self, key: str) -> SourceSpan:
        return self.item.source_spans.get(key=key)

    def ref(self, key: str) -> str:
        return f"s{self.span(key).pk}"

    def target(self, n: int = 0) -> Segment:
        return list(self.item.segments.filter(side="target"))[n]

    def place(self, *texts: str, n: int = 0) -> Json:
        """Where pieces of a target segment stand."""
        target = self.target(n)
        intervals = [list(find_interval(target.text, text)) for text in texts]
        return {"segment": target.pk, "intervals": intervals, "surface": " ".join(texts)}

    def act(self, kind: str, key: str, **more: Any) -> Json:
        return {"kind": kind, "source_span": self.span(key).pk, **more}

    def accept(self, key: str) -> Json:
        """Accept what the machine proposed."""
        return self.act("accept", key, surface=self.span(key).candidates.get(rank=0).surface)

    def add(self, layer: str, label: str, **more: Any) -> Json:
        return {
            "kind": "add",
            "annotation": str(uuid.uuid4()),
            "layer": self.layer(layer).pk,
            "label": self.label(layer, label),
            **more,
        }

    def decide(self, *acts: Json, actor: User | None = None) -> Outcome:
        self.last_step = uuid.uuid4()
        return review.decide(
            project=self.project,
            actor=actor or self.reviewer,
            step=self.last_step,
            item_id=self.item.pk,
            acts=read_acts(list(acts)),
        )

    def undo(self, actor: User | None = None) -> Outcome:
        return review.undo(project=self.project, actor=actor or self.reviewer, step=uuid.uuid4())

    def redo(self, actor: User | None = None) -> Outcome:
        return review.redo(project=self.project, actor=actor or self.reviewer, step=uuid.uuid4())

    def annotation(self, key: str) -> Annotation:
        return Annotation.objects.get(source_span=self.span(key))

    def state(self, key: str) -> str:
        return self.annotation(key).state
