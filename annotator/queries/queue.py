"""The order in which items are handed out: unsure ones first, with a seeded random share mixed in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import Count, Q, QuerySet

from annotator.models import Item, Project, Run, User

Order = Literal["unsure", "file"]
QueueState = Literal["open", "done"]
Draw = Literal["unsure", "random", "file"]

# Every fifth place of the queue is drawn at random, so that the unreviewed rest can be estimated.
RANDOM_EVERY = 5


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What part of a project is reviewed and in which order; stands in the address of the page."""

    tgt_lang: str = ""
    order: Order = "unsure"
    state: QueueState = "open"


@dataclass(frozen=True, slots=True)
class Place:
    """An item and how it came to its place in the queue."""

    item_id: int
    drawn_by: Draw


@dataclass(frozen=True, slots=True)
class Progress:
    """Items of a project (and language) by state; `n_new` have not been projected yet."""

    n_done: int
    n_open: int
    n_new: int

    @property
    def n_total(self) -> int:
        return self.n_done + self.n_open


def read_filter(params: Mapping[str, str], *, tgt_langs: Collection[str]) -> QueueFilter:
    """The filter that an address asks for; what is unknown falls back to the default."""
    lang = params.get("lang", "")
    return QueueFilter(
        tgt_lang=lang if lang in tgt_langs else "",
        order="file" if params.get("order") == "file" else "unsure",
        state="done" if params.get("state") == "done" else "open",
    )


def count_progress(project: Project, *, tgt_lang: str = "") -> Progress:
    """Count items by state from an index alone."""
    items = Item.objects.filter(project=project)
    if tgt_lang:
        items = items.filter(tgt_lang=tgt_lang)
    counted = dict(items.order_by().values_list("state").annotate(n=Count("state")))
    return Progress(
        n_done=counted.get(Item.State.DONE, 0),
        n_open=counted.get(Item.State.OPEN, 0),
        n_new=counted.get(Item.State.NEW, 0),
    )


def has_active_run(project: Project, *, tgt_lang: str = "") -> bool:
    """Whether any machine layer is shown to reviewers."""
    runs = Run.objects.filter(project=project, is_active=True)
    return (runs.filter(tgt_lang=tgt_lang) if tgt_lang else runs).exists()


def free_for(actor: User, *, now: datetime) -> Q:
    """Items that nobody else holds."""
    return Q(claimed_by__isnull=True) | Q(claimed_by=actor) | Q(claim_expires_at__lte=now)


def list_claimed(project: Project, actor: User, *, queue: QueueFilter, now: datetime) -> list[Place]:
    """Open items that a person holds, by the order of the queue."""
    items = Item.objects.filter(project=project, claimed_by=actor, claim_expires_at__gt=now, state=Item.State.OPEN)
    if queue.tgt_lang:
        items = items.filter(tgt_lang=queue.tgt_lang)
    order = ("tgt_lang", "position", "id") if queue.order == "file" else ("confidence", "id")
    rows = items.order_by(*order).values_list("pk", "drawn_by")
    return [Place(item_id, read_draw(drawn_by, order=queue.order)) for item_id, drawn_by in rows]


def read_draw(stored: str, *, order: Order = "unsure") -> Draw:
    """How an item that was handed out before came to its place, seen in the order that is shown now."""
    if stored == "random":
        return "random"
    return "file" if "file" in (stored, order) else "unsure"


def count_claimed_by_others(project: Project, actor: User, *, tgt_lang: str, now: datetime) -> int:
    """Open items that other people hold at the moment."""
    items = Item.objects.filter(
        project=project, claimed_by__isnull=False, claim_expires_at__gt=now, state=Item.State.OPEN
    ).exclude(claimed_by=actor)
    return (items.filter(tgt_lang=tgt_lang) if tgt_lang else items).count()


def list_places(
    project: Project,
    actor: User,
    *,
    queue: QueueFilter,
    n: int,
    first_place: int,
    now: datetime,
    exclude: Collection[int] = (),
) -> list[Place]:
    """The next items by order, at most two queries whatever the size of the project.

    Args:
        first_place: 0-based place of the first of them in the whole queue; says where the random share stands.
        exclude: items that the reader has already.
    """
    items = Item.objects.filter(project=project, state=queue.state)
    if queue.tgt_lang:
        items = items.filter(tgt_lang=queue.tgt_lang)
    if queue.state == "open":
        items = items.filter(free_for(actor, now=now))
    items = items.exclude(pk__in=list(exclude))
    if queue.order == "file":
        in_file = items.order_by("position", "id") if queue.tgt_lang else items.order_by("tgt_lang", "position", "id")
        return [Place(item_id, "file") for item_id in _head(in_file, n)]
    unsure = _head(items.order_by("confidence", "id"), n)
    if queue.state == "done":
        return [Place(item_id, "unsure") for item_id in unsure]
    shuffled = _head(items.order_by("shuffle_key", "id"), n)
    return _mix(unsure, shuffled, n=n, first_place=first_place)


def _head(items: QuerySet[Item], n: int) -> list[int]:
    return list(items.values_list("pk", flat=True)[:n])


def _mix(unsure: list[int], shuffled: list[int], *, n: int, first_place: int) -> list[Place]:
    taken: set[int] = set()
    places: list[Place] = []
    for place in range(first_place, first_place + n):
        is_random = place % RANDOM_EVERY == RANDOM_EVERY - 1
        item_id = next((each for each in (shuffled if is_random else unsure) if each not in taken), None)
        if item_id is None:
            break
        taken.add(item_id)
        places.append(Place(item_id, "random" if is_random else "unsure"))
    return places
