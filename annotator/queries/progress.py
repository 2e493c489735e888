"""How far a project is: counts of items by language and state."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from annotator.models import Item, Project


@dataclass(frozen=True, slots=True)
class LanguageProgress:
    """Items of one target language by state."""

    tgt_lang: str
    n_items: int
    n_new: int
    n_open: int
    n_done: int

    @property
    def percent_done(self) -> int:
        return 100 * self.n_done // self.n_items if self.n_items else 0


def list_language_progress(project: Project) -> list[LanguageProgress]:
    """One row a target language of the project, those without items included."""
    counted = {
        row["tgt_lang"]: row
        for row in Item.objects.filter(project=project, is_qualification=False)
        .order_by()
        .values("tgt_lang")
        .annotate(
            n_items=Count("pk"),
            n_new=Count("pk", filter=Q(state=Item.State.NEW)),
            n_open=Count("pk", filter=Q(state=Item.State.OPEN)),
            n_done=Count("pk", filter=Q(state=Item.State.DONE)),
        )
    }
    codes = sorted({*counted, *project.target_languages.values_list("code", flat=True)})
    empty = {"n_items": 0, "n_new": 0, "n_open": 0, "n_done": 0}
    rows = [(code, counted.get(code, empty)) for code in codes]
    return [
        LanguageProgress(code, n_items=row["n_items"], n_new=row["n_new"], n_open=row["n_open"], n_done=row["n_done"])
        for code, row in rows
    ]


def count_items_by_project(project_ids: list[int]) -> dict[int, dict[str, int]]:
    """Items and reviewed items of several projects, by project id."""
    rows = (
        Item.objects.filter(project_id__in=project_ids, is_qualification=False)
        .order_by()
        .values("project_id")
        .annotate(n_items=Count("pk"), n_done=Count("pk", filter=Q(state=Item.State.DONE)))
    )
    return {row["project_id"]: {"n_items": row["n_items"], "n_done": row["n_done"]} for row in rows}
