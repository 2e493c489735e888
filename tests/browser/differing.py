"""Two reviewers who differ on the first two items of a project."""

from __future__ import annotations

DIFFER = """
import uuid
from annotator.models import Item, Project, User
from annotator.services import review
from annotator.services.review_acts import read_acts
from tests.annotator.factories import find_interval, make_member

project = Project.objects.get(pk=given["project"])
Item.objects.filter(project=project).update(n_reviews=2)
labels = dict(project.layers.get().labels.values_list("name", "pk"))
people = [make_member(project, "reviewer", username=name + uuid.uuid4().hex[:6]) for name in ("ada", "zoe")]
for item in project.items.order_by("position")[:2]:
    spans = list(item.source_spans.order_by("position"))
    found = {row.source_span_id: row for row in item.candidates.filter(rank=0)}
    for number, person in enumerate(people):
        acts = []
        for at, span in enumerate(spans):
            name = {"source_span": span.pk}
            if number and at == 0:
                acts.append({**name, "kind": "reject", "reason": "wrong-words"})
                continue
            if number and at == 1:
                acts.append({**name, "kind": "relabel", "label": labels["ORG"]})
            acts.append({**name, "kind": "accept", "surface": found[span.pk].surface})
        review.decide(project=project, actor=person, step=uuid.uuid4(), item_id=item.pk, acts=read_acts(acts))
result = list(project.items.order_by("position").values_list("pk", flat=True)[:2])
"""
