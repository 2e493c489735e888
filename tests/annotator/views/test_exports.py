"""Pages of exports: who may do what, what the form answers, how the file is handed out."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from annotator import jobs
from annotator.models import Export, Item, Project, User
from annotator.services import exports
from tests.annotator.factories import (
    make_annotation,
    make_candidate,
    make_items,
    make_member,
    make_project,
    make_review,
    make_run,
    make_user,
)

pytestmark = pytest.mark.django_db

FORM = {"format": "conll", "tgt_lang": "de", "state": "reviewed"}


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def project() -> Project:
    """One of three items is reviewed: its two labels are accepted."""
    made = make_project(name="Harbour news")
    first = make_items(made)[0]
    run, review = make_run(made), make_review(first, made.created_by)
    for span in first.source_spans.all():
        make_annotation(review, span=span, candidate=make_candidate(run, span, span.surface))
    return made


def address(name: str, project: Project, *args: int) -> str:
    return reverse(f"export-{name}", args=[project.pk, *args])


def log_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def finished(project: Project, *, has_loss: bool = False, format: str = "conll") -> Export:  # noqa: A002
    if has_loss:
        review = Item.objects.get(external_id="h1").reviews.get()
        make_annotation(review, surface="Brandt", label="PER")
    row = exports.start_export(project=project, actor=project.created_by, format=format, filters={"tgt_lang": "de"})
    exports.execute_export(jobs.JobControl(jobs.claim(row.job_id)))
    row.refresh_from_db()
    return row


def test_who_may_see_start_and_confirm(client, project):
    row = finished(project, has_loss=True)
    pages = [address("list", project), address("detail", project, row.pk)]
    acts = [(address("create", project), FORM), (address("confirm", project, row.pk), {})]
    expected = {"viewer": (200, 403), "reviewer": (200, 403), "curator": (200, 302), "manager": (200, 302)}
    for role, (read, write) in expected.items():
        log_in(client, make_member(project, role))
        assert [client.get(url).status_code for url in pages] == [read, read], role
        assert [client.post(url, data).status_code for url, data in acts] == [write, write], role
    log_in(client, make_user())
    assert {client.get(url).status_code for url in [*pages, address("download", project, row.pk)]} == {404}
    assert {client.post(url, data).status_code for url, data in acts} == {404}
    client.logout()
    assert client.get(pages[0]).headers["Location"].startswith(reverse("account-login"))


def test_an_export_of_another_project_is_not_found(client, project):
    row = finished(project)
    other = make_project(name="Other")
    log_in(client, other.created_by)
    for name in ("detail", "download"):
        assert client.get(address(name, other, row.pk)).status_code == 404
    assert client.post(address("confirm", other, row.pk)).status_code == 404


def test_only_members_who_may_export_see_the_form(client, project):
    assert "New export" in log_in(client, project.created_by).get(address("list", project)).content.decode()
    page = log_in(client, make_member(project, "viewer")).get(address("list", project)).content.decode()
    assert "New export" not in page
    assert "Managers and curators make exports" in page


def test_the_form_starts_an_export_with_its_filters(client, project):
    data = {**FORM, "format": "jsonl", "labels": ["LOC"], "document": "harbour", "has_source": "on"}
    answer = log_in(client, project.created_by).post(address("create", project), data)
    row = Export.objects.get()
    assert answer.headers["Location"] == address("detail", project, row.pk)
    assert row.format == "jsonl"
    assert row.filters == {
        "tgt_lang": "de",
        "state": "reviewed",
        "labels": ["LOC"],
        "document": "harbour",
        "has_source": True,
    }
    assert row.job.state == "queued"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"document": "nowhere"}, "The project has no document &#x27;nowhere&#x27;."),
        ({"format": "xml"}, "Select a valid choice. xml is not one of the available choices."),
        ({"state": ""}, "This field is required."),
    ],
)
def test_a_wrong_form_comes_back_with_what_was_typed(client, project, change, message):
    answer = log_in(client, project.created_by).post(address("create", project), {**FORM, "document": "", **change})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert message in page
    assert f'value="{change.get("document", "")}"' in page or "document" not in change
    assert not Export.objects.exists()


def test_counting_tells_items_and_labels_without_starting(client, project):
    log_in(client, project.created_by)
    data = {**FORM, "action": "count"}
    part = client.post(address("create", project), data, headers={"HX-Request": "true"}).content.decode()
    assert "<strong>1</strong> item · <strong>2</strong> accepted labels</p>" in part
    assert "<html" not in part
    whole = client.post(address("create", project), {**data, "state": "all"}).content.decode()
    assert "<strong>3</strong> items · <strong>2</strong> accepted labels · 3 undecided and left out</p>" in whole
    assert "<html" in whole
    assert not Export.objects.exists()


def test_counting_with_a_wrong_filter_says_what_is_wrong(client, project):
    data = {**FORM, "document": "nowhere", "action": "count"}
    answer = log_in(client, project.created_by).post(address("create", project), data, headers={"HX-Request": "true"})
    assert "The project has no document" in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "content_type"), [("conll", "text/plain; charset=utf-8"), ("jsonl", "application/x-ndjson")]
)
def test_the_download_is_streamed_under_a_good_name(client, project, name, content_type):
    row = finished(project, format=name)
    answer = log_in(client, make_member(project, "viewer")).get(address("download", project, row.pk))
    assert answer.streaming
    assert answer.headers["Content-Type"] == content_type
    assert answer.headers["Content-Disposition"] == f'attachment; filename="harbour-news-de-gold.{name}"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    with row.file.open("rb") as file:
        assert b"".join(answer.streaming_content) == file.read()


def test_a_file_with_losses_is_handed_out_only_after_confirmation(client, project):
    row = finished(project, has_loss=True)
    log_in(client, project.created_by)
    detail, download = address("detail", project, row.pk), address("download", project, row.pk)
    page = client.get(detail).content.decode()
    assert "What CoNLL could not hold" in page
    assert "Take the file without it" in page
    assert download not in page
    refused = client.get(download, follow=True)
    assert refused.redirect_chain == [(detail, 302)]
    assert "could not hold 1 thing(s)" in refused.content.decode()
    assert client.post(address("confirm", project, row.pk), follow=True).redirect_chain == [(detail, 302)]
    assert download in client.get(detail).content.decode()
    assert client.get(download).status_code == 200


def test_confirming_before_the_file_is_there_is_refused(client, project):
    row = exports.start_export(project=project, actor=project.created_by, format="conll", filters={"tgt_lang": "de"})
    answer = log_in(client, project.created_by).post(address("confirm", project, row.pk), follow=True)
    assert "The export is not finished." in answer.content.decode()
    row.refresh_from_db()
    assert not row.is_loss_confirmed


def test_pages_cost_the_same_number_of_queries_for_one_export_or_many(client, project, django_assert_max_num_queries):
    log_in(client, project.created_by)
    finished(project)
    with django_assert_max_num_queries(20) as one:
        client.get(address("list", project))
    n_queries = len(one)
    for _ in range(5):
        finished(project)
    with django_assert_max_num_queries(n_queries):
        client.get(address("list", project))
