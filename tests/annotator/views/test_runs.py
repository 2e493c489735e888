"""Pages of runs and of background work: who may what, what they show, that htmx parts stop by themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotator import jobs
from annotator.errors import BadRequestError
from annotator.models import Job, Project, Run
from annotator.queries.runs import list_engines
from annotator.services import runs
from annotator.templatetags.run_words import reason_words
from projection import engines
from tests.annotator.factories import make_items, make_member, make_project, make_user
from tests.annotator.surface_engine import SURFACE_ENGINE

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def surface(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setitem(engines.ENGINES, "surface", SURFACE_ENGINE)


@pytest.fixture
def project() -> Project:
    project = make_project()
    make_items(project)
    return project


@pytest.fixture
def manager(client: Client, project: Project) -> Client:
    client.force_login(project.created_by)
    return client


def make_run(project: Project, *, token: str = "t", is_executed: bool = True, **settings: Any) -> Run:
    run = runs.start_run(
        project=project, actor=project.created_by, tgt_lang="de", engine="surface", settings=settings, token=token
    )
    if is_executed:
        job = jobs.claim(run.job_id)
        assert job is not None
        runs.execute_run(jobs.JobControl(job))
    return run


POST = {"engine": "surface", "tgt_lang": "de", "setting-score": "0.5", "token": "5f0b3c9e-4d54-4a38-8b8a-61e6fbb5f3f1"}


class TestAccess:
    @pytest.mark.parametrize(
        ("role", "may_read", "may_manage"),
        [("manager", 200, 200), ("curator", 200, 403), ("reviewer", 200, 403), ("viewer", 200, 403), (None, 404, 404)],
    )
    def test_members_read_and_managers_start(
        self, client: Client, project: Project, role: str | None, may_read: int, may_manage: int
    ) -> None:
        run = make_run(project)
        client.force_login(make_member(project, role) if role else make_user())
        for name, args in [
            ("run-list", [project.pk]),
            ("run-detail", [project.pk, run.pk]),
            ("run-compare", [project.pk]),
            ("job-detail", [project.pk, run.job_id]),
        ]:
            assert client.get(reverse(name, args=args)).status_code == may_read, name
        assert client.get(reverse("run-create", args=[project.pk])).status_code == may_manage
        changed = 302 if may_manage == 200 else may_manage
        assert client.post(reverse("run-create", args=[project.pk]), POST).status_code == changed
        assert client.post(reverse("run-activate", args=[project.pk, run.pk])).status_code == changed
        assert client.post(reverse("job-cancel", args=[project.pk, run.job_id])).status_code == changed

    def test_runs_of_another_project_are_not_found(self, manager: Client, project: Project) -> None:
        other = make_project(manager=project.created_by, name="Other")
        make_items(other)
        run = make_run(other)
        assert manager.get(reverse("run-detail", args=[project.pk, run.pk])).status_code == 404
        assert manager.post(reverse("run-activate", args=[project.pk, run.pk])).status_code == 404
        assert manager.get(reverse("job-detail", args=[project.pk, run.job_id])).status_code == 404


class TestCreate:
    def test_the_form_shows_engines_settings_with_defaults_and_the_estimate(
        self, manager: Client, project: Project
    ) -> None:
        page = manager.get(reverse("run-create", args=[project.pk]), {"engine": "surface"}).content.decode()
        for engine in list_engines():
            assert engine.title in page
        assert 'name="setting-score" value="0.75"' in page
        assert 'min="0' in page
        assert "Score of what is found." in page
        assert "<strong>3</strong> items · <strong>5</strong> source spans" in page

    def test_it_starts_a_run_once_for_two_clicks(self, manager: Client, project: Project) -> None:
        url = reverse("run-create", args=[project.pk])
        first, second = manager.post(url, POST), manager.post(url, POST)
        run = Run.objects.get()
        assert first["Location"] == second["Location"] == reverse("run-detail", args=[project.pk, run.pk])
        assert run.settings["score"] == 0.5

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"setting-score": "7"}, "less than or equal to 1"),
            ({"setting-score": "x"}, "Enter a number"),
            ({"tgt_lang": "xx"}, "Select a valid choice"),
            ({"token": ""}, ""),
        ],
    )
    def test_a_wrong_value_is_told_and_what_was_typed_stays(
        self, manager: Client, project: Project, change: dict[str, str], said: str
    ) -> None:
        given = POST | {"setting-broken": "h77"} | change
        response = manager.post(reverse("run-create", args=[project.pk]), given)
        assert response.status_code == 400
        assert said in response.content.decode()
        assert 'value="h77"' in response.content.decode()
        assert not Run.objects.exists()

    def test_a_language_without_items_is_told_with_its_remedy(self, client: Client) -> None:
        empty = make_project(tgt_langs=("de", "fr"))
        client.force_login(empty.created_by)
        response = client.post(reverse("run-create", args=[empty.pk]), POST)
        assert response.status_code == 400
        assert "Import a labelled source with its target texts first." in response.content.decode()

    def test_the_estimate_comes_as_a_part_for_htmx_and_as_the_page_without(
        self, manager: Client, project: Project
    ) -> None:
        url = reverse("run-create", args=[project.pk])
        part = manager.post(url, POST | {"estimate": "1"}, headers={"HX-Request": "true"}).content.decode()
        assert part.strip().startswith("<strong>3</strong>")
        page = manager.post(url, POST | {"estimate": "1"})
        assert page.status_code == 200
        assert "<strong>3</strong> items" in page.content.decode()
        assert not Run.objects.exists()


class TestShow:
    def test_a_finished_run_shows_counts_reasons_and_failures(self, manager: Client, project: Project) -> None:
        run = make_run(project, broken="h2")
        page = manager.get(reverse("run-detail", args=[project.pk, run.pk])).content.decode()
        assert "shown to reviewers" in page
        assert "<dt>The engine failed on the item</dt><dd>1</dd>" in page
        assert "<summary>Settings and versions</summary>" in page
        assert "This item is broken. Mend it." in page
        assert "<dd>4 <small" in page
        assert "hx-trigger" not in page

    def test_what_was_found_comes_as_a_part_of_its_own_until_the_run_has_ended(
        self, manager: Client, project: Project
    ) -> None:
        run = make_run(project, is_executed=False)
        url = reverse("run-detail", args=[project.pk, run.pk])
        assert f'<div id="run-summary" hx-get="{url}" hx-trigger="every 5s"' in manager.get(url).content.decode()
        job = jobs.claim(run.job_id)
        assert job is not None
        runs.execute_run(jobs.JobControl(job))
        part = manager.get(url, headers={"HX-Request": "true"}).content.decode()
        assert part.startswith('<div id="run-summary">')
        assert "<dt>source spans</dt><dd>5</dd>" in part

    def test_a_run_that_learns_shows_a_share_and_claims_no_items(self, manager: Client, project: Project) -> None:
        run = make_run(project, is_executed=False)
        job = jobs.claim(run.job_id)
        assert job is not None
        jobs.JobControl(job).tick(stage="learning from 3 sentence pairs", n_done=50, n_total=100)
        page = manager.get(reverse("run-detail", args=[project.pk, run.pk])).content.decode()
        assert '<span class="muted job-count">50 %</span>' in page
        assert "50 of 100" not in page
        assert "50 of 100" not in manager.get(reverse("run-list", args=[project.pk])).content.decode()

    def test_the_page_takes_the_same_number_of_queries_for_more_items(
        self, manager: Client, project: Project, django_assert_max_num_queries: Any
    ) -> None:
        make_items(project, n=30)
        run = make_run(project, broken=",".join(f"h{number}" for number in range(1, 30)))
        with django_assert_max_num_queries(14):
            manager.get(reverse("run-detail", args=[project.pk, run.pk]))

    def test_activating_and_its_refusal(self, manager: Client, project: Project) -> None:
        make_run(project, token="1")
        second, waiting = make_run(project, token="2"), make_run(project, token="3", is_executed=False)
        manager.post(reverse("run-activate", args=[project.pk, second.pk]))
        assert list(Run.objects.filter(is_active=True)) == [second]
        page = manager.post(reverse("run-activate", args=[project.pk, waiting.pk]), follow=True).content.decode()
        assert "Only a finished run can be shown to reviewers." in page
        assert list(Run.objects.filter(is_active=True)) == [second]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("no-link", "no linked words"),
        ("conflict", "taken by another span"),
        ("low-score", "score too low"),
        ("of-a-new-kind", "of a new kind"),
    ],
)
def test_reasons_are_told_in_words(code: str, words: str) -> None:
    assert reason_words(code) == words


class TestList:
    def test_it_names_engines_as_people_do(self, manager: Client, project: Project) -> None:
        run = make_run(project)
        Run.objects.filter(pk=run.pk).update(engine="gone")
        make_run(project, token="2")
        page = manager.get(reverse("run-list", args=[project.pk])).content.decode()
        assert '<td data-label="Engine">Same surface</td>' in page
        assert '<td data-label="Engine">gone</td>' in page
        assert '<span class="badge badge-shown">shown to reviewers</span>' in page


class TestJob:
    def test_progress_polls_until_the_job_has_ended_and_then_renews_the_page(
        self, manager: Client, project: Project
    ) -> None:
        run = make_run(project, is_executed=False)
        url = reverse("job-detail", args=[project.pk, run.job_id])
        part = manager.get(url, headers={"HX-Request": "true"})
        assert 'hx-trigger="every 1s"' in part.content.decode()
        assert "<html" not in part.content.decode()
        assert "HX-Refresh" not in part
        job = jobs.claim(run.job_id)
        assert job is not None
        runs.execute_run(jobs.JobControl(job))
        assert manager.get(url, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
        assert "hx-trigger" not in manager.get(url).content.decode()

    def test_cancelling_and_resuming_lead_back_to_the_run(self, manager: Client, project: Project) -> None:
        run = make_run(project, is_executed=False)
        response = manager.post(reverse("job-cancel", args=[project.pk, run.job_id]))
        assert response["Location"] == reverse("run-detail", args=[project.pk, run.pk])
        assert Job.objects.get(pk=run.job_id).state == "cancelled"
        assert "Resume" in manager.get(response["Location"]).content.decode()
        manager.post(reverse("job-resume", args=[project.pk, run.job_id]))
        assert Job.objects.get(pk=run.job_id).state == "queued"

    def test_an_ended_job_cannot_be_cancelled(self, manager: Client, project: Project) -> None:
        run = make_run(project)
        page = manager.post(reverse("job-cancel", args=[project.pk, run.job_id]), follow=True).content.decode()
        assert "This had ended before it could be cancelled." in page
        assert Job.objects.get(pk=run.job_id).state == "done"

    @pytest.mark.parametrize("name", ["job-cancel", "job-resume", "run-activate"])
    def test_looking_changes_nothing(self, manager: Client, project: Project, name: str) -> None:
        run = make_run(project)
        pk = run.pk if name == "run-activate" else run.job_id
        assert manager.get(reverse(name, args=[project.pk, pk])).status_code == 405


class TestCompare:
    def test_it_suggests_the_active_run_and_the_newest(self, manager: Client, project: Project) -> None:
        first, second = make_run(project, token="1"), make_run(project, token="2")
        page = manager.get(reverse("run-compare", args=[project.pk])).content.decode()
        assert f'<option value="{first.pk}" selected>' in page
        assert f'<option value="{second.pk}" selected>' in page

    def test_a_run_is_compared_at_once_with_the_one_that_reviewers_see(self, manager: Client, project: Project) -> None:
        active, second = make_run(project, token="1"), make_run(project, token="2", broken="h2")
        make_run(project, token="3")
        page = manager.get(reverse("run-compare", args=[project.pk]), {"second": second.pk}).content.decode()
        assert "Items that differ: 1" in page
        assert f'<option value="{active.pk}" selected>' in page

    def test_a_run_alone_is_compared_with_nothing(self, manager: Client, project: Project) -> None:
        only = make_run(project)
        page = manager.get(reverse("run-compare", args=[project.pk]), {"second": only.pk}).content.decode()
        assert "It takes two runs to compare." in page

    def test_viewers_get_no_link_to_the_review(self, client: Client, project: Project) -> None:
        first, second = make_run(project, token="1"), make_run(project, token="2", broken="h2")
        client.force_login(make_member(project, "viewer"))
        given = {"first": first.pk, "second": second.pk}
        page = client.get(reverse("run-compare", args=[project.pk]), given).content.decode()
        assert "<h3>h2</h3>" in page

    def test_it_shows_both_outputs_side_by_side(self, manager: Client, project: Project) -> None:
        first, second = make_run(project, token="1"), make_run(project, token="2", broken="h2")
        given = {"first": first.pk, "second": second.pk}
        page = manager.get(reverse("run-compare", args=[project.pk]), given).content.decode()
        assert "Items that differ: 1" in page
        assert '<bdi lang="de" dir="ltr">Uppsala</bdi>' in page
        assert "not projected: the engine failed on the item" in page
        item = project.items.get(external_id="h2")
        assert f'<a href="{reverse("review-show", args=[project.pk])}?item={item.pk}">h2</a>' in page
        assert "<strong>80 %</strong>" in page

    def test_runs_into_different_languages_are_refused(self, client: Client) -> None:
        project = make_project(tgt_langs=("de", "sv"))
        make_items(project)
        make_items(project, tgt_lang="sv")
        client.force_login(project.created_by)
        first = make_run(project)
        second = Run.objects.create(
            project=project,
            job=Job.objects.create(kind="run", project=project, created_by=project.created_by, idempotency_key="x"),
            tgt_lang="sv",
            engine="surface",
            created_by=project.created_by,
        )
        given = {"first": first.pk, "second": second.pk}
        page = client.get(reverse("run-compare", args=[project.pk]), given).content.decode()
        assert "These runs have different target languages" in page


def test_the_remedy_for_an_unknown_engine_lists_those_that_can_be_chosen_here() -> None:
    project = make_project()
    with pytest.raises(BadRequestError) as raised:
        runs.start_run(project=project, actor=project.created_by, tgt_lang="de", engine="x", settings={}, token="x")
    names = raised.value.problem.remedy.removeprefix("Choose one of: ").removesuffix(".").split(", ")
    assert names == [engine.name for engine in list_engines()]
