"""Hand out gold labels as files: streamed, hashed, and with a report of what the format cannot hold."""

from __future__ import annotations

import hashlib
import tempfile
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import IO, Any

from django.core.files import File
from django.db import transaction
from django.db.models.fields.files import FieldFile
from django.utils.text import slugify

from annotator.errors import bad_request, conflict
from annotator.jobs import JobControl, create_job
from annotator.models import Export, Job, Label, Project, User
from annotator.queries.gold import GoldFilters, GoldItem, count_gold, list_gold
from annotator.services.events import record_event
from projection import types
from projection.errors import Problem
from projection.formats.conll import iter_conll
from projection.formats.jsonl import iter_jsonl

MAX_REPORTED_LOSSES = 500
ITEM_STATES = ("reviewed", "all")

Pieces = Iterator[tuple[str, list[Problem]]]


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format that gold labels can be exported in.

    Attributes:
        name: identifier in addresses and the API.
        title: for people.
        summary: what it can hold, in one sentence.
        extension: of the file name, without the dot.
        content_type: of the download.
        iterate: writer; gives the text of one item and what that text could not hold.
        holds_all_segments: whether it has a place for more than the first target segment of an item.
    """

    name: str
    title: str
    summary: str
    extension: str
    content_type: str
    iterate: Callable[[Iterable[types.Item]], Pieces]
    holds_all_segments: bool


FORMATS = {
    each.name: each
    for each in (
        ExportFormat(
            name="conll",
            title="CoNLL",
            summary="One token and its tag (IOB2) a line, target side only, for training taggers: no nested, "
            "discontinuous or sub-token spans, no provenance.",
            extension="conll",
            content_type="text/plain; charset=utf-8",
            iterate=iter_conll,
            holds_all_segments=False,
        ),
        ExportFormat(
            name="jsonl",
            title="JSON Lines",
            summary="One item a line with everything: both sides, all spans, rejected ones with their reason, and "
            "the decisions, candidates and runs behind each label.",
            extension="jsonl",
            content_type="application/x-ndjson",
            iterate=iter_jsonl,
            holds_all_segments=True,
        ),
    )
}


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
        raise bad_request("unknown-filter", f"There is no filter {unknown[0]!r}.", f"Known filters: {known}.")
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
        fault = f"{filters.tgt_lang!r} is not a target language of this project."
        if not filters.tgt_lang:
            fault = "No target language was given, and a file holds one."
        raise bad_request("unknown-language", fault, "Choose one from the list.", place="tgt_lang")
    if filters.state not in ITEM_STATES:
        fault = f"{filters.state!r} is not a choice of items."
        raise bad_request("unknown-state", fault, f"Choose {' or '.join(ITEM_STATES)}.", place="state")
    known = set(Label.objects.filter(layer__project=project).values_list("name", flat=True))
    missing = [name for name in filters.labels if name not in known]
    if missing:
        fault = f"The project has no label {missing[0]!r}."
        raise bad_request("unknown-label", fault, "Choose labels of this project.", place="labels")
    if filters.document and not project.documents.filter(name=filters.document).exists():
        fault = f"The project has no document {filters.document!r}."
        raise bad_request("unknown-document", fault, "Give the full name of a document, or none.", place="document")


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
        fault = f"There is no export format {format!r}."
        raise bad_request("unknown-format", fault, f"Choose {' or '.join(FORMATS)}.", place="format")
    checked = read_filters(project, filters)
    n_items = count_gold(project, checked).n_items
    if not n_items:
        remedy = "Review items first, or take another language, document or choice of items."
        raise bad_request("nothing-to-export", "No item passes these filters.", remedy)
    job, _ = create_job(kind=Job.Kind.EXPORT, project=project, actor=actor, idempotency_key=f"export-{uuid.uuid4()}")
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
    holds_source = FORMATS[export.format].holds_all_segments
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
    for text, problems in FORMATS[export.format].iterate(_list_items(export, filters, tally, control)):
        data = text.encode()
        file.write(data)
        tally.digest.update(data)
        tally.n_bytes += len(data)
        tally.add_losses(problems)
    return tally


def _list_items(export: Export, filters: GoldFilters, tally: _Tally, control: JobControl) -> Iterator[types.Item]:
    is_partial = not FORMATS[export.format].holds_all_segments
    for chunk in list_gold(export.project, filters):
        for gold in chunk:
            tally.add_item(gold)
            if is_partial:
                tally.add_losses(_other_segment_losses(gold.item))
            yield gold.item
        control.tick(n_done=tally.n_items)


def _other_segment_losses(item: types.Item) -> Iterator[Problem]:
    written = item.segment_index(types.TARGET)
    for number, span in enumerate(item.spans, start=1):
        if span.segment != written:
            surface = span.surface(item.segments[span.segment].text)
            fault = f"The {span.label} span {surface!r} lies in another segment than the first target segment."
            remedy = "Left out: use JSON Lines to keep it."
            place = f"item {item.id}, span {number}"
            yield Problem("other-segment-span", fault, remedy, place=place, item_id=item.id)


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
        raise conflict("export-not-finished", "The export is not finished.", "Wait for its report.")
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
        raise conflict("export-not-finished", "The export is not finished.", "Wait until its job is done.")
    if needs_confirmation(export):
        n_losses = export.report["n_losses"]
        fault = f"{FORMATS[export.format].title} could not hold {n_losses} thing(s) of this export."
        raise conflict("loss-not-confirmed", fault, "Read the loss report and confirm it, or choose JSON Lines.")
    return export.file


def get_file_name(export: Export) -> str:
    """Name of the download: project, language, what it is."""
    name = slugify(export.project.name, allow_unicode=True) or f"project-{export.project_id}"
    return f"{name}-{export.filters['tgt_lang']}-gold.{FORMATS[export.format].extension}"


def list_formats() -> Sequence[ExportFormat]:
    """The formats in the order in which they are offered."""
    return list(FORMATS.values())
