"""What a browser or program asks for in one step of reviewing, read from JSON."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField
from django.utils.translation import gettext as _

from annotator.errors import bad_request
from annotator.models import Decision

Kind = Decision.Kind
ACT_KINDS = (Kind.ACCEPT, Kind.RELABEL, Kind.MOVE, Kind.REJECT, Kind.ADD, Kind.LINK, Kind.EDIT, Kind.NOTHING)


@dataclass(frozen=True, slots=True)
class SpanRef:
    """Names a span of an item: by its source span ("s12"), an added one by its own id."""

    source_span_id: int | None = None
    annotation_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """One act on one target label. The span is named by its source span, an added one by its own id.

    Attributes:
        source_span_id: of a projected span.
        annotation_id: of an added span; for `add`, the id that the new one gets.
        label_id: for relabel and add; for accept, the label that the person saw.
        segment_id: target segment, for move and add.
        intervals: place in code points, for move and add; for accept, the place that the person saw.
        surface: the covered text as the person saw it, for accept, move and add.
        reason: code of the reject reason.
        head, tail: ends of a relation, for add and link; for accept, the ends that the person saw.
        concept_id: for add and link.
        is_about_concept: whether a concept was named, be it none.
        text: for edit, the new wording of the target segment.
        text_version: for edit, the version of the text that the person saw.
        candidate_id: the machine's proposal that the person took, where it was not the one shown first.
    """

    kind: Decision.Kind
    source_span_id: int | None = None
    annotation_id: uuid.UUID | None = None
    layer_id: int | None = None
    label_id: int | None = None
    segment_id: int | None = None
    intervals: tuple[tuple[int, int], ...] | None = None
    surface: str | None = None
    reason: str = ""
    head: SpanRef | None = None
    tail: SpanRef | None = None
    concept_id: int | None = None
    is_about_concept: bool = False
    text: str | None = None
    text_version: int | None = None
    candidate_id: int | None = None

    @property
    def target(self) -> tuple[int | None, uuid.UUID | None]:
        """What identifies the span inside its item."""
        return self.source_span_id, self.annotation_id


def read_acts(given: object) -> list[Act]:
    """Acts from decoded JSON.

    Raises:
        BadRequestError: `bad-act` with the place of the fault.
    """
    if not isinstance(given, list) or not given:
        raise bad_request("bad-act", _("No act was given."), _("Send a list of at least one act."), place="acts")
    return [_read_act(each, place=f"acts[{index}]") for index, each in enumerate(given)]


def read_uuid(given: object, *, place: str) -> uuid.UUID:
    """An id that the browser made."""
    try:
        return uuid.UUID(str(given))
    except ValueError as err:
        raise bad_request(
            "bad-id", _("%(given)r is not a UUID.") % {"given": given}, _("Make one with a UUID library."), place=place
        ) from err


def read_ids(given: object, *, place: str) -> list[int]:
    """Ids of rows from decoded JSON.

    Raises:
        BadRequestError: it is no list of ids.
    """
    if isinstance(given, list) and all(type(each) is int and 0 < each <= BigIntegerField.MAX_BIGINT for each in given):
        return given
    raise bad_request(
        "bad-id", _("%(place)s is no list of ids.") % {"place": place}, _("Give the ids of rows."), place=place
    )


def _read_act(given: object, *, place: str) -> Act:
    if not isinstance(given, Mapping) or given.get("kind") not in ACT_KINDS:
        known = ", ".join(ACT_KINDS)
        raise bad_request(
            "bad-act",
            _("The kind of act is missing or unknown."),
            _("Give one of %(known)s.") % {"known": known},
            place=place,
        )
    annotation = given.get("annotation")
    surface = given.get("surface")
    return Act(
        kind=Decision.Kind(given["kind"]),
        source_span_id=_whole(given, "source_span", place),
        annotation_id=read_uuid(annotation, place=f"{place}.annotation") if annotation else None,
        layer_id=_whole(given, "layer", place),
        label_id=_whole(given, "label", place),
        segment_id=_whole(given, "segment", place),
        intervals=_read_intervals(given.get("intervals"), place=f"{place}.intervals"),
        surface=None if surface is None else str(surface),
        reason=str(given.get("reason") or ""),
        head=_read_ref(given.get("head"), place=f"{place}.head"),
        tail=_read_ref(given.get("tail"), place=f"{place}.tail"),
        concept_id=_whole(given, "concept", place),
        is_about_concept="concept" in given,
        text=None if given.get("text") is None else str(given["text"]),
        text_version=_whole(given, "text_version", place),
        candidate_id=_whole(given, "candidate", place),
    )


def _read_ref(given: object, *, place: str) -> SpanRef | None:
    if given in (None, ""):
        return None
    text = str(given)
    number = text[1:] if text.startswith("s") else ""
    # Longer numbers are no ids, and some are no numbers at all to int().
    if number.isascii() and number.isdecimal() and len(number) < 19:
        return SpanRef(source_span_id=int(number))
    try:
        return SpanRef(annotation_id=uuid.UUID(text))
    except ValueError as err:
        remedy = _("Give s and the id of a source span, or the id of an added span.")
        raise bad_request("bad-act", _("%(text)r names no span.") % {"text": text}, remedy, place=place) from err


def _whole(given: Mapping[str, Any], name: str, place: str) -> int | None:
    value = given.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise bad_request(
            "bad-act",
            _("%(name)s is not a number.") % {"name": name},
            _("Give the id of the row."),
            place=f"{place}.{name}",
        )
    return value


def _read_intervals(given: object, *, place: str) -> tuple[tuple[int, int], ...] | None:
    if given is None:
        return None
    if isinstance(given, Sequence) and all(_is_pair(pair) for pair in given):
        return tuple((pair[0], pair[1]) for pair in given)
    raise bad_request(
        "bad-act", _("The intervals are not pairs of numbers."), _("Give [[start, end], ...]."), place=place
    )


def _is_pair(given: object) -> bool:
    return (
        isinstance(given, Sequence)
        and len(given) == 2
        and all(isinstance(each, int) and not isinstance(each, bool) for each in given)
    )
