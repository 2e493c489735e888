from __future__ import annotations

import json

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotator import jobs
from annotator.errors import BadRequestError, ConflictError
from annotator.models import Document, Event, Import, Item, Job, Segment, SourceSpan
from annotator.services import imports
from annotator.services.imports import ImportChoice, ImportSpec, Upload
from tests.annotator.factories import make_project

pytestmark = pytest.mark.django_db

SOURCE = """\
# newdoc id = harbour
# sent_id = h-1
# text = Ada Brandt runs Nordlys.
Ada\tB-PER
Brandt\tI-PER
runs\tO
Nordlys\tB-ORG
.\tO

# sent_id = h-2
It\tO
rains\tO
in\tO
Uppsala\tB-LOC
"""
TARGET = "Ada Brandt leitet Nordlys.\nEs regnet in Uppsala\n"


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def upload(role: str, text: str | bytes, name: str = "") -> Upload:
    data = text if isinstance(text, bytes) else text.encode()
    return Upload(role, name or f"{role}.txt", ContentFile(data))


def start(project, source=SOURCE, target: str | bytes | None = TARGET, *, table="", tgt_lang="de", **spec) -> Import:
    files = [upload("source", source, "harbour.conll")]
    if target is not None:
        files.append(upload("target", target))
    if table:
        files.append(upload("id_table", table, "ids.tsv"))
    return imports.start_import(
        project=project, actor=project.created_by, tgt_lang=tgt_lang, files=files, spec=ImportSpec(**spec)
    )


def confirm(record: Import, bad_rows: str = "skip", *, surplus: bool = False) -> Job:
    return imports.confirm_import(
        import_record=record, actor=record.created_by, choice=ImportChoice(bad_rows=bad_rows, surplus=surplus)
    )


def execute(job: Job) -> None:
    claimed = jobs.claim(job.pk)
    assert claimed is not None
    imports.execute_import(jobs.JobControl(claimed))


def run(record: Import, bad_rows: str = "skip", *, surplus: bool = False) -> Import:
    execute(confirm(record, bad_rows, surplus=surplus))
    record.refresh_from_db()
    return record


def codes(record: Import) -> dict[str, int]:
    return {group["code"]: group["n"] for group in record.report["problems"]}


class TestPreview:
    def test_says_what_was_recognised_and_found(self):
        report = start(make_project()).report
        source, target = report["files"]
        assert (source["format"], source["encoding"], source["n_rows"]) == ("conll", "utf-8", 2)
        assert source["reason"] == "Each line holds a token and, in column 2, its tag."
        assert (target["format"], target["n_rows"]) == ("plain", 2)
        assert (report["n_pairs"], report["n_clean"], report["n_spans"], report["n_documents"]) == (2, 2, 3, 1)
        assert report["pairing"]["kind"] == "position"
        assert report["problems"] == []
        assert [(label["name"], label["n"], label["is_new"]) for label in report["labels"]] == [
            ("LOC", 1, True),
            ("ORG", 1, True),
            ("PER", 1, True),
        ]

    def test_shows_the_first_three_the_last_and_the_least_fitting_pairs(self):
        source = "\n".join(f"Town {number} sleeps." for number in range(20, 40))
        targets = [f"Stadt {number} ruht." for number in range(20, 40)]
        targets[9], targets[14] = "Stadt 77 ruht.", "Und nun etwas ganz anderes, das viel zu lang geraten ist."
        report = start(make_project(), source, "\n".join(targets), src_format="plain").report
        assert [(pair["id"], pair["mark"]) for pair in report["preview"]] == [
            ("1", ""),
            ("2", ""),
            ("3", ""),
            ("10", ""),
            ("15", "fits badly"),
            ("20", ""),
        ]
        assert report["shift"] is None

    def test_shows_the_first_pairs_with_their_spans(self):
        report = start(make_project()).report
        assert report["preview"][0] == {
            "id": "h-1",
            "document": "harbour",
            "source": [
                {"text": "Ada Brandt", "label": "PER"},
                {"text": " runs ", "label": ""},
                {"text": "Nordlys", "label": "ORG"},
                {"text": ".", "label": ""},
            ],
            "target": "Ada Brandt leitet Nordlys.",
            "mark": "",
        }

    def test_writes_nothing(self):
        start(make_project())
        assert not Item.objects.exists()
        assert not Job.objects.exists()

    def test_a_large_upload_is_checked_by_a_job(self, monkeypatch):
        monkeypatch.setattr("annotator.services.imports.drafts.CHECK_AT_ONCE_BYTES", 10)
        record = start(make_project())
        assert record.report == {}
        assert record.job.idempotency_key == f"import-check-{record.pk}"
        with pytest.raises(ConflictError, match="still being checked"):
            confirm(record)
        execute(record.job)
        record.refresh_from_db()
        assert record.report["n_clean"] == 2
        assert record.job.state == "done"
        assert run(record).state == "done"
        assert Item.objects.count() == 2

    def test_a_new_draft_takes_the_files_and_the_place_of_the_old_one(self):
        project = make_project()
        old = start(project, target="only one\n")
        new = imports.start_import(
            project=project,
            actor=project.created_by,
            tgt_lang="de",
            files=[upload("target", TARGET)],
            spec=ImportSpec(),
            replaces=old,
        )
        old.refresh_from_db()
        assert old.state == "cancelled"
        assert new.report["n_clean"] == 2
        assert new.files.get(role="source").name == "harbour.conll"


