"""Translations under review: what people think of a target text, and which faults they can name."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from annotator.errors import bad_request, conflict
from annotator.models import Project, Segment, TranslationMark, User
from annotator.queries.translations import HALVES, list_error_categories
from annotator.services.events import record_event

SCORES = (0.0, 0.5, 1.0)
MAX_NOTE = 2000
MAX_CATEGORIES = 30


@transaction.atomic
def mark_translation(
    *,
    project: Project,
    actor: User,
    segment_id: int,
    version: int,
    meaning: float | None,
    fluency: float | None,
    errors: Sequence[str] = (),
    note: str = "",
) -> TranslationMark:
    """Keep what a person thinks of a target text; a second mark of the same text replaces the first.

    Args:
        version: of the text that the person saw.
        meaning: 0 (lost), 0.5 (in part) or 1 (kept); None for no answer.
        fluency: 0 (not understandable), 0.5 (with faults) or 1 (fluent); None for no answer.
        errors: codes of the project's error categories.

    Raises:
        BadRequestError: for another score, an unknown category, a segment that is no target of the project.
        ConflictError: the text was edited since.
    """
    segment = _find_target(project, segment_id)
    if segment.version != version:
        raise conflict(
            "text-changed",
            _("The text was edited in the meantime."),
            _("Read it again."),
            place=segment.item.external_id,
        )
    _check_mark(project, meaning, fluency, errors, note)
    mark, _is_new = TranslationMark.objects.update_or_create(
        segment=segment,
        version=version,
        reviewer=actor,
        defaults={
            "meaning": None if meaning is None else round(meaning * HALVES),
            "fluency": None if fluency is None else round(fluency * HALVES),
            "errors": sorted(set(errors)),
            "note": note.strip(),
        },
    )
    data = {"version": version, "meaning": meaning, "fluency": fluency, "errors": mark.errors}
    record_event(project=project, actor=actor, kind="translation-marked", subject_id=segment.pk, data=data)
    return mark


def _find_target(project: Project, segment_id: int) -> Segment:
    targets = Segment.objects.select_related("item").filter(item__project=project, side=Segment.Side.TARGET)
    segment = targets.filter(pk=segment_id).first()
    if segment is None:
        fault = _("This is no target text of the project.")
        raise bad_request("no-such-segment", fault, _("Reload the page."), place="segment")
    return segment


def _check_mark(
    project: Project, meaning: float | None, fluency: float | None, errors: Sequence[str], note: str
) -> None:
    for place, score in (("meaning", meaning), ("fluency", fluency)):
        if score is not None and score not in SCORES:
            raise bad_request("bad-score", _("A score is 0, 0.5 or 1."), _("Choose one of them."), place=place)
    known = {each["code"] for each in list_error_categories(project)}
    unknown = sorted(set(errors) - known)
    if unknown:
        fault = _("The project has no error category %(code)s.") % {"code": unknown[0]}
        raise bad_request("no-such-category", fault, _("Choose one of its list."), place="errors")
    if len(note) > MAX_NOTE:
        fault = _("The note is longer than %(n)s characters.") % {"n": MAX_NOTE}
        raise bad_request("note-too-long", fault, _("Shorten it."), place="note")


@transaction.atomic
def set_error_categories(*, project: Project, actor: User, texts: Sequence[str]) -> None:
    """Give the project its own list; marks made before keep their codes, and an empty list brings the default back.

    Args:
        texts: one category each, as `code: text`, or only a text, whose code is made from it.

    Raises:
        BadRequestError: two with the same code, or too many.
    """
    categories = [_read_category(text) for text in texts if text.strip()]
    codes = [each["code"] for each in categories]
    twice = next((code for code in codes if codes.count(code) > 1), None)
    if twice:
        fault = _("The code %(code)s stands twice in the list.") % {"code": twice}
        raise bad_request("code-twice", fault, _("Give each category its own."), place="categories")
    if len(categories) > MAX_CATEGORIES:
        fault = _("These are more than %(n)s categories.") % {"n": MAX_CATEGORIES}
        raise bad_request("too-many", fault, _("Leave some out."), place="categories")
    project.error_categories = categories
    project.save(update_fields=["error_categories"])
    record_event(
        project=project, actor=actor, kind="error-categories-set", subject_id=project.pk, data={"codes": codes}
    )


def _read_category(text: str) -> dict[str, str]:
    code, colon, words = (part.strip() for part in text.partition(":"))
    if not colon:
        words = code
    code = slugify(code, allow_unicode=True)[:50]
    if not code or not words:
        fault = _("%(text)s is no category.") % {"text": text.strip()[:40]}
        raise bad_request("bad-category", fault, _("Write code: text, one a line."), place="categories")
    return {"code": code, "text": words[:200]}
