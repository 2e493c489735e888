"""Forms that are labelled in several ways: what the machine says, what people decided, and where."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import Count, F, QuerySet

from annotator.models import Annotation, Label, Layer, Project, Review, SourceSpan
from annotator.queries.item_filter import ItemFilter, shown_candidates

Side = Literal["source", "target"]

MAX_FORMS = 200
KINDS = [Layer.Kind.SPAN, Layer.Kind.TOKEN]


@dataclass(frozen=True, slots=True)
class LabelCount:
    """How often a form bears a label.

    Attributes:
        n_given: on the source side, as it was imported; on the target side, as machines propose it.
        n_decided: as people accepted it.
        wanted: the filter of the items.
    """

    label: str
    color: str
    n_given: int
    n_decided: int
    wanted: ItemFilter


@dataclass(frozen=True, slots=True)
class CompetingForm:
    """A form with its labels, the most frequent first."""

    form: str
    labels: list[LabelCount]

    @property
    def n_fewer(self) -> int:
        """How often it bears another label than its most frequent one."""
        counts = [max(each.n_given, each.n_decided) for each in self.labels]
        return sum(counts) - max(counts)


def list_competing(project: Project, *, side: Side, tgt_lang: str = "") -> list[CompetingForm]:
    """Forms with several labels, those first that are most divided; at most 200."""
    given = _list_given(project, side, tgt_lang)
    decided = _list_decided(project, side, tgt_lang)
    forms = {*_find_divided(given), *_find_divided(decided), *_find_relabelled(decided)}
    labels = {row.pk: row for row in Label.objects.filter(layer__project=project)}
    counts: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for at, rows in enumerate((given, decided)):
        for form, label_id, n in _count(rows.filter(form__in=sorted(forms)), "form", "label"):
            counts[form][label_id][at] = n
    found = [
        CompetingForm(form, _list_labels(form, by_label, labels, side=side, tgt_lang=tgt_lang))
        for form, by_label in counts.items()
    ]
    return sorted(found, key=lambda each: (-each.n_fewer, each.form))[:MAX_FORMS]


def _list_labels(
    form: str, counts: dict[int, list[int]], labels: dict[int, Label], *, side: Side, tgt_lang: str
) -> list[LabelCount]:
    rows = [
        LabelCount(
            label=labels[label_id].name,
            color=labels[label_id].color,
            n_given=n_given,
            n_decided=n_decided,
            wanted=ItemFilter(form=form, side=side, label=labels[label_id].name, lang=tgt_lang),
        )
        for label_id, (n_given, n_decided) in counts.items()
    ]
    return sorted(rows, key=lambda row: (-row.n_given - row.n_decided, row.label))


def _list_given(project: Project, side: Side, tgt_lang: str) -> QuerySet[Any]:
    if side == "source":
        spans = SourceSpan.objects.filter(item__project=project, layer__kind__in=KINDS).exclude(surface="")
        rows: QuerySet[Any] = spans.annotate(form=F("surface"))
    else:
        found = shown_candidates(project).exclude(surface="").filter(label__layer__kind__in=KINDS)
        rows = found.annotate(form=F("surface"))
    return rows.filter(item__tgt_lang=tgt_lang) if tgt_lang else rows


def _list_decided(project: Project, side: Side, tgt_lang: str) -> QuerySet[Any]:
    accepted = Annotation.objects.filter(
        item__project=project, state=Annotation.State.ACCEPTED, layer__kind__in=KINDS
    ).exclude(surface="")
    accepted = accepted.exclude(review__kind=Review.Kind.QUALIFICATION)
    if side == "source":
        rows = accepted.filter(source_span__isnull=False).annotate(form=F("source_span__surface"))
    else:
        rows = accepted.annotate(form=F("surface"))
    return rows.filter(item__tgt_lang=tgt_lang) if tgt_lang else rows


def _find_divided(rows: QuerySet[Any]) -> list[str]:
    """Forms that bear several labels, the most frequent ones."""
    several = rows.order_by().values("form").annotate(n_labels=Count("label", distinct=True), n=Count("pk"))
    return list(several.filter(n_labels__gt=1).order_by("-n", "form").values_list("form", flat=True)[:MAX_FORMS])


def _find_relabelled(decided: QuerySet[Any]) -> list[str]:
    """Forms to which people gave another label than the machine, or the source."""
    changed = decided.filter(source_span__isnull=False).exclude(label=F("source_span__label"))
    counted = changed.order_by().values("form").annotate(n=Count("pk")).order_by("-n", "form")
    return list(counted.values_list("form", flat=True)[:MAX_FORMS])


def _count(rows: QuerySet[Any], *names: str) -> list[tuple[str, int, int]]:
    return list(rows.order_by().values_list(*names).annotate(n=Count("pk")))