class TestPairing:
    def test_by_id_when_the_ids_agree(self):
        target = "# sent_id = h-2\nEs\nregnet\n\n# sent_id = h-1\nAda\nBrandt\n"
        record = run(start(make_project(), target=target))
        assert record.report["pairing"]["kind"] == "id"
        assert Segment.objects.get(item__external_id="h-1", side="target").text == "Ada Brandt"

    def test_by_an_id_table(self):
        table = "pair\ten\tde\np1\t0\t1\np2\t1\t0\n"
        record = run(start(make_project(), target="Es regnet\nAda Brandt\n", table=table))
        assert record.report["pairing"] == {"kind": "table", "reason": "You gave an id table."}
        assert Segment.objects.get(item__external_id="p1", side="target").text == "Ada Brandt"

    def test_different_counts_need_an_explicit_choice(self):
        record = start(make_project(), target="Ada Brandt leitet Nordlys.\n")
        assert codes(record) == {"different-counts": 1, "unpaired": 1}
        with pytest.raises(BadRequestError, match="The source has 2 sentences, the target 1"):
            confirm(record)
        record = run(record, surplus=True)
        assert Item.objects.get().external_id == "h-1"
        assert record.report["skipped"] == [["source", 10, ["unpaired"]]]

    def test_a_line_that_is_missing_in_the_middle_is_told_with_its_place(self):
        names = ["Anna", "Boris", "Clara", "David", "Emil", "Frida"]
        names += ["Gustav", "Hanna", "Ivan", "Jonas", "Klara", "Ludwig"]
        source = "".join(f"{name}\tB-PER\nsails\tO\n\n" for name in names)
        target = "".join(f"{name} segelt\n" for name in names if name != "Frida")
        record = start(make_project(), source, target)
        # Sentence 6 begins in line 16 of the source; it and the five behind it have the wrong partner.
        assert (record.report["shift"]["line"], record.report["shift"]["n_doubtful"]) == (16, 6)
        assert record.report["shift"]["message"] == (
            "About from sentence 6 on, the sources fit the target lines 1 line earlier better (5 of 5 pairs with names "
            "or numbers to tell by): probably a line is missing from the target there."
        )
        assert [(pair["id"], pair["mark"]) for pair in record.report["preview"]][3] == ("6", "probably wrong from here")
        assert codes(record) == {"different-counts": 1, "unpaired": 1, "pairs-shifted": 1}

    def test_right_pairs_of_uniform_length_are_not_called_unrelated(self):
        # The lengths vary by one or two characters and independently; the numbers tell that the pairs are right.
        source = "\n".join(f"Town {number} sleeps{'!' * (number % 2)}" for number in range(600))
        target = "\n".join(f"Stadt {number} ruht{'!' * (number // 2 % 2)}" for number in range(600))
        assert codes(start(make_project(), source, target, src_format="plain")) == {"no-labels": 1}

    def test_right_pairs_with_unrelated_lengths_are_known_by_their_names(self):
        source = "\n".join(f"Town {number}{' and so on' * (number % 7)}" for number in range(600))
        target = "\n".join(f"Stadt {number}{' und so weiter' * (number // 7 % 7)}" for number in range(600))
        assert codes(start(make_project(), source, target, src_format="plain")) == {"no-labels": 1}

    def test_unrelated_lengths_are_noticed(self):
        lines = [f"w{'x' * (number * 7 % 40)}" for number in range(60)]
        record = start(make_project(), "\n".join(lines), "\n".join([*lines[31:], *lines[:31]]), src_format="plain")
        assert "lengths-unrelated" in codes(record)
        record = start(make_project(), "\n".join(lines), "\n".join(line + "!" for line in lines), src_format="plain")
        assert "lengths-unrelated" not in codes(record)


