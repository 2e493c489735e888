"""Who has to qualify before real work, on which items, and how far each is.

The gold of qualification items is shown to curators and managers; to others only as the answer to their own decisions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, QuerySet

from annotator.models import Annotation, Attempt, Decision, Item, Membership, Project, Review, User
from annotator.queries.put_off import is_put_off

Gate = Mapping[str, Attempt | None]


@dataclass(frozen=True, slots=True)
class Stand:
    """How a person stands in one language in which qualification is asked for.

    Attributes:
        attempt: the newest one; None where the person has not begun.
        n_items: items that the person is asked; without those whose gold the person has worked on.
        n_done: those among them that are decided in the attempt under way.
    """

    member: Membership
    tgt_lang: str
    attempt: Attempt | None
    n_items: int
    n_done: int

    @property
    def state(self) -> str:
        """`passed`, `failed`, `open`, `new`, or `nothing` where no item is left to ask."""
        if self.attempt is not None and self.attempt.state != Attempt.State.OPEN:
            return str(self.attempt.state)
        if not self.n_items:
            return "nothing"
        return "open" if self.n_done else "new"


def _work() -> QuerySet[Decision]:
    """Decisions that were no qualification: whoever took one on an item knows its gold, or made it."""
    return Decision.objects.exclude(review__kind=Review.Kind.QUALIFICATION)


def list_set(project: Project) -> QuerySet[Item]:
    """The qualification items of a project whose gold stands; an item whose gold was undone is not asked."""
    return Item.objects.filter(project=project, is_qualification=True, state=Item.State.DONE, gold_review__isnull=False)


def count_set(project: Project) -> list[tuple[str, int, list[tuple[str, int]]]]:
    """Language, items, and gold labels by name of the qualification set, the most frequent labels first."""
    n_items = Counter(dict(list_set(project).order_by().values_list("tgt_lang").annotate(n=Count("pk"))))
    gold = Annotation.objects.filter(review__gold_of__in=list_set(project), state=Annotation.State.ACCEPTED).order_by()
    labels: dict[str, list[tuple[str, int]]] = {lang: [] for lang in n_items}
    counted = gold.values_list("item__tgt_lang", "label__name").annotate(n=Count("pk"))
    for lang, name, n in sorted(counted, key=lambda row: (-row[2], row[1])):
        labels[lang].append((name, n))
    return [(lang, n_items[lang], labels[lang]) for lang in sorted(n_items)]


def list_set_langs(project: Project) -> list[str]:
    """The languages that have qualification items."""
    return sorted(set(list_set(project).order_by().values_list("tgt_lang", flat=True).distinct()))


# ------------------------------------------------------------------------------------------------------------ the gate


def read_gate(project: Project, actor: User) -> Gate:
    """The languages in which a person gets no real work yet, each with the newest attempt; empty for most people.

    Only reviewers have to qualify, only where the project has a pass mark, and only in languages with such items.
    """
    if project.pass_percent is None or not _is_reviewer(project, actor):
        return {}
    newest = {attempt.tgt_lang: attempt for attempt in _list_attempts(project).filter(user=actor)}
    return {
        lang: newest.get(lang)
        for lang in list_set_langs(project)
        if lang not in newest or newest[lang].state != Attempt.State.PASSED
    }


def _is_reviewer(project: Project, actor: User) -> bool:
    return Membership.objects.filter(project=project, user=actor, role=Membership.Role.REVIEWER).exists()


def _list_attempts(project: Project) -> QuerySet[Attempt]:
    return Attempt.objects.filter(project=project).order_by("number")


def sees_gold(project: Project, reader: User) -> bool:
    """Whether a person sees the gold of qualification items: curators and managers."""
    roles = [Membership.Role.MANAGER, Membership.Role.CURATOR]
    return Membership.objects.filter(project=project, user=reader, role__in=roles).exists()


def list_asked(project: Project, actor: User, gate: Gate, *, tgt_lang: str = "") -> list[int]:
    """Qualification items that a person has to decide on next, in a seeded order; last those that were put off."""
    langs = [lang for lang, attempt in gate.items() if attempt is None or attempt.state == Attempt.State.OPEN]
    langs = [lang for lang in langs if lang in _langs_of(project, actor) and tgt_lang in ("", lang)]
    if not langs:
        return []
    attempts = [attempt for attempt in gate.values() if attempt is not None]
    done = Review.objects.filter(item=OuterRef("pk"), attempt__in=attempts, state=Review.State.DONE)
    items = _without_own(list_set(project), actor).filter(~Exists(done), tgt_lang__in=langs)
    last = set(items.filter(is_put_off(actor)).values_list("pk", flat=True))
    ids = items.order_by("shuffle_key", "pk").values_list("pk", flat=True)
    return sorted(ids, key=lambda item_id: item_id in last)


def _langs_of(project: Project, actor: User) -> list[str]:
    """The languages of a person; all that have qualification items where none are named."""
    listed = Membership.objects.filter(project=project, user=actor).order_by().values_list("tgt_langs", flat=True)
    return next(iter(listed), None) or list_set_langs(project)


def _without_own(items: QuerySet[Item], actor: User) -> QuerySet[Item]:
    return items.filter(~Exists(_work().filter(item=OuterRef("pk"), actor=actor)))


def is_asked(item: Item, actor: User) -> bool:
    """Whether an item serves to qualify a person, whatever was decided on it."""
    return _without_own(list_set(item.project), actor).filter(pk=item.pk).exists()


@dataclass(frozen=True, slots=True)
class OwnTake:
    """What a person sees of a qualification item whose gold is kept back: the own review, None before it is begun."""

    attempt: int
    review: Review | None

    @property
    def state(self) -> str:
        return str(self.review.state if self.review else Review.State.OPEN)


def list_own_takes(project: Project, reader: User, items: Sequence[Item]) -> dict[int, OwnTake]:
    """The qualification items among some whose gold is kept from a person, as the newest attempt has them."""
    asked = [item.pk for item in items if item.is_qualification]
    if not asked or sees_gold(project, reader):
        return {}
    newest = {attempt.tgt_lang: attempt for attempt in _list_attempts(project).filter(user=reader)}
    rows = Review.objects.filter(item__in=asked, attempt__in=newest.values()).select_related("claimed_by")
    by_item = {row.item_id: row for row in rows}
    langs = {item.pk: item.tgt_lang for item in items}
    return {
        item_id: OwnTake(newest[langs[item_id]].number if langs[item_id] in newest else 1, by_item.get(item_id))
        for item_id in asked
    }


def list_decided(attempt: Attempt) -> list[Item] | None:
    """The items of an attempt once all of them are decided, None before."""
    items = list(_without_own(list_set(attempt.project), attempt.user).filter(tgt_lang=attempt.tgt_lang))
    done = set(attempt.reviews.filter(state=Review.State.DONE).values_list("item_id", flat=True))
    return items if items and done.issuperset(item.pk for item in items) else None


# ----------------------------------------------------------------------------------------------------------- standing


def list_stands(project: Project, *, of: User | None = None) -> list[Stand]:
    """How each reviewer stands in each language with qualification items, in a fixed number of queries.

    Args:
        of: only this person.
    """
    reviewers = Membership.objects.filter(project=project, role=Membership.Role.REVIEWER).select_related("user")
    members = list(reviewers.filter(user=of) if of else reviewers)
    people = [member.user_id for member in members]
    n_items = Counter(list_set(project).order_by().values_list("tgt_lang", flat=True))
    newest = {(row.user_id, row.tgt_lang): row for row in _list_attempts(project).filter(user__in=people)}
    n_own = _count_own(project, people)
    n_done = _count_done(project, [row.pk for row in newest.values()])
    return [
        Stand(
            member=member,
            tgt_lang=lang,
            attempt=(attempt := newest.get((member.user_id, lang))),
            n_items=n_items[lang] - n_own[member.user_id, lang],
            n_done=n_done[attempt.pk] if attempt else 0,
        )
        for member in members
        for lang in sorted(n_items)
        if lang in (member.tgt_langs or n_items)
    ]


def _count_own(project: Project, people: Collection[int]) -> Counter[tuple[int, str]]:
    rows = (
        _work().filter(actor__in=people, item__in=list_set(project)).order_by().values_list("actor", "item__tgt_lang")
    )
    return Counter({(user_id, lang): n for user_id, lang, n in rows.annotate(n=Count("item", distinct=True))})


def _count_done(project: Project, attempts: Collection[int]) -> Counter[int]:
    """Decided items of attempts that are still asked, by attempt."""
    own = _work().filter(item=OuterRef("item"), actor=OuterRef("reviewer"))
    done = Review.objects.filter(
        ~Exists(own), attempt__in=attempts, state=Review.State.DONE, item__in=list_set(project)
    )
    return Counter(dict(done.order_by().values_list("attempt").annotate(n=Count("pk"))))


def count_failed(project: Project) -> int:
    """People who have not passed in a language and wait for a manager."""
    if project.pass_percent is None:
        return 0
    newer = Attempt.objects.filter(
        project=project, user=OuterRef("user"), tgt_lang=OuterRef("tgt_lang"), number__gt=OuterRef("number")
    )
    failed = Attempt.objects.filter(~Exists(newer), project=project, state=Attempt.State.FAILED)
    reviewers = Membership.objects.filter(project=project, role=Membership.Role.REVIEWER)
    return failed.filter(user__in=reviewers.values("user")).order_by().values("user").distinct().count()
