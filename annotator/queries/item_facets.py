"""How many items of a list there would be with another value of one part of the filter.

States, languages and engines are counted exactly, in one pass. The other parts are counted exactly where few items are
meant, and over a random sample of them where there are many, so that the cost stays bounded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Q, Value, When
from django.db.models.functions import Cast, Floor, Least

from annotator.models import Flag, Item, Label, Project, Review, SourceSpan, Thread, TranslationMark, User
from annotator.prepared import OneOf
from annotator.queries.item_filter import (
    HIDDEN,
    TOGETHER,
    ItemFilter,
    filter_items,
    list_shown_engines,
    live_annotations,
)

N_BINS = 10
# Up to so many items are counted one by one; of more, about so many are drawn.
MAX_EXACT = 2000
MAX_VALUES = 50
SCORE_STEP = 1e-4


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a part of the filter.

    Attributes:
        value: as it stands in an address.
        n: items there would be.
        is_chosen: whether the filter has it now.
        is_estimate: whether `n` was estimated from a sample.
        wanted: the filter with it, or without it where it is chosen already.
    """

    value: str
    n: int
    is_chosen: bool
    is_estimate: bool
    wanted: ItemFilter


@dataclass(frozen=True, slots=True)
class Found:
    """How many items fit, and how many would with other values; parts of which there is nothing are left out."""

    n_items: int
    facets: dict[str, list[FacetValue]]


@dataclass(frozen=True, slots=True)
class _Sample:
    """Items to be counted, and how many each stands for."""

    ids: list[int]
    scale: float

    @property
    def is_estimate(self) -> bool:
        return self.scale != 1.0


def count_facets(project: Project, wanted: ItemFilter, *, sees_all: bool = True, sees_reviewers: bool = True) -> Found:
    """Count everything that the list of items shows beside its filter.

    Args:
        sees_all: see `filter_items`.
        sees_reviewers: whether it is shown who reviewed.
    """
    counter = _Counter(project, wanted, sees_all=sees_all)
    n_items, facets = counter.count_columns()
    facets |= {"score": counter.count_scores(), "disagreement": counter.count_disagreement()}
    facets["label"] = counter.count("label", _count_labels, label="", form="")
    if sees_reviewers:
        facets["reviewer"] = counter.count("reviewer", _count_reviewers)
    facets["error"] = counter.count("error", _count_errors)
    facets["comment"] = counter.count("comment", _count_threads)
    facets["flag"] = counter.count("flag", _count_flags)
    facets["qualification"] = counter.count_qualification()
    return Found(n_items=n_items, facets={name: values for name, values in facets.items() if values})