class TestWriting:
    def test_stores_texts_tokens_spans_and_labels(self):
        project = make_project()
        record = run(start(project))
        first, second = Item.objects.order_by("position")
        assert (first.external_id, first.document.name, first.position, first.state) == ("h-1", "harbour", 0, "new")
        assert (second.external_id, second.position, second.tgt_lang) == ("h-2", 1, "de")
        assert first.imported_by == record
        source, target = first.segments.all()
        assert (source.text, source.lang, source.side) == ("Ada Brandt runs Nordlys.", "en", "source")
        assert source.tokens == [[0, 3], [4, 10], [11, 15], [16, 23], [23, 24]]
        assert (target.text, target.lang) == ("Ada Brandt leitet Nordlys.", "de")
        assert target.tokens == [[0, 3], [4, 10], [11, 17], [18, 25], [25, 26]]
        spans = list(first.source_spans.values_list("key", "label__name", "surface", "intervals", "segment"))
        assert spans == [
            ("s1", "PER", "Ada Brandt", [[0, 10]], source.pk),
            ("s2", "ORG", "Nordlys", [[16, 23]], source.pk),
        ]
        labels = project.layers.get().labels.values_list("name", "key")
        assert list(labels) == [("LOC", "1"), ("ORG", "2"), ("PER", "3")]

    def test_ends_job_and_import_together_and_leaves_events(self):
        record = run(start(make_project()))
        assert (record.state, record.job.state, record.job.n_done) == ("done", "done", 2)
        assert record.finished_at is not None
        assert (record.report["n_items"], record.report["n_imported_spans"], record.report["n_new_labels"]) == (2, 3, 3)
        kinds = list(Event.objects.filter(kind__startswith="import").order_by("id").values_list("kind", flat=True))
        assert kinds == ["import-started", "import-confirmed", "import-done"]

    def test_orders_the_shuffle_by_seed_and_id_only(self):
        projects = [make_project(), make_project(), make_project()]
        projects[2].seed = 2
        projects[2].save()
        for project in projects:
            run(start(project))
        keys = [list(project.items.values_list("shuffle_key", flat=True)) for project in projects]
        assert keys[0] == keys[1]
        assert set(keys[0]).isdisjoint(keys[2])
        assert all(0 <= key < 1 for key in keys[0])

    def test_a_second_import_goes_behind_the_first(self):
        project = make_project()
        run(start(project))
        run(start(project, id_prefix="b-", target="Eins\nZwei\n"))
        assert list(project.items.values_list("external_id", "position")) == [
            ("h-1", 0),
            ("h-2", 1),
            ("b-h-1", 2),
            ("b-h-2", 3),
        ]
        assert Document.objects.count() == 1

    def test_a_new_target_language_joins_the_project(self):
        project = make_project()
        run(start(project, target="อาดา บรันต์\nฝนตกที่อุปซอลา\n", tgt_lang="th"))
        assert list(project.target_languages.values_list("code", flat=True)) == ["de", "th"]
        target = Segment.objects.get(item__external_id="h-2", side="target")
        assert target.tokens[:2] == [[0, 2], [2, 4]]

    @pytest.mark.parametrize(
        ("choice", "names"),
        [("file", {"harbour"}), ("one", {"harbour.v2"}), ("each", {"h-1", "h-2"})],
    )
    def test_documents(self, choice, names):
        project = make_project()
        files = [upload("source", SOURCE, "C:\\data\\harbour.v2.conll"), upload("target", TARGET)]
        spec = ImportSpec(documents=choice)
        record = imports.start_import(project=project, actor=project.created_by, tgt_lang="de", files=files, spec=spec)
        run(record)
        assert set(project.documents.values_list("name", flat=True)) == names

    def test_a_file_of_items_keeps_layers_ids_and_roles(self):
        line = (
            '{"id":"q1","document":"d","segments":['
            '{"text":"Who sails?","lang":"en","side":"source","role":"question"},'
            '{"text":"Tomas Vale sails.","lang":"en","side":"source","role":"context"},'
            '{"text":"Tomas Vale segelt.","lang":"de","side":"target","role":"context"}],'
            '"spans":[{"id":"a","label":"ANSWER","layer":"answers","segment":1,"intervals":[[0,10]],'
            '"surface":"Tomas Vale"}]}\n'
        )
        project = make_project()
        run(start(project, line, None))
        assert list(Segment.objects.values_list("side", "role", "position")) == [
            ("source", "question", 0),
            ("source", "context", 1),
            ("target", "context", 2),
        ]
        span = SourceSpan.objects.select_related("layer", "segment").get()
        assert (span.key, span.layer.name, span.segment.role, span.surface) == ("a", "answers", "context", "Tomas Vale")

    def test_spans_without_ids_get_those_that_are_free(self):
        places = ({"intervals": [[0, 3]]}, {"intervals": [[4, 7]], "id": "s1"}, {"intervals": [[8, 11]]})
        spans = [{"label": "PER", **place} for place in places]
        segments = [
            {"text": "Ada Bea Cid", "lang": lang, "side": side} for lang, side in (("en", "source"), ("de", "target"))
        ]
        data = json.dumps({"id": "a", "segments": segments, "spans": spans})
        run(start(make_project(), data, target=None, src_format="jsonl"))
        assert list(SourceSpan.objects.values_list("key", "start_char")) == [("s2", 0), ("s1", 4), ("s3", 8)]

    def test_a_table_holds_both_sides(self):
        record = run(start(make_project(), "id\tsource\ttarget\n7\tIt rains\tEs regnet\n", None))
        assert Item.objects.get().external_id == "7"
        assert codes(record) == {"no-labels": 1}

    def test_the_number_of_queries_does_not_depend_on_the_size(self):
        counts = [count_queries(100), count_queries(1000)]
        assert counts[0] == counts[1] < 50
        assert Item.objects.count() == 1100


