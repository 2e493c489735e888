"""The small sets of the templates are sound: what they hold fits the layers, and their candidates their texts."""

from __future__ import annotations

import pytest

from annotator.models import Candidate
from annotator.services.project_templates import TEMPLATES
from projection.formats import read_jsonl, write_jsonl
from tests.annotator.small_sets import KINDS, make_kind

pytestmark = pytest.mark.django_db


def test_every_template_has_a_small_set() -> None:
    assert list(KINDS) == list(TEMPLATES)


@pytest.mark.parametrize("template", TEMPLATES)
def test_sets_are_stored_as_they_are_given(template: str) -> None:
    kind = make_kind(template)
    given = [each.item for each in kind.given]
    assert read_jsonl(write_jsonl(given).text.encode()).rows == given
    assert kind.project.layers.count() == len(TEMPLATES[template].layers)
    for row, item in zip(kind.items, given, strict=True):
        stored = {
            span.key: span for span in row.source_spans.select_related("head", "tail", "label", "layer", "concept")
        }
        assert set(stored) == {each.id for each in (*item.spans, *item.relations)}
        for span in item.spans:
            found = stored[span.id]
            assert (found.label.name, found.layer.name, found.surface) == (
                span.label,
                span.layer,
                span.surface(item.segments[span.segment].text),
            )
            assert (found.concept.code if found.concept else "") == span.concept
        for relation in item.relations:
            found = stored[relation.id]
            assert (found.label.name, found.layer.kind) == (relation.label, "relation")
            assert (found.head.key, found.tail.key) == (relation.head, relation.tail)
    for candidate in Candidate.objects.filter(run=kind.run, segment__isnull=False).select_related("segment"):
        pieces = [candidate.segment.text[start:end] for start, end in candidate.intervals]
        assert " ".join(pieces) == candidate.surface
