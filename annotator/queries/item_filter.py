"""Which items of a project are meant: one filter for the list of items, the review queue, acts on many and the API.

It stands in the address of a page, so that it can be sent to somebody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from annotator.models import (
    Annotation,
    Candidate,
    Flag,
    Item,
    Label,
    Project,
    Review,
    Run,
    Segment,
    SourceSpan,
    Thread,
    TranslationMark,
)
from annotator.queries.blindness import hidden_items, is_told
from projection.errors import Problem

Side = Literal["", "source", "target"]

MAX_TEXT = 200
# Until a blind item is done, nothing of it may be found out by the machine's figures.
HIDDEN = hidden_items()
# Nor what one of several people thinks, while they decide apart; nor the gold that qualifies people.
TOGETHER = is_told()


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """What items have to fit; each part that is left empty lets everything through.

    Attributes:
        lang: target language.
        state: of the item: new, open, reviewed, done.
        label: name of a label that one of its spans bears, on the source side or as people left it.
        engine: engine of the run whose candidates are shown.
        score_min, score_max: bounds (0 to 1) of its least sure candidate's probability, or score.
        disagreement: smallest share of the runs that differ from the run shown; 0 lets everything through.
        reviewer: user name of somebody who has begun or finished a review of it.
        error: code of an error category that a translation of it was marked with.
        comment: "open" for items with an open thread of comments.
        flag: "open" for items with a flag that nobody has closed.
        text, side: what stands in a text of either side, or of one.
        form, side: what a span covers, exactly; bearing `label` where that is given too.
        document: name of the document that it comes from.
        qualification: "yes" for items that serve to qualify reviewers, "no" for real work.
    """

    lang: str = ""
    state: str = ""
    label: str = ""
    engine: str = ""
    score_min: float = 0.0
    score_max: float = 1.0
    disagreement: float = 0.0
    reviewer: str = ""
    error: str = ""
    comment: str = ""
    flag: str = ""
    text: str = ""
    form: str = ""
    side: Side = ""
    document: str = ""
    qualification: str = ""

    @property
    def has_score(self) -> bool:
        return (self.score_min, self.score_max) != (0.0, 1.0)

    @property
    def is_empty(self) -> bool:
        return not self.params

    @property
    def params(self) -> dict[str, str]:
        """What stands in an address: only the parts that are given."""
        given = ((field.name, getattr(self, field.name), field.default) for field in fields(self))
        return {name: _in_address(value) for name, value, default in given if value != default}

    @property
    def query(self) -> str:
        """The part of an address behind the question mark."""
        return urlencode(self.params)


NAMES = tuple(field.name for field in fields(ItemFilter))
_NUMBERS = ("score_min", "score_max", "disagreement")
_CHOICES = {
    "state": tuple(Item.State.values),
    "comment": ("open",),
    "flag": ("open",),
    "qualification": ("yes", "no"),
    "side": tuple(side for side in get_args(Side) if side),
}


def _in_address(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def read_item_filter(
    params: Mapping[str, Any], *, only_reviewer: str | None = None
) -> tuple[ItemFilter, list[Problem]]:
    """The filter that an address asks for, and what in it was wrong and is left out.

    Args:
        only_reviewer: the only user name that may be asked for; None for any.
    """
    values: dict[str, object] = {}
    problems: list[Problem] = []
    for name in NAMES:
        given = str(params.get(name) or "").strip()
        if not given:
            continue
        try:
            values[name] = _read_value(name, given)
        except ValueError as err:
            problems.append(Problem(code="bad-filter", message=f"{name}: {err}", remedy="It is left out.", place=name))
    if only_reviewer is not None and values.get("reviewer", only_reviewer) != only_reviewer:
        del values["reviewer"]
        message = "reviewer: you may only ask for your own reviews."
        problems.append(Problem(code="bad-filter", message=message, remedy="It is left out.", place="reviewer"))
    return ItemFilter(**values), problems  # type: ignore[arg-type]


def _read_value(name: str, given: str) -> object:
    if "\0" in given or len(given) > MAX_TEXT:
        raise ValueError(f"this is no text of at most {MAX_TEXT} characters.")
    if name in _NUMBERS:
        return _read_share(given)
    known = _CHOICES.get(name)
    if known and given not in known:
        raise ValueError(f"{given!r} is not one of {', '.join(known)}.")
    return given


def _read_share(given: str) -> float:
    try:
        share = float(given)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"{given!r} is no number from 0 to 1.")
    return share


def filter_items(project: Project, wanted: ItemFilter, *, sees_all: bool = True) -> QuerySet[Item]:
    """The items that fit, in no order.

    Args:
        sees_all: False for people from whom the machine's figures of blind items are kept.
    """
    items = Item.objects.filter(_by_columns(project, wanted), project=project)
    if not sees_all and (wanted.has_score or wanted.disagreement):
        items = items.exclude(HIDDEN)
    for found in _by_rows(project, wanted, sees_all=sees_all):
        items = items.filter(found)
    return items


def _by_columns(project: Project, wanted: ItemFilter) -> Q:
    found = Q()
    if wanted.lang:
        found &= Q(tgt_lang=wanted.lang)
    if wanted.state:
        found &= Q(state=wanted.state)
    if wanted.document:
        found &= Q(document__name=wanted.document)
    if wanted.qualification:
        found &= Q(is_qualification=wanted.qualification == "yes")
    if wanted.engine:
        langs = [lang for lang, engine in list_shown_engines(project).items() if engine == wanted.engine]
        found &= Q(tgt_lang__in=langs) & ~Q(state=Item.State.NEW)
    if wanted.has_score:
        found &= in_score_range(wanted)
    if wanted.disagreement:
        found &= Q(disagreement__gte=wanted.disagreement)
    return found


def in_score_range(wanted: ItemFilter) -> Q:
    """Items that a run has scored, between the bounds."""
    bounds = Q(confidence__gte=wanted.score_min, confidence__lte=wanted.score_max)
    return bounds & ~Q(state=Item.State.NEW)


def list_shown_engines(project: Project) -> dict[str, str]:
    """Engine of the run that is shown, by target language."""
    return dict(Run.objects.filter(project=project, is_active=True).values_list("tgt_lang", "engine"))


def _by_rows(project: Project, wanted: ItemFilter, *, sees_all: bool) -> list[Q | Exists]:
    found: list[Q | Exists] = []
    told = Q() if sees_all else TOGETHER
    here = {"item": OuterRef("pk")}
    if wanted.form:
        found.append(_bearing_form(project, wanted, told))
    elif wanted.label:
        found.append(_bearing_label(project, wanted.label, told))
    if wanted.text:
        found.append(Exists(_with_text(wanted).filter(**here)))
    if wanted.reviewer:
        reviews = Review.objects.filter(kind=Review.Kind.REVIEW, reviewer__username=wanted.reviewer)
        found.append(Exists(reviews.filter(**here)))
    if wanted.error:
        found.append(Q(pk__in=list_marks(project, wanted.error).values("segment__item_id")))
    if wanted.comment:
        found.append(Q(pk__in=Thread.objects.filter(told, project=project, is_open=True).values("item_id")))
    if wanted.flag:
        found.append(Q(pk__in=Flag.objects.filter(told, project=project, closed_at=None).values("item_id")))
    return found


def list_marks(project: Project, error: str) -> QuerySet[TranslationMark]:
    """Marks of translations with an error category."""
    marks = TranslationMark.objects.filter(segment__item__project=project).annotate(listed=Cast("errors", TextField()))
    return marks.filter(listed__contains=f'"{error}"')


def list_label_ids(project: Project, name: str) -> list[int]:
    """The labels of this name, of whatever layer."""
    return list(Label.objects.filter(layer__project=project, name=name).values_list("pk", flat=True))


def _bearing_label(project: Project, name: str, told: Q) -> Q:
    label_ids = list_label_ids(project, name)
    return Q(pk__in=SourceSpan.objects.filter(label__in=label_ids).values("item_id")) | Q(
        pk__in=live_annotations().filter(told, label__in=label_ids).values("item_id")
    )


def live_annotations() -> QuerySet[Annotation]:
    """What people have left standing in real work."""
    standing = Annotation.objects.exclude(state__in=[Annotation.State.WITHDRAWN, Annotation.State.REJECTED])
    return standing.exclude(review__kind=Review.Kind.QUALIFICATION)


def shown_candidates(project: Project) -> QuerySet[Candidate]:
    """The best candidates of the runs that are shown."""
    shown = Candidate.objects.filter(rank=0, run__project=project, run__is_active=True)
    return shown.filter(run__tgt_lang=F("item__tgt_lang"))


def _bearing_form(project: Project, wanted: ItemFilter, told: Q) -> Q:
    where: dict[str, object] = {"surface": wanted.form}
    if wanted.label:
        where["label__in"] = list_label_ids(project, wanted.label)
    found = Q(pk__in=[])
    if wanted.side != "target":
        found |= Q(pk__in=SourceSpan.objects.filter(item__project=project, **where).values("item_id"))
    if wanted.side != "source":
        people = live_annotations().filter(told, item__project=project, **where)
        found |= Q(pk__in=people.values("item_id"))
        found |= Q(pk__in=shown_candidates(project).filter(told, **where).values("item_id"))
    return found


def _with_text(wanted: ItemFilter) -> QuerySet[Segment]:
    segments = Segment.objects.all()
    if wanted.side:
        segments = segments.filter(side=wanted.side)
    found = Q()
    for variant in _variants(wanted.text):
        found |= Q(text__icontains=variant)
    return segments.filter(found)


def _variants(text: str) -> set[str]:
    # LIKE of SQLite takes Ä and ä for two letters.
    if text.isascii() or connection.vendor != "sqlite":
        return {text}
    return {text, text.lower(), text.upper(), text.capitalize()}