def count_queries(n: int) -> int:
    """Queries of the whole job, without the progress reports, which depend on the time that passes."""
    source = "\n".join(f"# sent_id = {k}\nAda\tB-PER\nruns\tO\n" for k in range(n))
    target = "\n".join(f"Ada läuft {k}" for k in range(n))
    job = confirm(start(make_project(), source, target))
    control = jobs.JobControl(jobs.claim(job.pk))
    control.tick = lambda **_: None
    with CaptureQueriesContext(connection) as queries:
        imports.execute_import(control)
    return len(queries)


class TestChoice:
    BROKEN = SOURCE + "\n# sent_id = h-3\nTomas\tI-PER\nsails\tO\n\n# sent_id = h-2\nAgain\tO\n"
    TARGETS = TARGET + "Tomas segelt\nNoch einmal\n"

    def test_must_be_made_when_rows_have_problems(self):
        record = start(make_project(), self.BROKEN, self.TARGETS)
        assert codes(record) == {"duplicate-id": 1, "inside-without-start": 1}
        assert (record.report["n_clean"], record.report["n_repaired"], record.report["n_unusable"]) == (2, 1, 1)
        assert record.report["problems"][1]["rows"][0]["text"] == [
            {"text": "Tomas", "label": "PER"},
            {"text": " sails", "label": ""},
        ]
        with pytest.raises(BadRequestError, match="Choose what is to become of them"):
            confirm(record, "")

    def test_skip_leaves_out_every_row_with_a_problem(self):
        record = run(start(make_project(), self.BROKEN, self.TARGETS), "skip")
        assert list(Item.objects.values_list("external_id", flat=True)) == ["h-1", "h-2"]
        assert record.report["skipped"] == [
            ["source", 17, ["inside-without-start"]],
            ["source", 20, ["duplicate-id"]],
        ]

    def test_keep_takes_what_was_repaired(self):
        record = run(start(make_project(), self.BROKEN, self.TARGETS), "keep")
        assert list(Item.objects.values_list("external_id", flat=True)) == ["h-1", "h-2", "h-3"]
        assert SourceSpan.objects.get(item__external_id="h-3").surface == "Tomas"
        assert record.report["skipped"] == [["source", 20, ["duplicate-id"]]]

    def test_cancel_leaves_nothing(self):
        record = start(make_project())
        imports.cancel_import(import_record=record, actor=record.created_by)
        record.refresh_from_db()
        assert record.state == "cancelled"
        with pytest.raises(ConflictError):
            confirm(record)

    def test_cancel_of_a_waiting_job(self):
        record = start(make_project())
        job = confirm(record)
        imports.cancel_import(import_record=record, actor=record.created_by)
        record.refresh_from_db()
        assert record.state == "cancelled"
        assert jobs.claim(job.pk) is None

    def test_what_was_given_up_before_it_was_confirmed_is_never_imported(self, monkeypatch):
        monkeypatch.setattr("annotator.services.imports.drafts.CHECK_AT_ONCE_BYTES", 10)
        record = start(make_project())
        check = record.job
        imports.cancel_import(import_record=record, actor=record.created_by)
        assert jobs.requeue(check)
        with pytest.raises(jobs.CancelledError):
            execute(check)
        record.refresh_from_db()
        assert (record.state, record.report) == ("cancelled", {})

    def test_an_import_that_is_replaced_is_stopped(self):
        record = start(make_project())
        job = confirm(record)
        imports.start_import(
            project=record.project,
            actor=record.created_by,
            tgt_lang="de",
            files=[],
            spec=ImportSpec(),
            replaces=record,
        )
        record.refresh_from_db()
        assert record.state == "cancelled"
        assert jobs.claim(job.pk) is None

    def test_confirming_twice_starts_one_job(self):
        record = start(make_project())
        assert confirm(record) == confirm(record)
        assert Job.objects.count() == 1


