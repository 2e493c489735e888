"""Pages of projects, labels, items, members: who sees what, and what forms answer."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from annotator.forms.projects import COMMON_CODES
from annotator.models import Event, Job, Project
from annotator.services.project_templates import TEMPLATES
from tests.annotator.factories import make_items, make_member, make_project, make_user

pytestmark = pytest.mark.django_db

READ_PAGES = ("project-detail", "label-list", "item-list", "member-list")
MANAGE_PAGES = ("project-settings", "event-list", "reviewing-edit", "assignment-edit")


@pytest.fixture
def project() -> Project:
    project = make_project(tgt_langs=("ar", "de"))
    make_items(project)
    return project


def log_in(client: Client, project: Project, role: str) -> None:
    client.force_login(make_member(project, role))


@pytest.mark.parametrize("name", READ_PAGES + MANAGE_PAGES)
def test_strangers_get_404_and_the_anonymous_are_asked_to_log_in(client: Client, project: Project, name: str) -> None:
    url = reverse(name, args=[project.pk])
    assert client.get(url).headers["Location"].startswith(reverse("account-login"))
    client.force_login(make_user())
    assert client.get(url).status_code == 404


@pytest.mark.parametrize("role", ["viewer", "reviewer", "curator", "manager"])
def test_members_read(client: Client, project: Project, role: str) -> None:
    log_in(client, project, role)
    assert [client.get(reverse(name, args=[project.pk])).status_code for name in READ_PAGES] == [200] * len(READ_PAGES)


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("reviewer", 403), ("curator", 403), ("manager", 200)])
@pytest.mark.parametrize("name", MANAGE_PAGES)
def test_only_managers_manage(client: Client, project: Project, name: str, role: str, status: int) -> None:
    log_in(client, project, role)
    assert client.get(reverse(name, args=[project.pk])).status_code == status


def test_a_new_project_is_offered_languages_with_their_codes(client: Client) -> None:
    client.force_login(make_user())
    page = client.get(reverse("project-create")).content.decode()
    assert '<option value="de">German</option>' in page
    assert '<option value="pt-BR">Portuguese (Brazil)</option>' in page
    assert page.count('list="language-codes"') == 2
    offered = page.split("<datalist")[1].split("</datalist")[0]
    assert len(set(COMMON_CODES)) == len(COMMON_CODES) == offered.count("<option")


def test_a_project_is_made_and_leads_to_the_import(client: Client) -> None:
    client.force_login(make_user())
    given = {"name": "Rivers", "src_lang": "en", "tgt_langs": "de, th", "description": ""}
    answer = client.post(reverse("project-create"), given)
    project = Project.objects.get(name="Rivers")
    assert answer.headers["Location"] == reverse("import-create", args=[project.pk])


def test_wrong_languages_are_told_and_nothing_is_lost(client: Client) -> None:
    client.force_login(make_user())
    answer = client.post(reverse("project-create"), {"name": "Rivers", "src_lang": "en", "tgt_langs": "deutsch1"})
    page = answer.content.decode()
    assert "&#x27;deutsch1&#x27; is not a language code. Write codes such as de, pt-BR or th." in page
    assert 'value="Rivers"' in page
    assert not Project.objects.exists()


def test_lists_hold_own_projects_only(client: Client, project: Project) -> None:
    member = make_member(project, "viewer")
    make_project(name="Somebody else's")
    client.force_login(member)
    page = client.get(reverse("project-list")).content.decode()
    assert project.name in page
    assert "Somebody else" not in page


def test_item_list_filters_and_keeps_scripts(client: Client, project: Project) -> None:
    make_items(
        project,
        sentences=(("Ada Brandt came .", "جاءت آدا براندت ."),),
        spans=((("PER", "Ada Brandt"),),),
        tgt_lang="ar",
    )
    log_in(client, project, "viewer")
    url = reverse("item-list", args=[project.pk])
    page = client.get(url, {"lang": "ar"}).content.decode()
    assert 'lang="ar" dir="rtl">جاءت آدا براندت .</div>' in page
    assert "Uppsala" not in page
    assert ">1 item<" in client.get(url, {"text": "segelt"}).content.decode()
    assert "No item fits" in client.get(url, {"state": "done"}).content.decode()


def test_the_item_list_asks_as_often_for_many_as_for_few(
    client: Client, project: Project, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    log_in(client, project, "viewer")
    url = reverse("item-list", args=[project.pk])
    client.get(url)
    with django_assert_num_queries(22):
        client.get(url)
    make_items(project, n=40)
    with django_assert_num_queries(22):
        client.get(url)


def test_labels_are_changed_with_their_names(client: Client, project: Project) -> None:
    log_in(client, project, "manager")
    label = project.layers.get().labels.get(name="LOC")
    url = reverse("label-edit", args=[project.pk, label.pk])
    wrong = client.post(url, {"key": "8", "color": "#123456", "names": "Ort"}).content.decode()
    assert "Line 1 is not of the form de=Ort." in wrong
    client.post(url, {"key": "8", "color": "#123456", "names": "de=Ort\nar=مكان", "description": "a place"})
    label.refresh_from_db()
    assert (label.key, label.color, label.description) == ("8", "#123456", "a place")
    assert label.translated_names == {"de": "Ort", "ar": "مكان"}


def test_a_label_of_another_project_is_not_found(client: Client, project: Project) -> None:
    other = make_project()
    make_items(other)
    log_in(client, project, "manager")
    foreign = other.layers.get().labels.first()
    assert client.get(reverse("label-edit", args=[project.pk, foreign.pk])).status_code == 404


def test_members_are_managed_on_the_page(client: Client, project: Project) -> None:
    log_in(client, project, "manager")
    make_user("nour")
    client.post(reverse("member-add", args=[project.pk]), {"username": "nour", "role": "reviewer"})
    membership = project.memberships.get(user__username="nour")
    client.post(reverse("member-change", args=[project.pk, membership.pk]), {"role": ""})
    assert not project.memberships.filter(user__username="nour").exists()
    kinds = list(Event.objects.filter(project=project).values_list("kind", flat=True)[:2])
    assert kinds == ["member-removed", "member-added"]


def test_the_overview_lists_jobs_that_checked_an_upload_before_its_import(client: Client, project: Project) -> None:
    log_in(client, project, "viewer")
    # A large upload is checked by a job of its own, which its import then leaves for the job that writes.
    Job.objects.create(kind="import", project=project, idempotency_key="check", created_by=project.created_by)
    page = client.get(reverse("project-detail", args=[project.pk])).content.decode()
    assert "Check of an upload" in page


def test_a_refused_member_is_told_and_the_name_is_kept(client: Client, project: Project) -> None:
    log_in(client, project, "manager")
    answer = client.post(reverse("member-add", args=[project.pk]), {"username": "nobody", "role": "viewer"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "There is no account &#x27;nobody&#x27;." in page
    assert 'value="nobody"' in page


def test_a_project_is_made_from_a_template_and_each_says_what_it_is_for(client: Client) -> None:
    client.force_login(make_user())
    page = client.get(reverse("project-create")).content.decode()
    assert page.count('type="radio" name="template"') == len(TEMPLATES) + 1
    assert all(str(each.summary) in page for each in TEMPLATES.values())
    answer = client.post(
        reverse("project-create"), {"name": "Tags", "src_lang": "en", "tgt_langs": "de", "template": "pos"}
    )
    assert answer.status_code == 302
    assert Project.objects.get(name="Tags").layers.get().kind == "token"
    bad = client.post(reverse("project-create"), {"name": "T", "src_lang": "en", "tgt_langs": "de", "template": "x"})
    assert "x is not one of the available choices" in bad.content.decode()


def test_managers_add_change_and_take_out_layers(client: Client, project: Project) -> None:
    client.force_login(make_member(project, "viewer"))
    assert client.get(reverse("layer-create", args=[project.pk])).status_code == 403
    log_in(client, project, "manager")
    values = {"name": "topic", "kind": "class", "scope": "item", "choice": "single", "is_open": "on"}
    assert client.get(reverse("layer-create", args=[project.pk])).status_code == 200
    assert client.post(reverse("layer-create", args=[project.pk]), values).status_code == 302
    layer = project.layers.get(name="topic")
    assert "one label, the whole item" in client.get(reverse("label-list", args=[project.pk])).content.decode()
    page = client.post(reverse("layer-edit", args=[project.pk, layer.pk]), {**values, "has_concepts": "on"})
    assert page.status_code == 400
    assert "Concepts is for layers of spans; this one holds classes." in page.content.decode()
    assert (
        client.post(reverse("layer-edit", args=[project.pk, layer.pk]), {**values, "name": "topics"}).status_code == 302
    )
    assert client.post(reverse("layer-delete", args=[project.pk, layer.pk])).status_code == 302
    spans = project.layers.get()
    page = client.get(reverse("layer-edit", args=[project.pk, spans.pk])).content.decode()
    assert "what they rest on cannot be changed any more" in page
    client.post(reverse("layer-delete", args=[project.pk, spans.pk]))
    assert project.layers.get() == spans
