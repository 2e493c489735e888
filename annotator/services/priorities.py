"""The order of the queue: which items need a person most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from django.db.models import Case, Count, F, FilteredRelation, Max, Min, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Floor

from annotator.models import Candidate, Item, Project
from annotator.queries.votes import list_machines

CHUNK_ITEMS = 5_000
# Disagreement counts in thousandths, links in tenths, so that the confidence still orders what is alike in these.
_DISAGREEMENT_STEPS = 1000.0
_LINK_STEPS = 10.0
_MOST = (_DISAGREEMENT_STEPS + 1) * (_LINK_STEPS + 1)

_IS_SAME = (
    Q(
        shown__label=F("label"),
        shown__segment=F("segment"),
        shown__start_char=F("start_char"),
        shown__end_char=F("end_char"),
        shown__surface=F("surface"),
    )
    | Q(shown__segment__isnull=True, segment__isnull=True)
    | Q(shown__is_relation=True, is_relation=True, shown__label=F("label"))
)


def weigh_items(project: Project, *, tgt_lang: str) -> None:
    """Set disagreement and priority of all items of a language; call it when its runs have changed."""
    weighing = Weighing(project, tgt_lang=tgt_lang)
    for items in weighing.list_chunks():
        weighing.weigh(items)


class Weighing:
    """Sets disagreement and priority of the items of a language, as its runs are now.

    Of two items the one comes first on which more machines differ from the run shown; then the one with the less sure
    links; then the one with the less sure candidate.
    """

    def __init__(self, project: Project, *, tgt_lang: str) -> None:
        self._items = Item.objects.filter(project=project, tgt_lang=tgt_lang)
        machines = list_machines(project, [tgt_lang])
        self._shown = next((run for run in machines if run.is_active), None)
        self._others = [run for run in machines if run is not self._shown]

    def list_chunks(self) -> Iterator[QuerySet[Item]]:
        """All items, some thousands at a time."""
        bounds = self._items.aggregate(first=Min("pk"), last=Max("pk"))
        if bounds["first"] is not None:
            for start in range(bounds["first"], bounds["last"] + 1, CHUNK_ITEMS):
                yield self._items.filter(pk__gte=start, pk__lt=start + CHUNK_ITEMS)

    def weigh(self, items: QuerySet[Item]) -> None:
        """Set disagreement and priority of a chunk; what stays as it was is not written."""
        by_share = self._find_shares(items)
        differing = [item_id for item_ids in by_share.values() for item_id in item_ids]
        items.exclude(disagreement=0).exclude(pk__in=differing).update(disagreement=0)
        for share, item_ids in by_share.items():
            items.filter(pk__in=item_ids).exclude(disagreement=share).update(disagreement=share)
        set_priority(items)

    def _find_shares(self, items: QuerySet[Item]) -> dict[float, list[int]]:
        """The items on which other runs differ from the run shown, by the largest share of them that do on a span."""
        if self._shown is None or not self._others:
            return {}
        is_shown = Q(source_span__candidates__run=self._shown, source_span__candidates__rank=0)
        rows = (
            Candidate.objects.filter(run__in=self._others, rank=0, source_span__isnull=False, item__in=items)
            .annotate(shown=FilteredRelation("source_span__candidates", condition=is_shown))
            .filter(shown__isnull=False)
            .order_by()
            .values("item_id", "source_span_id")
            .annotate(n=Count("pk"), n_same=Count(Case(When(_IS_SAME, then=Value(1)))))
        )
        shares: defaultdict[int, float] = defaultdict(float)
        for row in rows:
            shares[row["item_id"]] = max(shares[row["item_id"]], 1 - row["n_same"] / row["n"])
        by_share: defaultdict[float, list[int]] = defaultdict(list)
        for item_id, share in shares.items():
            if rounded := round(share, 4):
                by_share[rounded].append(item_id)
        return by_share


def set_priority(items: QuerySet[Item]) -> None:
    """Set the priority of items from what is known of them: the lower, the sooner they are handed out."""
    disagreement = Floor((1.0 - F("disagreement")) * _DISAGREEMENT_STEPS) * (_LINK_STEPS + 1)
    links = Floor(Coalesce(F("link_probability"), 1.0) * _LINK_STEPS)
    priority = (disagreement + links + F("confidence") * 0.999) / _MOST
    items.exclude(priority=priority).update(priority=priority)
