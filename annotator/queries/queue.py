"""The order in which items are handed out: unsure ones first, with a seeded random share mixed in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from typing import Any, Literal

from django.db.models import CharField, Count, DateTimeField, Q, QuerySet

from annotator.access import Sight
from annotator.models import Item, Project, Review, Run, User
from annotator.prepared import OneOf, Prepared, Slot
from annotator.queries.claims import list_free, list_free_in_any, list_held, list_own_languages
from annotator.queries.item_filter import ItemFilter, filter_items, read_item_filter
from annotator.queries.put_off import is_put_off, list_put_off
from annotator.queries.qualification import list_asked, read_gate

Order = Literal["unsure", "file"]
QueueState = Literal["open", "done"]
Draw = Literal["unsure", "random", "file", "qualification"]

# Asked of people before they get real work, whatever the queue.
QUALIFICATION: Draw = "qualification"
# Every fifth place of the queue is drawn at random, so that the unreviewed rest can be estimated.
RANDOM_EVERY = 5
EVERY_ITEM = ItemFilter()
# Orders of the queue, each by an index.
UNSURE, SHUFFLED = ("priority", "id"), ("shuffle_key", "id")
IN_FILE, IN_FILE_LANG = ("tgt_lang", "position", "id"), ("position", "id")
# Gives the first items in an order.
Head = Callable[[Sequence[str]], list[int]]


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What part of a project is reviewed and in which order; stands in the address of the page.

    Attributes:
        items: what else the items have to fit; its language and state are those of the queue.
        sees_all: see `filter_items`.
    """

    tgt_lang: str = ""
    order: Order = "unsure"
    state: QueueState = "open"
    items: ItemFilter = EVERY_ITEM
    sees_all: bool = True

    def narrow(self, items: QuerySet[Item], project: Project) -> QuerySet[Item]:
        """Those of some items that fit."""
        if self.tgt_lang:
            items = items.filter(tgt_lang=self.tgt_lang)
        if self.items.is_empty:
            return items
        return items.filter(pk__in=filter_items(project, self.items, sees_all=self.sees_all).order_by().values("pk"))

    @property
    def params(self) -> dict[str, str]:
        """What a browser or program sends to ask for the same again."""
        return {**self.items.params, "lang": self.tgt_lang, "order": self.order, "state": self.state}


@dataclass(frozen=True, slots=True)
class Place:
    """An item and how it came to its place in the queue."""

    item_id: int
    drawn_by: Draw


@dataclass(frozen=True, slots=True)
class Progress:
    """Items of a project (and language) by state.

    Attributes:
        n_done: those that nobody has to review any more.
        n_reviewed: those among them that a curator has to settle.
        n_new: those that have not been projected yet.
    """

    n_done: int
    n_open: int
    n_new: int
    n_reviewed: int = 0

    @property
    def n_total(self) -> int:
        return self.n_done + self.n_open


def read_filter(params: Mapping[str, Any], *, tgt_langs: Collection[str], sight: Sight | None = None) -> QueueFilter:
    """The filter that an address asks for; what is unknown falls back to the default.

    Args:
        sight: what of the items the person may find out.
    """
    lang = params.get("lang", "")
    wanted, _problems = read_item_filter(params, only_reviewer=sight.only_reviewer if sight else None)
    return QueueFilter(
        tgt_lang=lang if lang in tgt_langs else "",
        order="file" if params.get("order") == "file" else "unsure",
        state="done" if params.get("state") == "done" else "open",
        items=replace(wanted, lang="", state=""),
        sees_all=sight is None or sight.sees_all,
    )


def count_progress(project: Project, *, tgt_lang: str = "") -> Progress:
    """Count items by state, those of the qualification left out."""
    counted = _count_states(project, tgt_lang=tgt_lang, is_finished=False)
    return Progress(
        n_done=counted.get(Item.State.DONE, 0) + counted.get(Item.State.REVIEWED, 0),
        n_open=counted.get(Item.State.OPEN, 0),
        n_new=counted.get(Item.State.NEW, 0),
        n_reviewed=counted.get(Item.State.REVIEWED, 0),
    )


