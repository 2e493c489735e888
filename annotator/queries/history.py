"""The last steps of a person, in words, for the list beside the texts."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotator.models import Annotation, Decision, Label, Layer, Project, RejectReason, User
from annotator.queries.review_spans import Json
from annotator.wording import in_words

N_HISTORY = 50
# Decisions of one step that its line in the list names.
N_TOLD = 3

Kind = Decision.Kind
DESCRIBED = ("segment", "source_span", "layer", "concept", "head", "tail")


@dataclass(frozen=True, slots=True)
class PastStep:
    """One step of the list of last decisions, in words."""

    step: str
    item_id: int
    external_id: str
    words: str
    is_undone: bool
    at: datetime


def list_history(project: Project, actor: User, *, n: int = N_HISTORY) -> list[PastStep]:
    """The last steps of a person, newest first, with what each changed; undos and redos show in `is_undone`."""
    own = Decision.objects.filter(project=project, actor=actor).exclude(kind__in=[Kind.UNDO, Kind.REDO])
    newest = list(own.filter(ordinal=0).order_by("-id").values_list("step", flat=True)[:n])
    counts = dict(own.filter(step__in=newest).order_by().values_list("step").annotate(n=Count("pk")))
    # Of a step over hundreds of items the first few decisions are told, and how many there are.
    rows = own.filter(step__in=newest, ordinal__lt=N_TOLD).order_by("ordinal")
    rows = rows.select_related(*(f"annotation__{name}" for name in DESCRIBED), "item")
    labels = dict(Label.objects.filter(layer__project=project).values_list("pk", "name"))
    texts_ = RejectReason.objects.filter(project=project).values_list("pk", "text")
    reasons = {pk: in_words(words) for pk, words in texts_}
    reversals = _Reversals(project, actor)
    steps: dict[uuid.UUID, list[Decision]] = {step: [] for step in newest}
    for row in rows:
        steps[row.step].append(row)
    return [_past_step(group, counts[step], labels, reasons, reversals) for step, group in steps.items()]


class _Reversals:
    """Which decisions are undone at the moment: the end of the chain of undos and redos decides."""

    def __init__(self, project: Project, actor: User) -> None:
        rows = (
            Decision.objects.filter(project=project, actor=actor, reverses__isnull=False)
            .order_by("-id")
            .values_list("reverses_id", "pk")[: N_HISTORY * 20]
        )
        self._reversed_by: dict[int | None, int] = dict(rows)

    def is_undone(self, decision_id: int) -> bool:
        n_reversals = 0
        while decision_id in self._reversed_by:
            decision_id = self._reversed_by[decision_id]
            n_reversals += 1
        return n_reversals % 2 == 1


def _past_step(
    rows: Sequence[Decision], n_rows: int, labels: dict[int, str], reasons: dict[int, str], reversals: _Reversals
) -> PastStep:
    first = rows[0]
    return PastStep(
        step=str(first.step),
        item_id=first.item_id,
        external_id=first.item.external_id,
        words=join_words([describe_decision(row, labels, reasons) for row in rows], n_words=n_rows),
        is_undone=reversals.is_undone(first.pk),
        at=first.created_at,
    )


def join_words(listed: Sequence[str], *, n_words: int) -> str:
    """One line for a step; of a long one the rest is counted."""
    if n_words <= N_TOLD:
        return "; ".join(listed)
    n = n_words - 2
    return ngettext("%(first)s; and %(n)s more", "%(first)s; and %(n)s more", n) % {
        "first": "; ".join(listed[:2]),
        "n": n,
    }


def describe_decision(row: Decision, labels: dict[int, str], reasons: dict[int, str]) -> str:
    """A decision as "Bundestag: LOC → ORG"; texts stand in isolates, so that no script turns the line around."""
    if row.kind == Kind.EDIT:
        return _("text edited")
    if row.kind == Kind.NOTHING or row.annotation is None:
        return _("nothing here")
    before, after = (_covered(row.annotation, row.before), _covered(row.annotation, row.after))
    name = _name_of(row.annotation, after)
    label = labels.get(row.after.get("label"), "")
    if row.kind == Kind.REJECT:
        reason = reasons.get(row.after.get("reason"), "")
        return _("%(name)s: rejected, %(reason)s") % {"name": name, "reason": reason}
    is_hidden = row.item.is_blind and row.annotation.state == Annotation.State.UNDECIDED
    if row.kind == Kind.RELABEL and is_hidden:
        return f"{name}: {label}"
    if is_hidden:
        return name
    if row.kind == Kind.RELABEL:
        return f"{name}: {labels.get(row.before.get('label'), '')} → {label}"
    if row.kind == Kind.MOVE:
        known = _isolate(_source_surface(row.annotation))
        marked = _("%(name)s: marked %(text)s") % {"name": known, "text": name}
        return f"{_isolate(before)} → {name}" if before else marked
    if row.kind == Kind.LINK and row.annotation.layer.kind == Layer.Kind.SPAN:
        concept = _concept_name(row.annotation, row.after)
        return _("%(name)s: linked to %(concept)s") % {"name": name, "concept": concept}
    return f"{name}: {Kind(row.kind).label} {label}"


def _isolate(inserted: str) -> str:
    return f"\u2068{inserted}\u2069"


def _name_of(annotation: Annotation, covered: str) -> str:
    """What a label is called in a line: a relation by its ends, a class by its label alone, a span by its words."""
    if annotation.layer.kind == Layer.Kind.RELATION:
        ends = " → ".join(_isolate(end.surface if end else "?") for end in (annotation.head, annotation.tail))
        return f"\u2066{ends}\u2069"
    if annotation.layer.kind == Layer.Kind.CLASS:
        return _isolate(annotation.layer.name)
    return _isolate(covered or _source_surface(annotation))


def _concept_name(annotation: Annotation, snapshot: Json) -> str:
    if snapshot.get("concept") is None:
        return _("no concept")
    concept = annotation.concept
    return concept.code if concept and concept.pk == snapshot["concept"] else _("another concept")


def _covered(annotation: Annotation, snapshot: Json) -> str:
    text = annotation.segment.text
    return " ".join(text[start:end] for start, end in snapshot.get("intervals", ()))


def _source_surface(annotation: Annotation) -> str:
    return annotation.source_span.surface if annotation.source_span else _("span")
