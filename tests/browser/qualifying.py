"""Qualification items in a project of the review page, and people who take them."""

from __future__ import annotations

# The first two items get gold that differs from the proposals: a boundary, a label, a label that was not found.
MAKE_SET = """
import uuid
from django.conf import settings
from django.urls import reverse
from sesame.utils import get_query_string
from annotator.models import Decision, Project
from annotator.queries.item_filter import ItemFilter
from annotator.services import qualification, review
from annotator.services.bulk_decisions import start_bulk
from annotator.services.review_acts import read_acts
from tests.annotator.factories import find_interval

project = Project.objects.get(pk=given["project"])
manager = project.created_by
labels = dict(project.layers.get().labels.values_list("name", "pk"))
GOLD = [
    [("Ada Brandt", "PER"), ("Tomas Vale", "PER"), ("Bremen", "LOC"), ("Nordlys", "ORG"), ("Uppsala", "LOC")],
    [("Rat von Uppsala", "ORG"), ("Ada Brandt", "PER")],
]
for item, gold in zip(project.items.order_by("position")[:2], GOLD):
    target = item.segments.get(side="target")
    acts = []
    for span, (surface, label) in zip(item.source_spans.order_by("position"), gold):
        place = {"segment": target.pk, "intervals": [list(find_interval(target.text, surface))], "surface": surface}
        name = {"source_span": span.pk}
        acts.append({**name, "kind": "relabel", "label": labels[label]})
        acts.append({**name, "kind": "move", **place})
        acts.append({**name, "kind": "accept", "surface": surface})
    review.decide(project=project, actor=manager, step=uuid.uuid4(), item_id=item.pk, acts=read_acts(acts))
wanted = ItemFilter(state="done")
start_bulk(project=project, actor=manager, kind="qualify", wanted=wanted, step=uuid.uuid4())
qualification.set_qualification(project=project, actor=manager, pass_percent=80, shows_gold=given["shows_gold"])
made = Decision.objects.filter(project=project)
secrets = {str(pk) for pk in made.values_list("annotation", flat=True)}
secrets |= {str(step) for step in made.values_list("step", flat=True)}
target = project.items.order_by("position")[1].segments.get(side="target")
start, end = find_interval(target.text, "Rat von Uppsala")
link = settings.SITE_URL + reverse("account-link") + get_query_string(manager)
result = {"secrets": [*secrets, f"[[{start},{end}]]"], "manager": link}
"""
# Others take it: one has failed, one has passed; and `given["user"]` joins in a role, perhaps having failed too.
TAKE_IT = """
import secrets
from django.utils import timezone
from annotator.models import Attempt, Membership, Project, User
from tests.annotator.factories import make_member

project = Project.objects.get(pk=given["project"])
figures = {"n_items": 2, "kinds": {}, "faults": {"boundary": 3, "missing": 1}}
user = User.objects.get(username=given["user"])
Membership.objects.create(project=project, user=user, role=given["role"])
def join():
    return make_member(project, "reviewer", username="t" + secrets.token_hex(6))

people = [(join(), "failed", 66.6), (join(), "passed", 92.3)]
people += [(user, "failed", 61.5)] if given.get("has_failed") else []
for person, state, percent in people:
    Attempt.objects.create(
        project=project, user=person, tgt_lang="de", state=state, percent=percent, pass_percent=80, figures=figures,
        finished_at=timezone.now(),
    )
"""
