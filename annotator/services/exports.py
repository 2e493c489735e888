"""Hand out gold labels as files: streamed, hashed, and with a report of what the format cannot hold."""

from __future__ import annotations

import hashlib
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import IO, Any

from django.core.files import File
from django.db import transaction
from django.db.models.fields.files import FieldFile
from django.utils.text import slugify
from django.utils.translation import gettext as _

from annotator.errors import bad_request, conflict
from annotator.jobs import JobControl, create_job
from annotator.models import Export, Job, Label, Project, User
from annotator.queries.gold import GoldFilters, GoldItem, count_gold, list_gold
from annotator.services.events import record_event
from annotator.services.export_formats import FORMATS, ExportFormat, fit_item, list_fitting
from projection import types
from projection.errors import Problem

MAX_REPORTED_LOSSES = 500
ITEM_STATES = ("reviewed", "silver", "all")


@dataclass(slots=True)
class _Tally:
    """What was written and lost so far."""

    n_items: int = 0
    n_labels: int = 0
    n_rejected: int = 0
    n_undecided: int = 0
    n_bytes: int = 0
    losses: list[dict[str, str]] = field(default_factory=list)
    losses_by_code: Counter[str] = field(default_factory=Counter)
    digest: Any = field(default_factory=hashlib.sha256)

    def add_item(self, gold: GoldItem) -> None:
        self.n_items += 1
        self.n_labels += gold.n_labels
        self.n_rejected += gold.n_rejected
        self.n_undecided += gold.n_undecided

    def add_losses(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.losses_by_code[problem.code] += 1
            if len(self.losses) < MAX_REPORTED_LOSSES:
                self.losses.append(
                    {"code": problem.code, "place": problem.place, "message": problem.message, "remedy": problem.remedy}
                )

    def report(self) -> dict[str, Any]:
        return {
            "n_items": self.n_items,
            "n_labels": self.n_labels,
            "n_rejected": self.n_rejected,
            "n_undecided": self.n_undecided,
            "n_bytes": self.n_bytes,
            "n_losses": self.losses_by_code.total(),
            "losses_by_code": dict(sorted(self.losses_by_code.items())),
            "losses": self.losses,
        }


# -------------------------------------------------------------------------------------------------------------- asking


def read_filters(project: Project, given: Mapping[str, Any]) -> GoldFilters:
    """Complete, checked filters from those given (see `GoldFilters`).

    Raises:
        BadRequestError: for an unknown filter, or a value that the project does not have.
    """
    unknown = sorted(given.keys() - GoldFilters.__dataclass_fields__.keys())
    if unknown:
        known = ", ".join(GoldFilters.__dataclass_fields__)
        raise bad_request(
            "unknown-filter",
            _("There is no filter %(unknown)r.") % {"unknown": unknown[0]},
            _("Known filters: %(known)s.") % {"known": known},
        )
    filters = GoldFilters(
        tgt_lang=str(given.get("tgt_lang") or _only_language(project)),
        state=given.get("state") or "reviewed",
        labels=tuple(sorted(set(given.get("labels") or ()))),
        document=str(given.get("document") or "").strip(),
        has_source=bool(given.get("has_source", True)),
    )
    _check_filters(project, filters)
    return filters


def _only_language(project: Project) -> str:
    codes = list(project.target_languages.values_list("code", flat=True)[:2])
    return codes[0] if len(codes) == 1 else ""


def _check_filters(project: Project, filters: GoldFilters) -> None:
    if not project.target_languages.filter(code=filters.tgt_lang).exists():
        fault = _("%(tgt_lang)r is not a target language of this project.") % {"tgt_lang": filters.tgt_lang}
        if not filters.tgt_lang:
            fault = _("No target language was given, and a file holds one.")
        raise bad_request("unknown-language", fault, _("Choose one from the list."), place="tgt_lang")
    if filters.state not in ITEM_STATES:
        fault = _("%(state)r is not a choice of items.") % {"state": filters.state}
        raise bad_request(
            "unknown-state", fault, _("Choose %(choices)s.") % {"choices": ", ".join(ITEM_STATES)}, place="state"
        )
    known = set(Label.objects.filter(layer__project=project).values_list("name", flat=True))
    missing = [name for name in filters.labels if name not in known]
    if missing:
        fault = _("The project has no label %(missing)r.") % {"missing": missing[0]}
        raise bad_request("unknown-label", fault, _("Choose labels of this project."), place="labels")
    if filters.document and not project.documents.filter(name=filters.document).exists():
        fault = _("The project has no document %(document)r.") % {"document": filters.document}
        raise bad_request("unknown-document", fault, _("Give the full name of a document, or none."), place="document")


@transaction.atomic
def start_export(
    *,
    project: Project,
    actor: User,
    format: str,  # noqa: A002
    filters: Mapping[str, Any],
    is_loss_confirmed: bool = False,
) -> Export:
    """Queue an export.

    Args:
        format: a name of `FORMATS`.
        filters: fields of `GoldFilters` by name; the language may be left out where there is one only.
        is_loss_confirmed: the file is wanted whatever the format cannot hold.

    Raises:
        BadRequestError: for an unknown format, a wrong filter, or when there is nothing to export.
    """
    if format not in FORMATS:
        fault = _("There is no export format %(format)r.") % {"format": format}
        raise bad_request(
            "unknown-format", fault, _("Choose %(choices)s.") % {"choices": ", ".join(FORMATS)}, place="format"
        )
    checked = read_filters(project, filters)
    n_items = count_gold(project, checked).n_items
    if not n_items:
        remedy = _("Review items first, or take another language, document or choice of items.")
        raise bad_request("nothing-to-export", _("No item passes these filters."), remedy)
    job, _is_new = create_job(
        kind=Job.Kind.EXPORT, project=project, actor=actor, idempotency_key=f"export-{uuid.uuid4()}"
    )
    export = Export.objects.create(
        project=project,
        job=job,
        format=format,
        filters={**asdict(checked), "labels": list(checked.labels)},
        is_loss_confirmed=is_loss_confirmed,
        created_by=actor,
    )
    _record(export, actor, "export-started", {"format": format, "filters": export.filters, "n_items": n_items})
    return export


def _record(export: Export, actor: User | None, kind: str, data: Mapping[str, Any]) -> None:
    record_event(project=export.project, actor=actor, kind=kind, subject_id=export.pk, data=data)


def stored_filters(export: Export) -> GoldFilters:
    """The filters that an export was started with; without the source where the format has no place for it."""
    filters = GoldFilters(**{**export.filters, "labels": tuple(export.filters["labels"])})
    holds_source = FORMATS[export.format].holds_source
    return replace(filters, has_source=filters.has_source and holds_source)


# ------------------------------------------------------------------------------------------------------------- writing


def execute_export(control: JobControl) -> None:
    """Write the file of an export job; a second attempt starts anew, since nothing is kept of the first."""
    export = Export.objects.select_related("project", "job").get(job=control.job)
    filters = stored_filters(export)
    n_items = count_gold(export.project, filters).n_items
    control.tick(n_total=n_items, n_done=0, stage="writing the file")
    with tempfile.TemporaryFile() as file:
        tally = _write(export, filters, file, control)
        file.seek(0)
        export.file.save(f"export-{export.pk}.{FORMATS[export.format].extension}", File(file), save=False)
    try:
        _finish(export, tally, control)
    except BaseException:
        export.file.delete(save=False)
        raise


@transaction.atomic
def _finish(export: Export, tally: _Tally, control: JobControl) -> None:
    control.check_lease()
    export.report = tally.report()
    export.sha256 = tally.digest.hexdigest()
    export.save(update_fields=["report", "sha256", "file"])
    counts = {name: value for name, value in export.report.items() if name != "losses"}
    _record(export, None, "export-finished", {**counts, "sha256": export.sha256})
    control.job.n_done = control.job.n_total = tally.n_items
    control.finish()


def _write(export: Export, filters: GoldFilters, file: IO[bytes], control: JobControl) -> _Tally:
    tally = _Tally()
    chosen = FORMATS[export.format]
    kinds = dict(export.project.layers.order_by("position", "id").values_list("name", "kind"))
    layers = [name for name, kind in kinds.items() if kind in chosen.kinds]
    for text, problems in chosen.iterate(_list_items(export, filters, tally, control, kinds), layers):
        data = text.encode()
        file.write(data)
        tally.digest.update(data)
        tally.n_bytes += len(data)
        tally.add_losses(problems)
    return tally


def _list_items(
    export: Export, filters: GoldFilters, tally: _Tally, control: JobControl, kinds: Mapping[str, str]
) -> Iterator[types.Item]:
    chosen = FORMATS[export.format]
    for chunk in list_gold(export.project, filters):
        for gold in chunk:
            tally.add_item(gold)
            item, losses = fit_item(gold.item, chosen, kinds)
            tally.add_losses([*gold.problems, *losses])
            yield item
        control.tick(n_done=tally.n_items)


# --------------------------------------------------------------------------------------------------------- handing out


def needs_confirmation(export: Export) -> bool:
    """Whether the file is withheld until someone has confirmed what it lacks."""
    return bool(export.report.get("n_losses")) and not export.is_loss_confirmed


@transaction.atomic
def confirm_loss(*, export: Export, actor: User) -> Export:
    """Take the file with its losses.

    Raises:
        ConflictError: while the file is not written yet, so that nobody confirms what nobody has seen.
    """
    if not export.file:
        raise conflict("export-not-finished", _("The export is not finished."), _("Wait for its report."))
    if Export.objects.filter(pk=export.pk, is_loss_confirmed=False).update(is_loss_confirmed=True):
        _record(export, actor, "export-loss-confirmed", {"n_losses": export.report.get("n_losses", 0)})
    export.is_loss_confirmed = True
    return export


def get_file(export: Export) -> FieldFile:
    """The finished file, to be opened by the caller.

    Raises:
        ConflictError: while there is none, or while its losses are not confirmed.
    """
    if not export.file:
        raise conflict("export-not-finished", _("The export is not finished."), _("Wait until its job is done."))
    if needs_confirmation(export):
        n_losses = export.report["n_losses"]
        fault = _("%(format)s could not hold %(n_losses)s thing(s) of this export.") % {
            "format": FORMATS[export.format].title,
            "n_losses": n_losses,
        }
        raise conflict("loss-not-confirmed", fault, _("Read the loss report and confirm it, or choose JSON Lines."))
    return export.file


def get_file_name(export: Export) -> str:
    """Name of the download: project, language, what it is."""
    name = slugify(export.project.name, allow_unicode=True) or f"project-{export.project_id}"
    return f"{name}-{export.filters['tgt_lang']}-gold.{FORMATS[export.format].extension}"


def list_formats(project: Project) -> Sequence[ExportFormat]:
    """The formats that hold something of a project's layers, in the order in which they are offered."""
    return list_fitting(project.layers.all())
