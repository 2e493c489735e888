from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from annotator import jobs
from annotator.models import Import, Item
from annotator.services import imports
from tests.annotator.factories import make_member, make_project, make_user

pytestmark = pytest.mark.django_db

SOURCE = "Ada\tB-PER\nruns\tO\n\nUppsala\tB-LOC\nsleeps\tO\n"
TARGET = "Ada läuft\nUppsala schläft\n"
BROKEN = "Ada\tI-PER\nruns\tO\n\nUppsala\tB-LOC\nsleeps\tO\n\nKiruna\tB-LOC\n"
DEFAULTS = {
    "tgt_lang": "de",
    "src_format": "auto",
    "tgt_format": "auto",
    "pairing": "auto",
    "layer": "spans",
    "documents": "file",
}


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def project():
    return make_project()


def post(client, project, *, query: str = "", **given):
    return client.post(reverse("import-create", args=[project.pk]) + query, {**DEFAULTS, **given})


def make_draft(client, project, source=SOURCE, target=TARGET, **given) -> Import:
    client.force_login(project.created_by)
    response = post(client, project, source_text=source, target_text=target, **given)
    assert response.status_code == 302, response.context["form"].errors
    return Import.objects.latest("pk")


def url(name: str, record: Import) -> str:
    return reverse(name, args=[record.project_id, record.pk])


def execute(record: Import) -> None:
    record.refresh_from_db()
    imports.execute_import(jobs.JobControl(jobs.claim(record.job_id)))


class TestAccess:
    @pytest.mark.parametrize("name", ["import-list", "import-create"])
    def test_strangers_find_nothing(self, client, project, name):
        client.force_login(make_user())
        assert client.get(reverse(name, args=[project.pk])).status_code == 404

    @pytest.mark.parametrize("role", ["viewer", "reviewer", "curator"])
    def test_others_read_but_do_not_import(self, client, project, role):
        record = make_draft(client, project)
        client.force_login(make_member(project, role))
        assert client.get(reverse("import-list", args=[project.pk])).status_code == 200
        page = client.get(url("import-detail", record))
        assert page.status_code == 200
        assert b"Your choice" not in page.content
        assert client.get(reverse("import-create", args=[project.pk])).status_code == 403
        assert post(client, project, source_text=SOURCE).status_code == 403
        assert client.post(url("import-confirm", record)).status_code == 403
        assert client.post(url("import-cancel", record)).status_code == 403
        record.refresh_from_db()
        assert record.state == "draft"

    def test_an_import_of_another_project_is_not_found(self, client, project):
        record = make_draft(client, project)
        other = make_project(manager=project.created_by)
        assert client.get(reverse("import-detail", args=[other.pk, record.pk])).status_code == 404
        assert client.post(reverse("import-confirm", args=[other.pk, record.pk])).status_code == 404

    def test_changes_need_a_post(self, client, project):
        record = make_draft(client, project)
        assert client.get(url("import-confirm", record)).status_code == 405
        assert client.get(url("import-cancel", record)).status_code == 405