class TestRepetition:
    def test_the_same_files_are_recognised(self):
        project = make_project()
        first = run(start(project))
        second = start(project)
        assert imports.earlier_import(second) == first
        with pytest.raises(ConflictError, match=f"imported into de already: import {first.pk} of 20"):
            confirm(second)

    def test_another_language_or_another_project_is_not_a_repetition(self):
        project = make_project()
        run(start(project))
        assert imports.earlier_import(start(project, tgt_lang="sv")) is None
        assert imports.earlier_import(start(make_project())) is None

    def test_items_that_come_again_unchanged_are_told_from_changed_ones(self):
        project = make_project()
        run(start(project))
        third = "\n# sent_id = h-3\nTomas\tB-PER\nsails\tO\n"
        source = SOURCE.replace("Uppsala\tB-LOC", "Uppsala\tB-ORG") + third
        report = start(project, source, TARGET.replace("leitet", "führt") + "Tomas segelt\n").report
        assert (report["n_clean"], report["n_unchanged"], report["n_differing"], report["n_unusable"]) == (1, 0, 2, 2)
        (group,) = report["problems"]
        assert [row["message"] for row in group["rows"]] == [
            "The item 'h-1' is here already with another target text: the stored one is kept.",
            "The item 'h-2' is here already with other labels: the stored one is kept.",
        ]
        record = start(project, SOURCE + third, TARGET + "Tomas segelt\n")
        assert (record.report["n_clean"], record.report["n_unchanged"], record.report["n_differing"]) == (1, 2, 0)
        run(record)
        assert list(Item.objects.order_by("position").values_list("external_id", flat=True)) == ["h-1", "h-2", "h-3"]

    def test_files_without_anything_new_are_not_called_wrong(self):
        project = make_project()
        run(start(project))
        record = start(project, SOURCE + "\n\n")
        assert (record.report["is_fatal"], record.report["n_unchanged"]) == (False, 2)
        with pytest.raises(BadRequestError, match="No row would be left to import"):
            confirm(record)

    def test_two_confirmed_imports_of_the_same_files_end_as_one(self):
        project = make_project()
        first, second = start(project), start(project)
        jobs_ = [confirm(first), confirm(second)]
        execute(jobs_[0])
        with pytest.raises(ConflictError, match="imported into de already"):
            execute(jobs_[1])
        second.refresh_from_db()
        assert second.state == "failed"
        assert Item.objects.count() == 2

    def test_items_that_arrived_since_the_preview_stop_the_import(self):
        project = make_project()
        first, second = start(project), start(project, target="Eins\nZwei\n")
        jobs_ = [confirm(first), confirm(second)]
        execute(jobs_[0])
        with pytest.raises(ConflictError, match="0 items would be imported, not 2"):
            execute(jobs_[1])
        assert Item.objects.count() == 2