def _count_states(project: Project, *, tgt_lang: str, is_finished: bool) -> Counter[str]:
    counted: Counter[str] = Counter()
    for state, n in _counts(bool(tgt_lang), is_finished).list(project=project.pk, tgt_lang=tgt_lang):
        counted[state] += n
    return counted


@cache
def _counts(has_lang: bool, is_finished: bool) -> Prepared[tuple[str, int]]:
    """All items by state, then those of the qualification below zero: each count is answered by an index alone."""
    items = Item.objects.filter(project=Slot("project")).order_by()
    if has_lang:
        items = items.filter(tgt_lang=Slot("tgt_lang", CharField()))
    if is_finished:
        items = items.filter(state__in=[Item.State.DONE, Item.State.REVIEWED])
    every = items.values_list("state").annotate(n=Count("state"))
    qualifying = items.filter(is_qualification=True).values_list("state").annotate(n=-Count("state"))
    return Prepared(lambda: every.union(qualifying, all=True))


def has_active_run(project: Project, *, tgt_lang: str = "") -> bool:
    """Whether any machine layer is shown to reviewers."""
    runs = Run.objects.filter(project=project, is_active=True)
    return (runs.filter(tgt_lang=tgt_lang) if tgt_lang else runs).exists()


def list_claimed(project: Project, actor: User, *, queue: QueueFilter, now: datetime) -> list[Place]:
    """Open items that a person holds and has qualified for, by the order of the queue."""
    rows = _held_in(queue.order).list(project=project.pk, actor=actor.pk, now=now)
    gate = read_gate(project, actor)
    draws = {row_id: drawn for row_id, lang, drawn in rows if queue.tgt_lang in ("", lang) and lang not in gate}
    if draws and not queue.items.is_empty:
        fitting = queue.narrow(Item.objects.filter(pk__in=draws), project).values_list("pk", flat=True)
        kept = set(fitting)
        draws = {item_id: drawn_by for item_id, drawn_by in draws.items() if item_id in kept}
    return [Place(item_id, read_draw(drawn_by, order=queue.order)) for item_id, drawn_by in draws.items()]


@cache
def _held_in(order: Order) -> Prepared[tuple[int, str, str]]:
    now = Slot("now", DateTimeField())
    held = list_held(Slot("project"), Slot("actor"), now=now)
    return Prepared(
        lambda: (
            Item.objects.filter(~is_put_off(Slot("actor")), pk__in=held.values("item"))
            .order_by(*(("tgt_lang", "position", "id") if order == "file" else ("priority", "id")))
            .values_list("pk", "tgt_lang", "drawn_by")
        )
    )


def read_draw(stored: str, *, order: Order = "unsure") -> Draw:
    """How an item that was handed out before came to its place, seen in the order that is shown now."""
    if stored == "random":
        return "random"
    return "file" if "file" in (stored, order) else "unsure"


def count_drawn(project: Project, actor: User, *, tgt_lang: str) -> int:
    """How many places of the queue lie behind a person: says where the random share stands.

    Where one person reviews an item, all people go through one queue; else each goes through the items alone.
    """
    if project.n_reviews == 1:
        return _count_states(project, tgt_lang=tgt_lang, is_finished=True).total()
    reviews = Review.objects.filter(kind=Review.Kind.REVIEW, reviewer=actor, state=Review.State.DONE)
    reviews = reviews.filter(item__project=project)
    return (reviews.filter(item__tgt_lang=tgt_lang) if tgt_lang else reviews).count()


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
    """The next items by order, in few queries whatever the size of the project; last those that were put off.

    To whoever has to qualify first, the items of the qualification come before everything else, whatever the filter.

    Args:
        first_place: 0-based place of the first of them in the whole queue; says where the random share stands.
        exclude: items that the reader has already.
    """
    if not n:
        return []
    if queue.state == "done":
        items = queue.narrow(_list_finished(project, actor), project).exclude(pk__in=list(exclude))
        return _list_in_order(partial(_head, items, n), queue=queue, n=n, first_place=first_place)
    asked = list_asked(project, actor, read_gate(project, actor), tgt_lang=queue.tgt_lang)
    first = [Place(item_id, QUALIFICATION) for item_id in asked if item_id not in exclude][:n]
    work = _list_work(project, actor, queue=queue, n=n - len(first), first_place=first_place, now=now, exclude=exclude)
    return first + work


