"""The worker's side: check a large upload, or write a confirmed import, all or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.errors import conflict
from annotator.jobs import CancelledError, JobControl, LeaseLostError, StoppedError
from annotator.models import Import, Item
from annotator.services.events import record_event
from annotator.services.imports.checking import Check, make_check
from annotator.services.imports.drafts import check_import, choice_made, is_confirmed, read_files, refuse_repeated
from annotator.services.imports.faults import read_setting
from annotator.services.imports.spec import ImportChoice, spec_of
from annotator.services.imports.text_checks import flag_texts
from annotator.services.imports.writing import Prepared, prepare_rows, write_rows
from annotator.services.projects import lock_project
from annotator.services.reviewing import apply_reviewing

_OPEN_AGAIN = (Import.State.FAILED, Import.State.CANCELLED)


def execute_import(control: JobControl) -> None:
    """Do the job of an import: the check while it is a draft, else the writing.

    Everything is written in one transaction together with the end of the job, so a worker that dies leaves nothing
    behind and the next one starts over.
    """
    record = Import.objects.select_related("project", "created_by").filter(job=control.job).first()
    if record is None or record.state == Import.State.DONE:
        control.finish()
        return
    if record.state == Import.State.DRAFT:
        _check(record, control)
        return
    if not is_confirmed(record):
        # Given up, or replaced by another upload, before its check came to an end.
        raise CancelledError(f"import {record.pk}")
    try:
        _import(record, control)
    except (LeaseLostError, StoppedError):
        raise
    except CancelledError:
        _close(record, Import.State.CANCELLED)
        raise
    except Exception:
        _close(record, Import.State.FAILED)
        raise


def _check(record: Import, control: JobControl) -> None:
    control.tick(stage="checking the files")
    check_import(
        import_record=record,
        on_progress=lambda done, total: control.tick(n_done=done, n_total=total),
        on_checked=control.finish,
    )


def _close(record: Import, state: Import.State) -> None:
    Import.objects.filter(pk=record.pk).exclude(state=Import.State.DONE).update(state=state, finished_at=timezone.now())


def _import(record: Import, control: JobControl) -> None:
    # A job that was started again brings its import back with it.
    Import.objects.filter(pk=record.pk, state__in=_OPEN_AGAIN).update(state=Import.State.CONFIRMED, finished_at=None)
    refuse_repeated(record)
    control.tick(stage="reading the files", n_done=0)
    loaded = _prepare(record, control)
    control.tick(stage="writing", n_done=0, n_total=len(loaded.prepared.items))
    _write(record, loaded, control)


@dataclass(frozen=True, slots=True)
class _Ready:
    """What is to be written and what is to be remembered about it."""

    prepared: Prepared
    report: dict[str, Any]


def _prepare(record: Import, control: JobControl) -> _Ready:
    choice = choice_made(record)
    setting = read_setting(record.project, tgt_lang=record.tgt_lang)
    check, items = make_check(read_files(record), spec=spec_of(record.spec), setting=setting)
    control.tick(stage="splitting into words", n_done=0, n_total=check.loaded.n_drafts)

    def report_progress(done: int, total: int) -> None:
        control.tick(n_done=done, n_total=total)

    prepared = prepare_rows(items(choice.bad_rows, report_progress))
    _refuse_changed(check, choice)
    control.tick(stage="looking at the languages")
    n_flagged = flag_texts(prepared, src_lang=record.project.src_lang, tgt_lang=record.tgt_lang)
    skipped = check.skipped(choice.bad_rows)
    return _Ready(prepared, {**check.report(), "skipped": skipped, "n_flagged_texts": n_flagged})


def _refuse_changed(check: Check, choice: ImportChoice) -> None:
    """The user confirmed a number of items; if the project has changed since, they must look again."""
    n_items = check.n_items(choice.bad_rows)
    if n_items != choice.n_items:
        raise conflict(
            "project-changed",
            _("The project has changed since the preview: %(n_items)s items would be imported, not %(n_items_2)s.")
            % {"n_items": n_items, "n_items_2": choice.n_items},
            _("Upload the files again and look at the new preview."),
        )


def _write(record: Import, ready: _Ready, control: JobControl) -> None:
    n_items, n_spans = len(ready.prepared.items), len(ready.prepared.spans)
    try:
        with transaction.atomic():
            control.check_lease()
            # Imports of one project bring the same labels and documents: the later one finds those of the earlier.
            lock_project(record.project_id)
            n_labels = write_rows(record, ready.prepared)
            apply_reviewing(record.project, Item.objects.filter(imported_by=record))
            counts = {"n_items": n_items, "n_imported_spans": n_spans, "n_new_labels": n_labels}
            Import.objects.filter(pk=record.pk).update(
                state=Import.State.DONE, report={**ready.report, **counts}, finished_at=timezone.now()
            )
            record_event(
                project=record.project,
                actor=record.created_by,
                kind="import-done",
                subject_id=record.pk,
                data={**counts, "n_skipped": len(ready.report["skipped"])},
            )
            control.job.n_done = n_items
            control.finish()
    except IntegrityError as err:
        # Another import of the same files, or of items with the same ids, was faster.
        raise conflict(
            "import-overtaken",
            _("Another import brought the same items at the same time; nothing of this one was kept."),
            _("Look at the items of the project, then upload the files again if something is missing."),
        ) from err
