"""Every page and list of a project can be read whatever its layers hold."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from annotator.models import Candidate
from annotator.services.project_templates import TEMPLATES
from tests.annotator.factories import make_run
from tests.annotator.small_sets import accept_all, make_kind

pytestmark = pytest.mark.django_db

API = "/api/v1/projects/{project}/{path}"
LISTS = (
    *("layers/", "items/", "items/{item}/", "queue/", "decisions/", "concepts/"),
    *("runs/{run}/", "runs/{run}/candidates/", "runs/{run}/failures/"),
    "runs/compare/?a={run}&b={other}",
    "runs/compare/items/?a={run}&b={other}",
)


@pytest.mark.parametrize("template", TEMPLATES)
def test_all_pages_of_a_kind_can_be_read(client: Client, template: str) -> None:
    kind = make_kind(template)
    if template == "pos":
        first = Candidate.objects.filter(run=kind.run, segment__isnull=False).first()
        Candidate.objects.create(
            run=kind.run,
            item=first.item,
            rank=0,
            label=first.label,
            segment=first.segment,
            intervals=first.intervals,
            start_char=first.start_char,
            end_char=first.end_char,
            surface=first.surface,
            score=0.5,
        )
    other = make_run(kind.project, is_active=False)
    client.force_login(kind.project.created_by)
    named = {"project": kind.project.pk, "item": kind.items[0].pk, "run": kind.run.pk, "other": other.pk}
    pages = [reverse(name, args=[kind.project.pk]) for name in PAGES]
    pages.append(reverse("run-detail", args=[kind.project.pk, kind.run.pk]))
    pages.append(f"{reverse('run-compare', args=[kind.project.pk])}?first={kind.run.pk}&second={other.pk}")
    pages.append(reverse("review-item", args=[kind.project.pk, kind.items[0].pk]))
    pages += [API.format(project=kind.project.pk, path=path.format(**named)) for path in LISTS]
    assert {page: client.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)
    accept_all(kind)
    assert {page: client.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)


PAGES = (
    *("project-detail", "label-list", "item-list", "run-list", "run-create", "export-list", "import-create"),
    *("review-show", "concept-list"),
)
