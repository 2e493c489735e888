"""How long an import takes, and how much memory and how many queries; run it by hand:

    DATABASE_URL=postgresql://user@host/name python tests/benchmarks/bench_import.py [pairs] [plain|conll]

Without DATABASE_URL it uses an SQLite file. It makes a scratch database next to the given one and drops it at the end.
The sentences are put together from a list of words, so they say nothing, but have the lengths of news text.
"""

# ruff: noqa: E402 (Django is set up before its models are imported)
from __future__ import annotations

import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="crossgloss-bench-"))
os.environ.setdefault("CELERY_BROKER_URL", "memory://")

import django

django.setup()

from django.core.files.base import ContentFile
from django.db import connection
from django.db.models import F
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotator import jobs
from annotator.models import Item, Job, Project, SourceSpan
from annotator.services import imports
from annotator.services.imports import ImportChoice, ImportSpec, Upload
from tests.annotator.factories import make_project, make_run

WORDS = ("harbour", "ferry", "council", "morning", "letter", "grey", "window", "bridge", "never", "slowly", "winter")
TGT_WORDS = ("Hafen", "Fähre", "Rat", "Morgen", "Brief", "grau", "Fenster", "Brücke", "nie", "langsam", "Winter")
NAMES = (("PER", "Ada Brandt"), ("LOC", "Uppsala"), ("ORG", "Nordlys Line"))


def make_pair(random_: random.Random, number: int) -> tuple[list[tuple[str, str]], list[str]]:
    """Tagged source tokens and target tokens: about 20 tokens and one name."""
    length = random_.randint(8, 30)
    source = [(word, "O") for word in random_.choices(WORDS, k=length)]
    target = random_.choices(TGT_WORDS, k=length)
    label, name = NAMES[number % len(NAMES)]
    words = name.split()
    place = random_.randrange(length)
    source[place:place] = [(word, f"{'BI'[k > 0]}-{label}") for k, word in enumerate(words)]
    target[place:place] = words
    return [*source, (".", "O")], [*target, "."]


def make_files(n_pairs: int, target_format: str) -> tuple[bytes, bytes]:
    random_ = random.Random(7)
    sources, targets = [], []
    for number in range(n_pairs):
        source, target = make_pair(random_, number)
        head = f"# newdoc id = d{number // 50}\n" if number % 50 == 0 else ""
        sources.append(f"{head}# sent_id = s{number}\n" + "".join(f"{word}\t{tag}\n" for word, tag in source))
        if target_format == "conll":
            targets.append(f"# sent_id = s{number}\n" + "".join(f"{word}\tO\n" for word in target))
        else:
            targets.append(" ".join(target))
    return "\n".join(sources).encode(), "\n".join(targets).encode() + b"\n"


class Clock:
    """Seconds of the clock and of this process in each stage of the job, told by its progress reports."""

    def __init__(self, control: jobs.JobControl) -> None:
        self.stages: dict[str, tuple[float, float]] = {}
        self.stage, self.since = "", now()
        tick = control.tick

        def timed(**progress: object) -> None:
            if progress.get("stage"):
                self.change(str(progress["stage"]))
            tick(**progress)

        control.tick = timed

    def change(self, stage: str) -> None:
        if self.stage:
            self.stages[self.stage] = since(self.since)
        self.stage, self.since = stage, now()


def now() -> tuple[float, float]:
    return time.monotonic(), time.process_time()


def since(start: tuple[float, float]) -> tuple[float, float]:
    end = now()
    return end[0] - start[0], end[1] - start[1]


def show(name: str, seconds: tuple[float, float], n_pairs: int) -> None:
    wall, cpu = seconds
    print(f"  {name:24}{wall:7.1f} s ({cpu:5.1f} s in this process) {n_pairs / wall:9.0f} pairs/s")


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_import(n_pairs: int, target_format: str) -> None:
    source, target = make_files(n_pairs, target_format)
    print(
        f"{connection.vendor}: {n_pairs} pairs, source {len(source) / 1e6:.1f} MB CoNLL, "
        f"target {len(target) / 1e6:.1f} MB {target_format}"
    )
    project = make_project()
    files = [
        Upload("source", "source.conll", ContentFile(source)),
        Upload("target", f"target.{target_format}", ContentFile(target)),
    ]
    record = imports.start_import(
        project=project, actor=project.created_by, tgt_lang="de", files=files, spec=ImportSpec()
    )
    if not record.report:
        started = now()
        imports.execute_import(jobs.JobControl(jobs.claim(record.job_id)))
        show("check by a job", since(started), n_pairs)
    record.refresh_from_db()
    del source, target, files
    job = imports.confirm_import(import_record=record, actor=project.created_by, choice=ImportChoice(bad_rows="skip"))
    measure(job, n_pairs)
    open_queue(project)


def open_queue(project: Project) -> None:
    """Time and queries of the review page and of one decision, with all items waiting and scored at random."""
    make_run(project)
    Item.objects.update(state=Item.State.OPEN, confidence=F("shuffle_key"), priority=F("shuffle_key"))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(project.created_by)
    page = reverse("review-show", args=[project.pk])
    claim = {"n": 6, "lang": "de", "order": "unsure", "state": "open"}
    requests: dict[str, Callable[[], HttpResponse]] = {
        "review page": lambda: client.get(page),
        "review page, one language": lambda: client.get(f"{page}?lang=de"),
        "claim of six items": lambda: client.post(f"{page}claim/", claim, content_type="application/json"),
        "list of items": lambda: client.get(reverse("item-list", args=[project.pk])),
        "overview": lambda: client.get(reverse("project-detail", args=[project.pk])),
    }
    for name, ask in requests.items():
        ask()
        with CaptureQueriesContext(connection) as queries:
            started = time.perf_counter()
            status = ask().status_code
            print(f"  {name}: {1000 * (time.perf_counter() - started):.0f} ms, {len(queries)} queries, status {status}")


def measure(job: Job, n_pairs: int) -> None:
    before_mb = peak_mb()
    control = jobs.JobControl(jobs.claim(job.pk))
    clock = Clock(control)
    started = now()
    with CaptureQueriesContext(connection) as queries:
        imports.execute_import(control)
    clock.change("end")
    for stage, seconds in clock.stages.items():
        show(stage, seconds, n_pairs)
    show("job in all", since(started), n_pairs)
    print(
        f"  queries {len(queries)}, of them progress reports {sum('heartbeat_at' in q['sql'] for q in queries)}; "
        f"peak memory {peak_mb():.0f} MB (before the job {before_mb:.0f} MB)"
    )
    print(f"  items {Item.objects.count()}, source spans {SourceSpan.objects.count()}")


def main() -> None:
    n_pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    formats = sys.argv[2:] or ["plain", "conll"]
    for target_format in formats:
        name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            run_import(n_pairs, target_format)
        finally:
            connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
            connection.settings_dict["NAME"] = name


if __name__ == "__main__":
    main()
