"""How long finding takes in a project of many items: the list with its counts, by filter, on SQLite and PostgreSQL.

By hand: `python -m tests.benchmarks.bench_find [--items 100000] [--backends sqlite postgres]`. Items have two source
spans each, two runs over them, a fifth of them reviewed; every figure is the median of five.
"""

from __future__ import annotations

import argparse
import sys

from tests.stack import Stack

FILL = """
import random
from annotator.models import *
from annotator.services.bulk import insert_rows, reserve_ids
from annotator.services.projects import add_labels, create_project
from django.db import connection, transaction
from django.utils import timezone

n = given
draw = random.Random(7)
words = ["harbour", "museum", "council", "ship", "Ärger", "Über", "river", "bridge", "ferry", "crane", "port", "tide"]
names = [a + b for a in ("Bre", "Nor", "Upp", "Tal", "Vin", "Ost") for b in ("men", "dlys", "sala", "linn", "berg")]
now = timezone.now()
owner = User.objects.create_user("owner")
people = [User.objects.create_user(f"reviewer{number}") for number in range(4)]
project = create_project(actor=owner, name="Large", src_lang="en", tgt_langs=("de", "fr"))
labels = list(add_labels(project.layers.get(), names=["PER", "LOC", "ORG", "MISC"]).values())
layer = project.layers.get()
documents = [Document.objects.create(project=project, name=f"document {number}") for number in range(200)]
record = Import.objects.create(project=project, state="done", tgt_lang="de", fingerprint="0" * 64, created_by=owner)
runs = {}
for lang in ("de", "fr"):
    job = Job.objects.create(kind="run", project=project, state="done", idempotency_key=lang, created_by=owner,
                             finished_at=now)
    runs[lang] = Run.objects.create(project=project, job=job, tgt_lang=lang, engine={"de": "hmm", "fr": "fused"}[lang],
                                    is_active=True, created_by=owner)
stamp = now.replace(tzinfo=None) if connection.vendor == "sqlite" else now
with transaction.atomic():
    ids, segments = reserve_ids(Item, n), reserve_ids(Segment, 2 * n)
    spans, reviews = reserve_ids(SourceSpan, 2 * n), reserve_ids(Review, n // 5)
    lang = lambda at: "fr" if at % 3 == 0 else "de"
    state = lambda at: "done" if at % 5 == 0 else "new" if at % 50 == 1 else "open"
    insert_rows(Item, ["id", "project", "document", "imported_by", "external_id", "tgt_lang", "position", "state",
                       "confidence", "shuffle_key", "disagreement"],
                ((ids[at], project.pk, documents[at % 200].pk, record.pk, f"i{at}", lang(at), at, state(at),
                  draw.random(), draw.random(), max(0, round(draw.random() * 2 - 1, 2))) for at in range(n)))
    text = lambda: " ".join(draw.choices(words + names, k=18))
    insert_rows(Segment, ["id", "item", "side", "lang", "position", "text"],
                ((segments[at], ids[at // 2], ("source", "target")[at % 2], ("en", lang(at // 2))[at % 2], at % 2,
                  text()) for at in range(2 * n)))
    insert_rows(SourceSpan, ["id", "item", "segment", "layer", "label", "key", "intervals", "start_char", "end_char",
                             "surface", "position"],
                ((spans[at], ids[at // 2], segments[at // 2 * 2], layer.pk, labels[min(int(draw.expovariate(1)), 3)].pk,
                  f"s{at % 2}", "[[0, 3]]", 0, 3, draw.choice(names), at % 2) for at in range(2 * n)))
    insert_rows(Candidate, ["run", "item", "source_span", "rank", "label", "segment", "intervals", "start_char",
                            "end_char", "surface", "score"],
                ((runs[lang(at // 2)].pk, ids[at // 2], spans[at], 0, labels[0].pk, segments[at // 2 * 2 + 1],
                  "[[0, 3]]", 0, 3, draw.choice(names), draw.random()) for at in range(2 * n)))
    insert_rows(Review, ["id", "item", "reviewer", "state", "created_at"],
                ((reviews[at], ids[at * 5], people[at % 4].pk, "done", stamp) for at in range(n // 5)))
    done = [(at, spans[at // 2 * 10 + at % 2]) for at in range(2 * (n // 5))]
import uuid
for start in range(0, len(done), 5000):
    Annotation.objects.bulk_create(
        Annotation(review_id=reviews[at // 2], item_id=ids[at // 2 * 5], layer=layer, source_span_id=span,
                   state="accepted", label=labels[at % 4], segment_id=segments[at // 2 * 10 + 1], intervals=[[0, 3]],
                   start_char=0, end_char=3, surface=draw.choice(names)) for at, span in done[start:start + 5000])
marked = range(0, n, 50)
TranslationMark.objects.bulk_create(
    TranslationMark(segment_id=segments[2 * at + 1], reviewer=people[0], errors=[["omission", "addition"][at % 2]])
    for at in marked)
Thread.objects.bulk_create(Thread(project=project, item_id=ids[at], created_by=people[0]) for at in marked)
with connection.cursor() as cursor:
    cursor.execute("ANALYZE")
result = project.pk
"""
MEASURE = """
import statistics, time
from django.db import connection
from annotator.models import Project
from annotator.queries.item_facets import count_facets
from annotator.queries.item_filter import filter_items, read_item_filter
from annotator.queries.items import with_texts

project_id, params = given
project = Project.objects.get(pk=project_id)
wanted, problems = read_item_filter(params)
times = {"list": [], "counts": []}
for turn in range(6):
    connection.queries_log.clear()
    start = time.perf_counter()
    rows = list(with_texts(filter_items(project, wanted)).order_by("tgt_lang", "position", "pk")[:50])
    listed = time.perf_counter()
    found = count_facets(project, wanted)
    counted = time.perf_counter()
    if turn:
        times["list"].append(listed - start)
        times["counts"].append(counted - listed)
result = {"n": found.n_items, **{name: round(1000 * statistics.median(each)) for name, each in times.items()}}
"""
FILTERS = (
    {},
    {"lang": "de"},
    {"state": "open", "lang": "de"},
    {"label": "ORG"},
    {"label": "LOC", "state": "done"},
    {"score_min": "0.2", "score_max": "0.3"},
    {"disagreement": "0.5"},
    {"reviewer": "reviewer1"},
    {"error": "omission"},
    {"comment": "open"},
    {"text": "harbour museum"},
    {"text": "talsala", "side": "target"},
    {"text": "ärger"},
    {"form": "Bremen", "label": "LOC"},
    {"document": "document 7"},
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--backends", nargs="+", default=["sqlite", "postgres"])
    args = parser.parse_args()
    for backend in args.backends:
        stack = Stack(backend, has_servers=False)
        try:
            project_id = stack.python(FILL, args.items)
            for params in FILTERS:
                found = stack.python(MEASURE, [project_id, params])
                times = f"list {found['list']:5} ms  counts {found['counts']:5} ms"
                line = f"{backend:9} {times}  {found['n']:7} items  {params}"
                sys.stdout.write(line + "\n")
                sys.stdout.flush()
        finally:
            stack.stop()


if __name__ == "__main__":
    main()
