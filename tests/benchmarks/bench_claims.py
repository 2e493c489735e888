"""What a claim costs in a large project with several reviewers per item; run it by hand:

    DATABASE_URL=postgresql://user@host/name python tests/benchmarks/bench_claims.py [items]

Without DATABASE_URL it uses an SQLite file. It makes a scratch database next to the given one and drops it at the end.
Measured in the application, without HTTP: claiming six items and reading them as the screen shows them.
"""

# ruff: noqa: E402 (Django is set up before its models are imported)
from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="crossgloss-bench-"))
os.environ.setdefault("CELERY_BROKER_URL", "memory://")

import django

django.setup()

from django.db import connection, transaction

from annotator.models import Item, Project, Review, Segment, User
from annotator.queries.review import list_items
from annotator.services.review import claim_items
from tests.annotator.factories import make_items, make_member, make_project

N_ROUNDS = 20


def make_large_project(n_items: int, *, n_reviews: int) -> Project:
    """Open items in random order, with their segments."""
    project = make_project()
    Project.objects.filter(pk=project.pk).update(n_reviews=n_reviews)
    project.refresh_from_db()
    first = make_items(project, n=1)[0]
    Item.objects.filter(pk=first.pk).update(state="open", n_reviews=n_reviews)
    template = Item.objects.get(pk=first.pk)
    for start in range(1, n_items, 10_000):
        rows = []
        for number in range(start, min(start + 10_000, n_items)):
            row = Item(**{field.attname: getattr(template, field.attname) for field in Item._meta.concrete_fields})
            row.pk, row.external_id, row.position = None, f"x{number}", number
            row.confidence = row.priority = (number * 0.7548776662) % 1
            row.shuffle_key = (number * 0.5698402910) % 1
            rows.append(row)
        Item.objects.bulk_create(rows)
    items = Item.objects.filter(project=project, external_id__startswith="x")
    Segment.objects.bulk_create(
        (
            Segment(item_id=pk, side=side, lang=lang, position=position, text="Bremen .", tokens=[[0, 6], [7, 8]])
            for pk in items.values_list("pk", flat=True)
            for position, (side, lang) in enumerate((("source", "en"), ("target", "de")))
        ),
        batch_size=5_000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return project


def measure(work: Callable[[], object]) -> str:
    """Median and longest of some rounds, in milliseconds."""
    taken: list[float] = []
    for _ in range(N_ROUNDS):
        start_s = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - start_s))
    return f"median {statistics.median(taken):6.1f} ms, longest {max(taken):6.1f} ms"


def claim(project: Project, actor: User) -> None:
    """Claim six items and read them; the claims are taken back, so that each round finds the same."""
    with transaction.atomic():
        places = claim_items(project=project, actor=actor, n=6)
        list_items(project, [place.item_id for place in places], reviewer=actor)
        transaction.set_rollback(True)


def main() -> None:
    n_items = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        for n_reviews in (1, 2):
            project = make_large_project(n_items, n_reviews=n_reviews)
            actor = make_member(project, "reviewer")
            print(f"{n_items} items, {n_reviews} reviews each, {connection.vendor}", flush=True)
            print(f"  nothing done yet:             {measure(partial(claim, project, actor))}", flush=True)
            if n_reviews == 1:
                continue
            done = Item.objects.filter(project=project).order_by("priority")[: n_items // 2]
            Review.objects.bulk_create(
                (Review(item=item, reviewer=actor, state="done", version=1) for item in done), batch_size=5_000
            )
            print(f"  the person has done one half: {measure(partial(claim, project, actor))}", flush=True)
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


if __name__ == "__main__":
    main()
