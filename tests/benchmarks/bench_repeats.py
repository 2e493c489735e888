"""What it costs to look for repeats of a decision in a large project, and to repeat it; run it by hand:

    DATABASE_URL=postgresql://user@host/name python tests/benchmarks/bench_repeats.py [items]

Without DATABASE_URL it uses an SQLite file. It makes a scratch database next to the given one and drops it at the end.
Every item has one span; forms are drawn with Zipf-like frequency, so that the most frequent one stands in a tenth of
all items. Measured in the application, without HTTP.
"""

# ruff: noqa: E402 (Django is set up before its models are imported)
from __future__ import annotations

import os
import sys
import tempfile
import time
import uuid
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
from django.utils import timezone

from annotator.models import Candidate, Item, Project, Run, Segment, SourceSpan, User
from annotator.queries.repeats import find_origin, find_pattern, list_repeats, offer_repeats, read_repeats
from annotator.services.repeats import repeat_decision
from annotator.services.review import decide
from annotator.services.review_acts import SpanRef, read_acts
from tests.annotator.factories import make_items, make_member, make_project, make_run
from tests.benchmarks.bench_claims import measure

BATCH = 10_000
SENTENCE = (("The ship came to Bremen .", "Das Schiff kam nach Bremen ."),)
SPANS = ((("LOC", "Bremen"),),)


def form_of(number: int) -> str:
    """`F0` in a tenth of the items, `F1` in a twentieth, and so on to forms that stand once."""
    share = (number * 0.6180339887) % 1
    for rank in range(9):
        share -= 0.1 / 2**rank
        if share < 0:
            return f"F{rank}"
    return f"G{number // 20}"


def copy_of(row, **changes):
    """A new row like another one."""
    fields = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return type(row)(**{**fields, "id": None, **changes})


def fill(project: Project, run: Run, template: Item, n_items: int) -> None:
    """Open items, each with a sentence on both sides, a span and what the active run proposes for it."""
    span = template.source_spans.get()
    sides = list(template.segments.all())
    for start in range(1, n_items, BATCH):
        numbers = range(start, min(start + BATCH, n_items))
        items = Item.objects.bulk_create(
            copy_of(template, external_id=f"x{number}", position=number, shuffle_key=(number * 0.57) % 1)
            for number in numbers
        )
        segments = {
            side.side: Segment.objects.bulk_create(copy_of(side, item_id=item.pk) for item in items) for side in sides
        }
        spans = SourceSpan.objects.bulk_create(
            copy_of(span, item_id=item.pk, segment_id=source.pk)
            for item, source in zip(items, segments["source"], strict=True)
        )
        rows = zip(numbers, items, segments["target"], spans, strict=True)
        Candidate.objects.bulk_create(
            Candidate(
                run=run,
                item=item,
                source_span=each,
                rank=0,
                label_id=span.label_id,
                segment=target,
                intervals=[[20, 26]],
                start_char=20,
                end_char=26,
                surface=form_of(number),
                score=0.5,
            )
            for number, item, target, each in rows
        )


def accept_one(project: Project, actor: User, form: str) -> tuple[int, int]:
    """Accept one proposal of a form; its item and source span."""
    candidate = Candidate.objects.filter(run__project=project, surface=form).first()
    if candidate is None or candidate.source_span_id is None:
        raise LookupError(form)
    # The texts are all the same, so the words are rejected instead of accepted.
    acts = read_acts([{"kind": "reject", "source_span": candidate.source_span_id, "reason": "wrong-words"}])
    decide(project=project, actor=actor, step=uuid.uuid4(), item_id=candidate.item_id, acts=acts)
    return candidate.item_id, candidate.source_span_id


def repeat(project: Project, actor: User, item_id: int, span_id: int, n: int) -> None:
    """Repeat on so many, and take it back."""
    origin = find_origin(project, item_id, span_id, None)
    pattern = find_pattern(origin) if origin else None
    if pattern is None:
        raise LookupError(span_id)
    with transaction.atomic():
        rows = list_repeats(project, actor, pattern, now=timezone.now())[:n]
        repeat_decision(
            project=project,
            actor=actor,
            step=uuid.uuid4(),
            item_id=item_id,
            origin=SpanRef(span_id),
            source_span_ids=[row.source_span_id or 0 for row in rows],
        )
        transaction.set_rollback(True)


def main() -> None:
    n_items = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        project = make_project()
        template = make_items(project, sentences=SENTENCE, spans=SPANS, n=1)[0]
        Item.objects.filter(pk=template.pk).update(state="open")
        template.refresh_from_db()
        fill(project, make_run(project), template, n_items)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        actor = make_member(project, "reviewer")
        print(f"{n_items} items, {connection.vendor}", flush=True)
        for form in ("F0", "F8", f"G{n_items // 40}"):
            item_id, span_id = accept_one(project, actor, form)
            n = Candidate.objects.filter(run__project=project, surface=form).count()
            where = {"item_id": item_id, "source_span_id": span_id, "annotation_id": None}
            print(f"  a form that stands {n} times")
            print(f"    offered after a decision: {measure(partial(offer_repeats, project, actor, **where))}")
            print(
                f"    listed in context:        {measure(partial(read_repeats, project, actor, **where))}", flush=True
            )
        item_id, span_id = accept_one(project, actor, "F0")
        for n in (20, 200):
            start_s = time.perf_counter()
            repeat(project, actor, item_id, span_id, n)
            print(f"  repeated on {n}: {time.perf_counter() - start_s:.2f} s", flush=True)
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


if __name__ == "__main__":
    main()