class TestCreate:
    def test_takes_files(self, client, project):
        client.force_login(project.created_by)
        source = SimpleUploadedFile("harbour.conll", SOURCE.encode())
        target = SimpleUploadedFile("harbour.de.txt", TARGET.encode())
        response = post(client, project, source_file=source, target_file=target)
        record = Import.objects.get()
        assert response.url == url("import-detail", record)
        assert set(record.files.values_list("role", "name")) == {
            ("source", "harbour.conll"),
            ("target", "harbour.de.txt"),
        }

    def test_takes_pasted_texts_and_a_new_language(self, client, project):
        record = make_draft(client, project, tgt_lang="other", new_lang="ar", target="آدا تجري\nأوبسالا تنام\n")
        assert record.tgt_lang == "ar"
        assert record.report["n_clean"] == 2
        page = client.get(url("import-detail", record)).content.decode()
        assert '<p class="item-text" lang="ar" dir="rtl">آدا تجري</p>' in page
        assert '<p class="item-text" lang="en" dir="ltr"><mark class="span">Ada' in page

    @pytest.mark.parametrize(
        ("given", "field", "message"),
        [
            ({}, "source_file", "Choose the source file or paste its text."),
            ({"source_text": SOURCE, "tgt_lang": "other"}, "new_lang", "Write the code of the language."),
            (
                {"source_text": SOURCE, "tgt_lang": "other", "new_lang": "German"},
                "new_lang",
                "'German' is not a language code. Write a code such as en.",
            ),
        ],
    )
    def test_says_what_is_missing(self, client, project, given, field, message):
        client.force_login(project.created_by)
        response = post(client, project, **given)
        assert response.status_code == 400
        assert response.context["form"].errors[field] == [message]
        assert not Import.objects.exists()

    def test_a_file_and_a_text_for_one_side_are_too_much(self, client, project):
        client.force_login(project.created_by)
        file = SimpleUploadedFile("a.conll", SOURCE.encode())
        response = post(client, project, source_file=file, source_text=SOURCE)
        assert response.context["form"].errors["source_text"] == ["There is a file too: give one of them only."]

    def test_keeps_what_was_typed_when_the_service_refuses(self, client, project):
        client.force_login(project.created_by)
        response = post(client, project, source_text=SOURCE, target_text=SOURCE, id_prefix="x-")
        assert response.status_code == 400
        page = response.content.decode()
        assert "Source and target are the same file." in page
        assert 'value="x-"' in page
        assert "Uppsala\tB-LOC" in page

    def test_a_correction_keeps_the_other_files(self, client, project):
        old = make_draft(client, project, target="only one\n")
        response = client.get(reverse("import-create", args=[project.pk]) + f"?from={old.pk}")
        assert b"pasted source.txt" in response.content
        assert post(client, project, query=f"?from={old.pk}", target_text=TARGET).status_code == 302
        new = Import.objects.latest("pk")
        old.refresh_from_db()
        assert (old.state, new.report["n_clean"]) == ("cancelled", 2)

    def test_a_draft_of_another_project_gives_no_files(self, client, project):
        foreign = make_draft(client, make_project())
        client.force_login(project.created_by)
        response = client.get(reverse("import-create", args=[project.pk]) + f"?from={foreign.pk}")
        assert response.context["replaces"] is None


class TestPreview:
    def test_escapes_what_files_say(self, client, project):
        record = make_draft(client, project, "<script>alert(1)</script>\tB-<b>\n\nx\tO\n", "<i>läuft</i>\ny\n")
        page = client.get(url("import-detail", record)).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "&lt;i&gt;läuft&lt;/i&gt;" in page

    def test_shows_what_repaired_rows_were_read_as(self, client, project):
        record = make_draft(client, project, BROKEN, TARGET)
        page = client.get(url("import-detail", record)).content.decode()
        assert 'dir="auto"><mark class="span">Ada<span class="span-label">PER</span></mark> runs</span>' in page

    def test_tells_items_that_come_again_unchanged_from_changed_ones(self, client, project):
        first = make_draft(client, project)
        client.post(url("import-confirm", first), {"bad_rows": "skip"})
        execute(first)
        second = make_draft(client, project, target="Ada rennt\nUppsala schläft\n")
        page = " ".join(client.get(url("import-detail", second)).content.decode().split())
        assert 'Already here, unchanged <span class="problem-count">1</span>' in page
        assert 'Already here, but different <span class="problem-count">1</span>' in page
        assert "with another target text: the stored one is kept." in page
        assert "There is nothing new in these files. Items that are here are kept as they are" in page

    def test_offers_the_choices_with_their_numbers(self, client, project):
        record = make_draft(client, project, BROKEN, TARGET)
        page = " ".join(client.get(url("import-detail", record)).content.decode().split())
        assert "Leave them out too: import 1 item<" in page
        assert "Import them as they were read: 2 items<" in page
        assert "The source has 3 sentences, the target 2: pair the first 2 and leave the rest out" in page

    def test_shifted_pairs_are_told_and_not_called_without_problems(self, client, project):
        names = ["Anna", "Boris", "Clara", "David", "Emil", "Frida", "Gustav", "Hanna"]
        source = "".join(f"{name}\tB-PER\n\n" for name in names)
        record = make_draft(client, project, source, "".join(f"{name} segelt\n" for name in names if name != "Clara"))
        page = " ".join(client.get(url("import-detail", record)).content.decode().split())
        assert "<dt>without other problems</dt><dd>2</dd>" in page
        assert "<dt>probably paired wrongly</dt><dd>5</dd>" in page
        assert "About from sentence 3 on" in page
        assert '<span class="badge problem-verdict">check the files</span>' in page
        assert "probably wrong from here</strong>" in page
        assert "leave the rest out. 5 of them are probably wrong.</label>" in page

    def test_fatal_problems_offer_no_import(self, client, project):
        record = make_draft(client, project, SOURCE, "0-0\n0-0\n")
        page = client.get(url("import-detail", record)).content.decode()
        assert 'id="confirm-form"' not in page
        assert client.post(url("import-confirm", record), {"bad_rows": "skip"}).status_code == 400

    def test_all_problems_can_be_downloaded(self, client, project):
        source = "".join(f"w{n}\tI-PER\n\n" for n in range(70)) + "x\tB-PER\ny\tB-LOC\n"
        record = make_draft(client, project, source, "".join(f"t{n}\n" for n in range(71)))
        page = " ".join(client.get(url("import-detail", record)).content.decode().split())
        assert "<summary>45 more</summary>" in page
        assert "and 20 that are in the file of all problems" in page
        response = client.get(url("import-detail", record) + "?problems=all")
        lines = b"".join(response.streaming_content).decode().splitlines()
        assert len(lines) == 71
        assert lines[1].split("\t")[:4] == ["repaired", "inside-without-start", "source, line 1", "1"]
        assert "attachment" in response["Content-Disposition"]