class _Counter:
    """Counts for one filter; what several parts have in common is asked once."""

    def __init__(self, project: Project, wanted: ItemFilter, *, sees_all: bool) -> None:
        self.project = project
        self.wanted = wanted
        self.sees_all = sees_all
        self._samples: dict[ItemFilter, _Sample] = {}
        self._n_items: dict[ItemFilter, int] = {}

    def count_columns(self) -> tuple[int, dict[str, list[FacetValue]]]:
        """The number of items that fit, and the counts by language, state and engine."""
        rest = replace(self.wanted, lang="", state="", engine="")
        items = filter_items(self.project, rest, sees_all=self.sees_all)
        engines = list_shown_engines(self.project)
        rows = [
            {"lang": lang, "state": state, "engine": "" if state == Item.State.NEW else engines.get(lang, ""), "n": n}
            for lang, state, n in items.order_by().values_list("tgt_lang", "state").annotate(n=Count("pk"))
        ]
        facets = {}
        for name in ("lang", "state", "engine"):
            counts: Counter[str] = Counter({row[name]: 0 for row in rows if row[name]})
            for row in rows:
                counts[row[name]] += row["n"] if row[name] and self._fits(row, but=name) else 0
            counts.pop("", None)
            facets[name] = self._list_values(name, dict(sorted(counts.items())))
        self._n_items[self.wanted] = sum(row["n"] for row in rows if self._fits(row))
        return self._n_items[self.wanted], facets

    def _fits(self, row: Mapping[str, Any], *, but: str = "") -> bool:
        wanted = {name: getattr(self.wanted, name) for name in ("lang", "state", "engine") if name != but}
        return all(not value or row[name] == value for name, value in wanted.items())

    def count(
        self, name: str, count_rows: Callable[[Project, list[int], Q], Mapping[str, int]], **without: str
    ) -> list[FacetValue]:
        """The counts of one part of the filter, over the items that fit all other parts."""
        sample = self._draw(replace(self.wanted, **(without or {name: ""})))  # type: ignore[arg-type]
        return self._list_values(
            name, count_rows(self.project, sample.ids, Q() if self.sees_all else TOGETHER), sample=sample
        )

    def _list_values(self, name: str, counts: Mapping[str, int], *, sample: _Sample | None = None) -> list[FacetValue]:
        chosen = getattr(self.wanted, name)
        known = dict(counts) | ({} if not chosen or chosen in counts else {chosen: 0})
        return [self._value(value, n, {name: value}, {name: ""}, sample) for value, n in known.items()]

    def _value(
        self, value: str, n: int, given: dict[str, Any], left_out: dict[str, Any], sample: _Sample | None
    ) -> FacetValue:
        is_chosen = all(getattr(self.wanted, part) == each for part, each in given.items())
        is_estimate = sample is not None and sample.is_estimate and n > 0
        return FacetValue(
            value=value,
            n=_round(n * sample.scale) if sample and is_estimate else n,
            is_chosen=is_chosen,
            is_estimate=is_estimate,
            wanted=replace(self.wanted, **(left_out if is_chosen else given)),
        )

    def count_scores(self) -> list[FacetValue]:
        """Items by tenths of the score; nothing where no run has scored any."""
        sample = self._draw(replace(self.wanted, score_min=0.0, score_max=1.0))
        in_bin = Cast(Least(Floor(F("confidence") * N_BINS), N_BINS - 1.0), IntegerField())
        unscored = [When(state=Item.State.NEW, then=Value(None)), *self._kept_back()]
        counts = self._count_cases(sample, Case(*unscored, default=in_bin, output_field=IntegerField()))
        if not counts and not self.wanted.has_score:
            return []
        return [self._score_bin(number, counts.get(number, 0), sample) for number in range(N_BINS)]

    def _score_bin(self, number: int, n: int, sample: _Sample) -> FacetValue:
        # The bounds of a filter belong to it: 0.1 is in the bin above it, so the one below ends just before.
        low, high = number / N_BINS, 1.0 if number == N_BINS - 1 else round((number + 1) / N_BINS - SCORE_STEP, 4)
        given = {"score_min": low, "score_max": high}
        return self._value(f"{low:g}", n, given, {"score_min": 0.0, "score_max": 1.0}, sample)

    def count_disagreement(self) -> list[FacetValue]:
        """Items on which any other run differs from the run shown, and those on which half of them do."""
        sample = self._draw(replace(self.wanted, disagreement=0.0))
        grade = Case(
            *self._kept_back(),
            When(disagreement__gte=0.5, then=Value(2)),
            When(disagreement__gte=0.01, then=Value(1)),
            default=Value(0),
            output_field=IntegerField(),
        )
        counts = self._count_cases(sample, grade)
        some, half = counts.get(1, 0) + counts.get(2, 0), counts.get(2, 0)
        if not some and not self.wanted.disagreement:
            return []
        none = {"disagreement": 0.0}
        return [
            self._value(f"{share:g}", n, {"disagreement": share}, none, sample)
            for share, n in ((0.01, some), (0.5, half))
        ]

    def count_qualification(self) -> list[FacetValue]:
        """Items that serve to qualify: few, and counted by an index of their own; nothing where there are none."""
        wanted = replace(self.wanted, qualification="yes")
        n = filter_items(self.project, wanted, sees_all=self.sees_all).count()
        return self._list_values("qualification", {"yes": n}) if n or self.wanted.qualification else []

    def _kept_back(self) -> list[When]:
        return [] if self.sees_all else [When(HIDDEN, then=Value(None))]

    @staticmethod
    def _count_cases(sample: _Sample, case: Case) -> dict[int, int]:
        rows = Item.objects.filter(OneOf("pk", sample.ids)).order_by().annotate(case=case).exclude(case=None)
        return dict(rows.values_list("case").annotate(n=Count("pk")))

    def _draw(self, wanted: ItemFilter) -> _Sample:
        if wanted not in self._samples:
            self._samples[wanted] = self._draw_anew(wanted)
        return self._samples[wanted]

    def _draw_anew(self, wanted: ItemFilter) -> _Sample:
        items = filter_items(self.project, wanted, sees_all=self.sees_all).order_by()
        n_items = self._n_items.get(wanted)
        if n_items is None or n_items <= MAX_EXACT:
            ids = list(items.values_list("pk", flat=True)[: MAX_EXACT + 1])
            if len(ids) <= MAX_EXACT:
                return _Sample(ids, 1.0)
            n_items = items.count()
        # The keys are random numbers from 0 to 1, so those below a share are a random share. All states are named for
        # the sake of the index.
        drawn = items.filter(state__in=Item.State.values, shuffle_key__lt=MAX_EXACT / n_items)
        ids = list(drawn.values_list("pk", flat=True)[: 2 * MAX_EXACT])
        return _Sample(ids, n_items / max(1, len(ids)))


