"""How good the translations of a project are: what people marked, what the automatic check found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from annotator.models import Project, Segment, TranslationMark, User

# What a translation can have wrong, where the project has no list of its own.
ERROR_CATEGORIES = (
    ("meaning", _("wrong meaning")),
    ("missing", _("something is missing")),
    ("added", _("something was added")),
    ("name", _("a name was translated or changed")),
    ("untranslated", _("a term was left untranslated")),
    ("grammar", _("ungrammatical")),
    ("number", _("a number, date or unit was changed")),
    ("pronoun", _("a pronoun or argument was dropped")),
    ("other", _("other")),
)
FLAG_NAMES = {
    "empty": _("empty"),
    "untranslated": _("not translated"),
    "wrong-language": _("perhaps in another language"),
}
# Marks are stored in halves, so that the database can compare them exactly.
HALVES = 2


@dataclass(frozen=True, slots=True)
class TranslationScores:
    """What people think of the translations into one language.

    Attributes:
        n_marked: marks with a meaning or a fluency.
        meaning: mean from 0 to 1; None where nobody said.
        fluency: mean from 0 to 1; None where nobody said.
        n_good: marks with meaning and fluency 1.
        errors: (code, words, count) of each error category that was used, most frequent first.
        flags: (code, words, count) of what the automatic check found.
    """

    tgt_lang: str
    n_marked: int
    meaning: float | None
    fluency: float | None
    n_good: int
    errors: list[tuple[str, str, int]]
    flags: list[tuple[str, str, int]]


def list_error_categories(project: Project) -> list[dict[str, str]]:
    """The project's error categories, or the default ones: [{"code", "text"}, ...]."""
    if project.error_categories:
        return [dict(each) for each in project.error_categories]
    return [{"code": code, "text": str(text)} for code, text in ERROR_CATEGORIES]


def read_mark(row: TranslationMark) -> dict[str, Any]:
    """A mark as the review screen shows it, its scores from 0 to 1."""
    return {
        "meaning": None if row.meaning is None else row.meaning / HALVES,
        "fluency": None if row.fluency is None else row.fluency / HALVES,
        "errors": row.errors,
        "note": row.note,
        "version": row.version,
    }


def list_own_marks(reviewer: User, segments: Sequence[Segment]) -> dict[int, dict[str, Any]]:
    """The newest mark of a person for each of some segments that has one, by segment."""
    rows = TranslationMark.objects.filter(segment__in=segments, reviewer=reviewer).order_by("version")
    return {row.segment_id: read_mark(row) for row in rows}


def list_scores(project: Project) -> list[TranslationScores]:
    """What is known of the translations, by target language."""
    words = {each["code"]: each["text"] for each in list_error_categories(project)}
    codes = project.target_languages.values_list("code", flat=True)
    return [_scores(project, code, words) for code in codes]


def _scores(project: Project, tgt_lang: str, words: dict[str, str]) -> TranslationScores:
    marks = list(_marks(project, tgt_lang).values_list("meaning", "fluency", "errors"))
    errors = Counter(code for _, _, codes in marks for code in codes)
    flags = Counter(
        flag
        for found in Segment.objects.filter(item__project=project, item__tgt_lang=tgt_lang, side=Segment.Side.TARGET)
        .exclude(flags=[])
        .values_list("flags", flat=True)
        for flag in found
    )
    return TranslationScores(
        tgt_lang=tgt_lang,
        n_marked=sum(meaning is not None or fluency is not None for meaning, fluency, _ in marks),
        meaning=_mean([meaning for meaning, _, _ in marks]),
        fluency=_mean([fluency for _, fluency, _ in marks]),
        n_good=sum(meaning == fluency == HALVES for meaning, fluency, _ in marks),
        errors=[(code, words.get(code, code), n) for code, n in errors.most_common()],
        flags=[(code, str(FLAG_NAMES.get(code, code)), n) for code, n in flags.most_common()],
    )


def _marks(project: Project, tgt_lang: str) -> QuerySet[TranslationMark]:
    marks = TranslationMark.objects.filter(segment__item__project=project, segment__item__tgt_lang=tgt_lang)
    # Those who qualify are many on few texts.
    return marks.filter(segment__item__is_qualification=False)


def _mean(halves: Sequence[int | None]) -> float | None:
    given = [each for each in halves if each is not None]
    return sum(given) / len(given) / HALVES if given else None