def _list_work(
    project: Project,
    actor: User,
    *,
    queue: QueueFilter,
    n: int,
    first_place: int,
    now: datetime,
    exclude: Collection[int],
) -> list[Place]:
    if not n:
        return []
    if queue.items.is_empty:
        head = _prepare_head(project, actor, queue=queue, n=n, now=now, exclude=exclude)
    else:
        items = queue.narrow(list_free(project, actor, now=now), project).exclude(pk__in=list(exclude))
        head = partial(_head, items.filter(~is_put_off(actor)), n)
    places = _list_in_order(head, queue=queue, n=n, first_place=first_place)
    if len(places) < n:
        items = queue.narrow(list_free(project, actor, now=now), project).exclude(pk__in=list(exclude))
        put_off = list_put_off(items, actor, n=n - len(places))
        places += [Place(item_id, read_draw(drawn_by, order=queue.order)) for item_id, drawn_by in put_off]
    return places


def _list_in_order(head: Head, *, queue: QueueFilter, n: int, first_place: int) -> list[Place]:
    if queue.order == "file":
        return [Place(item_id, "file") for item_id in head(IN_FILE_LANG if queue.tgt_lang else IN_FILE)]
    unsure = head(UNSURE)
    # A random share of what a filter finds says nothing about the rest of the project.
    if queue.state == "done" or not queue.items.is_empty:
        return [Place(item_id, "unsure") for item_id in unsure]
    has_random = any(_is_random(place) for place in range(first_place, first_place + n))
    return _mix(unsure, head(SHUFFLED) if has_random else [], n=n, first_place=first_place)


def _prepare_head(
    project: Project, actor: User, *, queue: QueueFilter, n: int, now: datetime, exclude: Collection[int]
) -> Head:
    """What finds the first free items in an order, in a query that is made once."""
    langs = list_own_languages(project, actor)
    values = {"project": project.pk, "actor": actor.pk, "now": now, "exclude": exclude, "n": n}
    values |= {"tgt_lang": queue.tgt_lang, "langs": langs}

    def head(order: Sequence[str]) -> list[int]:
        return _free_in(tuple(order), bool(queue.tgt_lang), bool(langs), n).list(**values)

    return head


@cache
def _free_in(order: Sequence[str], has_tgt_lang: bool, has_langs: bool, n: int) -> Prepared[int]:
    now, actor = Slot("now", DateTimeField()), Slot("actor")
    items = list_free_in_any(Slot("project"), actor, now=now).filter(~is_put_off(actor)).exclude(OneOf("pk", "exclude"))
    if has_tgt_lang:
        items = items.filter(tgt_lang=Slot("tgt_lang", CharField()))
    if has_langs:
        items = items.filter(OneOf("tgt_lang", "langs"))
    return Prepared(lambda: items.order_by(*order).values_list("pk", flat=True)[:n])


def _list_finished(project: Project, actor: User) -> QuerySet[Item]:
    """What a person may look at again: what is done, and where several review an item, the own finished reviews."""
    items = Item.objects.filter(project=project, is_qualification=False)
    if project.n_reviews == 1:
        return items.filter(state=Item.State.DONE)
    own = Review.objects.filter(kind=Review.Kind.REVIEW, reviewer=actor, state=Review.State.DONE)
    return items.filter(Q(state=Item.State.DONE) | Q(pk__in=own.values("item")))


def _head(items: QuerySet[Item], n: int, order: Sequence[str]) -> list[int]:
    return list(items.order_by(*order).values_list("pk", flat=True)[:n])


def _is_random(place: int) -> bool:
    return place % RANDOM_EVERY == RANDOM_EVERY - 1


def _mix(unsure: list[int], shuffled: list[int], *, n: int, first_place: int) -> list[Place]:
    taken: set[int] = set()
    places: list[Place] = []
    for place in range(first_place, first_place + n):
        is_random = _is_random(place)
        item_id = next((each for each in (shuffled if is_random else unsure) if each not in taken), None)
        if item_id is None:
            break
        taken.add(item_id)
        places.append(Place(item_id, "random" if is_random else "unsure"))
    return places