class TestConfirm:
    def test_leads_to_the_items(self, client, project):
        record = make_draft(client, project)
        assert client.post(url("import-confirm", record), {"bad_rows": "skip"}).url == url("import-detail", record)
        working = client.get(url("import-detail", record)).content.decode()
        assert 'hx-trigger="every 1s"' in working
        assert "Waiting for a worker." in working
        execute(record)
        done = client.get(url("import-detail", record)).content.decode()
        assert "hx-trigger" not in done
        assert "Imported into German" in done
        assert Item.objects.count() == 2

    def test_without_a_choice_says_so_and_starts_nothing(self, client, project):
        record = make_draft(client, project, BROKEN, TARGET + "Kiruna\n")
        response = client.post(url("import-confirm", record))
        assert response.status_code == 400
        assert "Choose what is to become of them." in response.content.decode()
        record.refresh_from_db()
        assert record.state == "draft"

    def test_the_partial_is_the_changing_part_only(self, client, project):
        record = make_draft(client, project)
        client.post(url("import-confirm", record), {"bad_rows": "skip"})
        part = client.get(url("import-detail", record), headers={"HX-Request": "true"}).content.decode()
        assert part.strip().startswith('<div id="import-status"')
        assert "<html" not in part

    def test_a_repeated_import_names_the_first(self, client, project):
        first = make_draft(client, project)
        client.post(url("import-confirm", first), {"bad_rows": "skip"})
        execute(first)
        first.refresh_from_db()
        second = make_draft(client, project)
        page = client.get(url("import-detail", second)).content.decode()
        assert "<dt>already here, unchanged</dt><dd>2</dd>" in page
        assert "unusable" not in page
        assert f'<a href="{url("import-detail", first)}">Look at import {first.pk}</a>' in page
        assert f"{first.finished_at:%Y-%m-%d %H:%M}" in page
        assert 'id="confirm-form"' not in page

    def test_a_failed_job_is_shown_with_its_reason(self, client, project):
        first, second = make_draft(client, project), make_draft(client, project, target="Eins\nZwei\n")
        for record in (first, second):
            client.post(url("import-confirm", record), {"bad_rows": "skip"})
        execute(first)
        second.refresh_from_db()
        control = jobs.JobControl(jobs.claim(second.job_id))
        with pytest.raises(Exception, match="not 2") as caught:
            imports.execute_import(control)
        control.fail(code="project-changed", message=str(caught.value.problem))
        page = client.get(url("import-detail", second)).content.decode()
        assert "The project has changed since the preview: 0 items would be imported, not 2." in page
        assert "Nothing was imported." in page

    def test_cancel(self, client, project):
        record = make_draft(client, project)
        response = client.post(url("import-cancel", record), follow=True)
        assert "Cancelled: nothing was imported." in response.content.decode()
        record.refresh_from_db()
        assert record.state == "cancelled"


@pytest.mark.parametrize("n", [1, 5])
def test_the_list_asks_the_same_number_of_questions_for_any_length(client, project, n, django_assert_max_num_queries):
    for k in range(n):
        make_draft(client, project, target=f"eins {k}\nzwei\n")
    with django_assert_max_num_queries(10):
        page = client.get(reverse("import-list", args=[project.pk]))
    assert page.content.count(b"pasted source.txt") == n