def _round(n: float) -> int:
    """To two digits, which is what a sample knows."""
    return int(float(f"{n:.2g}"))


def _count_labels(project: Project, ids: list[int], told: Q) -> dict[str, int]:
    labels = Label.objects.filter(layer__project=project).order_by("layer__position", "position", "pk")
    names = dict(labels.values_list("pk", "name"))
    # Labels of the source, and those that people left: no join, for which PostgreSQL would read all spans there are.
    spans = SourceSpan.objects.filter(OneOf("item_id", ids)).order_by().values_list("label", "item")
    decided = live_annotations().filter(told, OneOf("item_id", ids)).order_by().values_list("label", "item")
    bearing: dict[str, set[int]] = {name: set() for name in names.values()}
    for rows in (spans, decided):
        for label_id, item_id in rows:
            bearing[names[label_id]].add(item_id)
    return _most_frequent({name: len(items) for name, items in bearing.items()})


def _count_reviewers(project: Project, ids: list[int], told: Q) -> dict[str, int]:
    del project
    reviews = Review.objects.filter(told, OneOf("item_id", ids), kind=Review.Kind.REVIEW).order_by()
    found = list(reviews.values_list("reviewer", "item"))
    names = dict(User.objects.filter(pk__in={who for who, _item in found}).values_list("pk", "username"))
    return _count_items((names[who], item) for who, item in found)


def _most_frequent(counts: Mapping[str, int]) -> dict[str, int]:
    most = set(sorted(counts, key=lambda name: -counts[name])[:MAX_VALUES])
    return {name: n for name, n in counts.items() if n and name in most}


def _count_errors(project: Project, ids: list[int], told: Q) -> dict[str, int]:
    del project, told
    marks = TranslationMark.objects.filter(OneOf("segment__item_id", ids))
    rows = ((code, item_id) for item_id, codes in marks.values_list("segment__item", "errors") for code in codes)
    return _count_items(rows)


def _count_items(rows: Iterable[tuple[str, int]]) -> dict[str, int]:
    counts = Counter(value for value, _ in set(rows))
    return _most_frequent(dict(sorted(counts.items())))


def _count_threads(project: Project, ids: list[int], told: Q) -> dict[str, int]:
    threads = Thread.objects.filter(told, OneOf("item_id", ids), project=project, is_open=True).order_by()
    return _count_items(("open", item_id) for item_id in threads.values_list("item", flat=True))


def _count_flags(project: Project, ids: list[int], told: Q) -> dict[str, int]:
    flags = Flag.objects.filter(told, OneOf("item_id", ids), project=project, closed_at=None).order_by()
    return _count_items(("open", item_id) for item_id in flags.values_list("item", flat=True))
