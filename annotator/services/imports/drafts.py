"""From an upload to a decision: keep the files, check them, let the user confirm or cancel."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from annotator import jobs
from annotator.errors import bad_request, conflict
from annotator.models import Import, ImportFile, Job, Project, User
from annotator.models.projects import LANGUAGE_CODE
from annotator.services.events import record_event
from annotator.services.imports.checking import Progress, make_check
from annotator.services.imports.faults import read_setting
from annotator.services.imports.loaded import Given
from annotator.services.imports.spec import (
    ID_TABLE,
    ROLE_NAMES,
    SOURCE,
    TARGET,
    ImportChoice,
    ImportSpec,
    Upload,
    choice_of,
    spec_of,
    stored_spec,
)

# What a request checks itself; a second or two. Larger files are checked by a job.
CHECK_AT_ONCE_BYTES = 4 * 1024 * 1024


def start_import(
    *,
    project: Project,
    actor: User,
    tgt_lang: str,
    files: Sequence[Upload],
    spec: ImportSpec,
    replaces: Import | None = None,
) -> Import:
    """Keep the files and check them; nothing is imported before `confirm_import`.

    Args:
        project: where to import.
        actor: who uploads.
        tgt_lang: language of the target.
        files: a source (or one file with both sides), and a target and an id table where there are any.
        spec: how to read them.
        replaces: a draft that this one takes the place of; files that are not given anew are taken from it.
    """
    kept = _kept_files(replaces, given={upload.role for upload in files})
    uploads = [*files, *kept]
    _check_request(project, tgt_lang, uploads, spec)
    hashes = {upload.role: _sha256(upload.content) for upload in uploads}
    if hashes.get(TARGET) == hashes[SOURCE]:
        raise bad_request(
            "same-files",
            "Source and target are the same file.",
            "Choose the translation as the target.",
            place="target",
        )
    with transaction.atomic():
        record = _store(project, actor, tgt_lang, uploads, hashes, spec)
        if replaces is not None:
            _stop_job(replaces)
            _close(replaces, actor=actor)
        is_small = sum(upload.content.size for upload in uploads) <= CHECK_AT_ONCE_BYTES
        if not is_small:
            record.job = jobs.create_job(
                kind=Job.Kind.IMPORT, project=project, actor=actor, idempotency_key=f"import-check-{record.pk}"
            )[0]
            record.save(update_fields=["job"])
    if is_small:
        check_import(import_record=record)
    return record


def _kept_files(replaces: Import | None, *, given: set[str]) -> list[Upload]:
    if replaces is None:
        return []
    return [
        Upload(row.role, row.name, File(row.file.open("rb"), name=row.name))
        for row in replaces.files.all()
        if row.role not in given
    ]


def _check_request(project: Project, tgt_lang: str, uploads: Sequence[Upload], spec: ImportSpec) -> None:
    try:
        LANGUAGE_CODE(tgt_lang)
    except ValidationError as err:
        raise bad_request(
            "bad-language", f"{tgt_lang!r} is not a language code.", err.messages[0], place="target language"
        ) from err
    if tgt_lang.lower() == project.src_lang.lower():
        raise bad_request(
            "same-language",
            f"The target language is the source language of the project, {project.src_lang}.",
            "Choose the language of the translation.",
            place="target language",
        )
    roles = {upload.role for upload in uploads}
    if SOURCE not in roles:
        raise bad_request("source-missing", "There is no source.", "Choose a file or paste its text.", place="source")
    if spec.pairing == "table" and ID_TABLE not in roles:
        raise bad_request(
            "table-missing", "Pairing by an id table needs one.", "Choose the id table too.", place="id table"
        )
    for upload in uploads:
        _check_size(upload)


def _check_size(upload: Upload) -> None:
    limit = settings.UPLOAD_MAX_BYTES
    if upload.content.size > limit:
        size, most = upload.content.size / 2**20, limit / 2**20
        fault = f"The file has {size:.0f} MB; {most:.0f} MB are allowed."
        remedy = "Split it, or ask the administrator to raise UPLOAD_MAX_MB."
        raise bad_request("file-too-large", fault, remedy, place=ROLE_NAMES[upload.role])


def _sha256(content: File[bytes]) -> str:
    digest = hashlib.sha256()
    content.seek(0)
    for chunk in content.chunks():
        digest.update(chunk)
    content.seek(0)
    return digest.hexdigest()


def fingerprint(hashes: dict[str, str], tgt_lang: str) -> str:
    """What makes two imports the same: contents of the files and target language."""
    parts = [f"{role}={hashes[role]}" for role in sorted(hashes)]
    return hashlib.sha256("\n".join([*parts, tgt_lang]).encode()).hexdigest()


def _store(
    project: Project, actor: User, tgt_lang: str, uploads: Sequence[Upload], hashes: dict[str, str], spec: ImportSpec
) -> Import:
    record = Import.objects.create(
        project=project,
        tgt_lang=tgt_lang,
        spec=stored_spec(spec),
        fingerprint=fingerprint(hashes, tgt_lang),
        created_by=actor,
    )
    for upload in uploads:
        row = ImportFile(
            import_record=record,
            role=upload.role,
            name=upload.name[-300:],
            sha256=hashes[upload.role],
            n_bytes=upload.content.size,
        )
        # The stored name says nothing: what a user called a file is data, not a path.
        row.file.save(f"{record.pk}-{upload.role}", upload.content, save=True)
    data = {"files": {upload.role: hashes[upload.role] for upload in uploads}, "tgt_lang": tgt_lang}
    record_event(project=project, actor=actor, kind="import-started", subject_id=record.pk, data=data)
    return record


def read_files(record: Import) -> dict[str, Given]:
    """The files of an import, in memory."""
    given: dict[str, Given] = {}
    for row in record.files.all():
        with row.file.open("rb") as file:
            given[row.role] = Given(row.name, file.read())
    return given


def check_import(
    *,
    import_record: Import,
    on_progress: Progress | None = None,
    on_checked: Callable[[], None] | None = None,
) -> None:
    """Read the files and store what was found.

    Args:
        import_record: a draft.
        on_progress: told how many of how many pairs are checked.
        on_checked: called inside the transaction that stores the report, before it does: whoever changes both a job
            and its import changes the job first, so that nobody waits for each other.
    """
    setting = read_setting(import_record.project, tgt_lang=import_record.tgt_lang)
    check, items = make_check(read_files(import_record), spec=spec_of(import_record.spec), setting=setting)
    deque(items("keep", on_progress), maxlen=0)
    import_record.report = check.report()
    with transaction.atomic():
        if on_checked is not None:
            on_checked()
        Import.objects.filter(pk=import_record.pk, state=Import.State.DRAFT).update(report=import_record.report)


def count_choice(report: dict[str, Any], choice: ImportChoice) -> int:
    """How many items a choice would import."""
    return int(report["n_clean"]) + (int(report["n_repaired"]) if choice.bad_rows == "keep" else 0)


def earlier_import(record: Import) -> Import | None:
    """The finished import of the same files into the same language, if there is one."""
    same = Import.objects.filter(project_id=record.project_id, fingerprint=record.fingerprint, state=Import.State.DONE)
    return same.exclude(pk=record.pk).first()


def refuse_repeated(record: Import) -> None:
    """Refuse an import whose files were imported already."""
    earlier = earlier_import(record)
    if earlier is not None:
        when = timezone.localtime(earlier.finished_at or earlier.created_at)
        raise conflict(
            "already-imported",
            f"These files were imported into {record.tgt_lang} already: import {earlier.pk} of {when:%Y-%m-%d %H:%M}.",
            "Look at that import; change the files if there is something new in them.",
        )


@transaction.atomic
def confirm_import(*, import_record: Import, actor: User, choice: ImportChoice) -> Job:
    """Start the job that imports, after the user has seen what is wrong and what will be left out."""
    record = Import.objects.select_for_update().get(pk=import_record.pk)
    if record.state in (Import.State.CONFIRMED, Import.State.DONE) and record.job is not None:
        return record.job
    if record.state != Import.State.DRAFT:
        raise conflict("import-closed", f"The import is {record.get_state_display()}.", "Start a new one.")
    if not record.report:
        raise conflict("import-unchecked", "The files are still being checked.", "Wait until the preview is there.")
    refuse_repeated(record)
    _check_choice(record.report, choice)
    choice = replace(choice, n_items=count_choice(record.report, choice))
    job, _ = jobs.create_job(
        kind=Job.Kind.IMPORT, project=record.project, actor=actor, idempotency_key=f"import-{record.pk}"
    )
    record.job, record.state = job, Import.State.CONFIRMED
    record.spec = stored_spec(spec_of(record.spec), choice)
    record.save(update_fields=["job", "state", "spec"])
    data = {"n_items": choice.n_items, "bad_rows": choice.bad_rows, "surplus": choice.surplus}
    record_event(project=record.project, actor=actor, kind="import-confirmed", subject_id=record.pk, data=data)
    return job


def _check_choice(report: dict[str, Any], choice: ImportChoice) -> None:
    if report["is_fatal"]:
        raise bad_request(
            "import-not-possible",
            "The files cannot be imported as they are.",
            "Correct what is listed as 'must be fixed' and upload them again.",
        )
    if report["has_surplus"] and not choice.surplus:
        raise bad_request(
            "counts-differ",
            f"The source has {report['n_source']} sentences, the target {report['n_target']}.",
            "Correct the files, or choose to leave the surplus out.",
        )
    has_bad = report["n_repaired"] or report["n_unusable"] or report["n_left_over"]
    if has_bad and choice.bad_rows not in ("skip", "keep"):
        raise bad_request("choice-missing", "Some rows have problems.", "Choose what is to become of them.")
    if not count_choice(report, choice):
        raise bad_request("nothing-to-import", "No row would be left to import.", "Correct the files first.")


@transaction.atomic
def cancel_import(*, import_record: Import, actor: User) -> None:
    """Give an import up: a draft at once, a confirmed one by asking its job to stop."""
    job = _stop_job(import_record)
    record = Import.objects.select_for_update().get(pk=import_record.pk)
    if record.state not in (Import.State.DRAFT, Import.State.CONFIRMED):
        raise conflict("import-closed", f"The import is {record.get_state_display()}.", "There is nothing to cancel.")
    if record.job != job:
        raise conflict("import-changed", "The import was confirmed at the same moment.", "Cancel it once more.")
    record_event(project=record.project, actor=actor, kind="import-cancelled", subject_id=record.pk)
    if record.state == Import.State.DRAFT or (record.job is not None and _has_ended(record.job)):
        _close(record, actor=None)


def _stop_job(record: Import) -> Job | None:
    """Ask the job of an import to stop, if it has one; to be done before the import itself is locked."""
    job = Job.objects.filter(import_record=record.pk).first()
    if job is not None:
        jobs.request_cancel(job)
    return job


def _has_ended(job: Job) -> bool:
    return Job.objects.get(pk=job.pk).is_finished


def _close(record: Import, *, actor: User | None) -> None:
    n_closed = Import.objects.filter(pk=record.pk, state__in=[Import.State.DRAFT, Import.State.CONFIRMED]).update(
        state=Import.State.CANCELLED, finished_at=timezone.now()
    )
    if n_closed and actor is not None:
        record_event(project=record.project, actor=actor, kind="import-cancelled", subject_id=record.pk)


def is_confirmed(record: Import) -> bool:
    """Whether it was ever confirmed, whatever became of it."""
    return "choice" in record.spec


def choice_made(record: Import) -> ImportChoice:
    """What was decided when the import was confirmed."""
    return choice_of(record.spec)