class TestCrash:
    @pytest.mark.parametrize(
        "place",
        [
            "annotator.services.imports.execution.read_files",
            "annotator.services.imports.execution.prepare_rows",
            "annotator.services.imports.writing.add_labels",
            "annotator.services.imports.execution.record_event",
        ],
    )
    def test_anywhere_leaves_nothing_and_the_next_attempt_goes_through(self, place, monkeypatch):
        project = make_project()
        record = start(project)
        job = confirm(record)

        def crash(*args, **kwargs):
            raise MemoryError

        with monkeypatch.context() as patch:
            patch.setattr(place, crash)
            with pytest.raises(MemoryError):
                execute(job)
        assert not Item.objects.exists()
        assert not Document.objects.exists()
        assert not project.layers.get().labels.exists()
        Job.objects.filter(pk=job.pk).update(state="running", lease_until=job.created_at)
        execute(job)
        record.refresh_from_db()
        assert (record.state, Item.objects.count()) == ("done", 2)

    def test_a_worker_that_lost_its_lease_writes_nothing(self, monkeypatch):
        record = start(make_project())
        job = confirm(record)
        control = jobs.JobControl(jobs.claim(job.pk))
        prepare = imports.execution.prepare_rows

        def be_overtaken(items):
            Job.objects.filter(pk=job.pk).update(attempt=7)
            return prepare(items)

        monkeypatch.setattr("annotator.services.imports.execution.prepare_rows", be_overtaken)
        with pytest.raises(jobs.LeaseLostError):
            imports.execute_import(control)
        record.refresh_from_db()
        assert record.state == "confirmed"
        assert not Item.objects.exists()

    def test_a_cancelled_job_writes_nothing(self):
        record = start(make_project())
        job = confirm(record)
        control = jobs.JobControl(jobs.claim(job.pk))
        jobs.request_cancel(job)
        with pytest.raises(jobs.CancelledError):
            imports.execute_import(control)
        record.refresh_from_db()
        assert record.state == "cancelled"
        assert not Item.objects.exists()


@pytest.mark.data
class TestRealFiles:
    def files(self, data_dir, *names: tuple[str, str]) -> list[Upload]:
        return [Upload(role, name, ContentFile((data_dir / name).read_bytes())) for role, name in names]

    def test_uner_pud_through_its_id_table(self, data_dir):
        project = make_project()
        names = [("source", "en_pud-ud-test.iob2"), ("target", "de_pud-ud-test.iob2"), ("id_table", "pud_ids.tsv")]
        record = imports.start_import(
            project=project,
            actor=project.created_by,
            tgt_lang="de",
            files=self.files(data_dir / "ner-uner-pud", *names),
            spec=ImportSpec(),
        )
        assert codes(record) == {"target-labels": 1}
        run(record)
        assert project.items.count() == 1000
        spans = SourceSpan.objects.filter(item__project=project)
        counts = {name: spans.filter(label__name=name).count() for name in ("LOC", "ORG", "PER")}
        assert counts == {"LOC": 426, "ORG": 235, "PER": 414}
        assert spans.count() == 1075
        first = project.items.get(external_id="n01001011")
        assert first.segments.get(side="target").lang == "de"

    def test_europarl_by_position(self, data_dir):
        project = make_project(tgt_langs=("es",))
        names = [("source", "en-europarl.test.conll02"), ("target", "es-europarl.test.conll02")]
        record = imports.start_import(
            project=project,
            actor=project.created_by,
            tgt_lang="es",
            files=self.files(data_dir / "ner-europarl", *names),
            spec=ImportSpec(),
        )
        run(record)
        assert record.report["pairing"]["kind"] == "position"
        assert project.items.count() == 799
        assert SourceSpan.objects.filter(item__project=project).count() == 702
