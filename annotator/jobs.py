"""The life of a job row: enqueue, claim, heartbeat, end. The row is the truth; the queue only wakes a worker.

No broker brings back a task that was in flight when its worker was killed. So a task carries a job id only, a worker
claims the row by a conditional update, keeps a lease while it works, and rows whose lease has run out are claimed
again.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from celery import current_app
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection, transaction
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from annotator.models import Job, Project, User
from annotator.models.jobs import JobQuerySet

logger = logging.getLogger(__name__)

TASK_NAME = "annotator.run_job"
TICK_S = 0.5
# A job at which so many workers died, one after the other and without getting further, is given up.
MAX_TAKEOVERS = 5

_stopping = threading.Event()


class LeaseLostError(Exception):
    """Another worker has taken this job over; this one must stop without writing anything more."""


class CancelledError(Exception):
    """Someone asked for this job to be cancelled."""


class StoppedError(Exception):
    """This worker is to stop; the job goes back into the queue and on from where it is."""


def stop_soon() -> None:
    """Make the jobs of this process stop at their next tick and go back into the queue."""
    _stopping.set()


def worker_name() -> str:
    """This process, as written into the rows that it claims: host, process and when the process started."""
    pid = os.getpid()
    return f"{socket.gethostname()}:{pid}:{_started_at(pid)}"


def _started_at(pid: int) -> str:
    """When a process started, in ticks since the machine did; "" where that cannot be known, or it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    state, started_at = fields[0], fields[19]
    return "" if state in "ZX" else started_at


def create_job(
    *,
    kind: Job.Kind,
    project: Project,
    actor: User,
    idempotency_key: str,
    queue: str = Job.Queue.CPU,
) -> tuple[Job, bool]:
    """Make the row, or find the one with the same key; queue it when the transaction commits.

    Returns:
        The job and whether it is new.
    """
    job, is_new = Job.objects.get_or_create(
        idempotency_key=idempotency_key,
        defaults={"kind": kind, "project": project, "created_by": actor, "queue": queue},
    )
    if is_new:
        wake_after_commit(job)
    return job, is_new


def wake_after_commit(job: Job) -> None:
    """Tell a worker about a job once the surrounding transaction is committed."""
    transaction.on_commit(lambda: wake(job.pk, queue=job.queue))


def wake(job_id: int, *, queue: str) -> None:
    """Tell a worker about a job; harmless when it is already done.

    A queue that cannot be reached is no error here: the row waits, and workers look for waiting rows themselves.
    """
    try:
        current_app.send_task(TASK_NAME, args=[job_id], queue=queue)
    except (BrokerError, OSError):
        logger.warning("job %d waits: the queue cannot be reached", job_id, exc_info=True)


def claim(job_id: int) -> Job | None:
    """Take a queued or abandoned job for this process; None when another was faster or nothing is to be done."""
    now = timezone.now()
    claimable = Job.objects.claimable(now).filter(pk=job_id)
    _give_up(claimable)
    idle_since = claimable.values_list("heartbeat_at", flat=True).first()
    with transaction.atomic():
        n_claimed = claimable.update(
            state=Job.State.RUNNING,
            attempt=F("attempt") + 1,
            n_takeovers=Case(When(state=Job.State.RUNNING, then=F("n_takeovers") + 1), default=Value(0)),
            stood_still_s=F("stood_still_s") + ((now - idle_since).total_seconds() if idle_since else 0.0),
            worker=worker_name(),
            heartbeat_at=now,
            lease_until=_lease_end(now),
            error_code="",
            error_message="",
        )
        if not n_claimed:
            return None
        Job.objects.filter(pk=job_id, started_at=None).update(started_at=now)
        return Job.objects.select_related("project", "created_by").get(pk=job_id)


def _give_up(claimable: JobQuerySet) -> None:
    n_failed = claimable.filter(state=Job.State.RUNNING, n_takeovers__gte=MAX_TAKEOVERS).update(
        state=Job.State.FAILED,
        error_code="worker-died",
        error_message=f"{MAX_TAKEOVERS + 1} workers died at this job without getting further; the memory may be too "
        "small for it. See the log of the worker, then resume the job.",
        lease_until=None,
        finished_at=timezone.now(),
    )
    if n_failed:
        logger.error("a job was given up: workers keep dying at it")


def _lease_end(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.JOB_LEASE_S)


class JobControl:
    """What a working service holds of its job: it reports progress, keeps the lease and learns of cancellation."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._next_tick = 0.0

    def tick(
        self,
        *,
        n_done: int | None = None,
        n_total: int | None = None,
        n_failed: int | None = None,
        stage: str | None = None,
    ) -> None:
        """Report progress and keep the lease; cheap to call often, since it writes at most twice a second.

        Raises:
            LeaseLostError: when another worker has the job now.
            CancelledError: when the job is to be cancelled.
            StoppedError: when this worker is to stop.
        """
        is_new_stage = stage is not None and stage != self.job.stage
        given = {"n_done": n_done, "n_total": n_total, "n_failed": n_failed, "stage": stage}
        for name, value in given.items():
            if value is not None:
                setattr(self.job, name, value)
        if is_new_stage or time.monotonic() >= self._next_tick:
            self.beat()

    def beat(self) -> None:
        """Write progress and lease now; see `tick`."""
        job = self.job
        now = timezone.now()
        n_updated = self._own_row().update(**self._progress(), heartbeat_at=now, lease_until=_lease_end(now))
        if not n_updated:
            raise LeaseLostError(f"job {job.pk}, attempt {job.attempt}")
        if self._own_row().filter(is_cancel_requested=True).exists():
            raise CancelledError(f"job {job.pk}")
        if _stopping.is_set():
            raise StoppedError(f"job {job.pk}")
        self._next_tick = time.monotonic() + TICK_S

    def check_lease(self) -> None:
        """Inside a transaction: make sure that this process still owns the job, and hold its row until the commit.

        Whoever cancels from then on comes too late, and is told so.

        Raises:
            LeaseLostError: when another worker has the job now; the transaction must be rolled back.
            CancelledError: when the job is to be cancelled; the transaction must be rolled back.
        """
        now = timezone.now()
        wanted = self._own_row().filter(is_cancel_requested=False)
        if wanted.update(heartbeat_at=now, lease_until=_lease_end(now), n_takeovers=0):
            return
        if self._own_row().exists():
            raise CancelledError(f"job {self.job.pk}")
        raise LeaseLostError(f"job {self.job.pk}, attempt {self.job.attempt}")

    @contextmanager
    def keep_lease(self) -> Iterator[None]:
        """Keep the lease from a second thread, for as long as the block runs and this process lives.

        So a step that takes longer than the lease and cannot report progress is not taken over.
        """
        is_over = threading.Event()
        thread = threading.Thread(target=self._prolong_until, args=[is_over], daemon=True, name="lease")
        thread.start()
        try:
            yield
        finally:
            is_over.set()

    def _prolong_until(self, is_over: threading.Event) -> None:
        while not is_over.wait(settings.JOB_LEASE_S / 4):
            now = timezone.now()
            try:
                if not self._own_row().update(heartbeat_at=now, lease_until=_lease_end(now)):
                    break
            except DatabaseError:
                logger.warning("job %d: could not prolong the lease", self.job.pk, exc_info=True)
                close_old_connections()
        connection.close()

    def finish(self) -> None:
        """Mark the job done; call it inside the transaction that writes the last of its work."""
        self._end(Job.State.DONE)

    def cancel(self) -> None:
        """Mark the job cancelled."""
        self._end(Job.State.CANCELLED)

    def fail(self, *, code: str, message: str) -> None:
        """Mark the job failed with what went wrong."""
        self._end(Job.State.FAILED, error_code=code, error_message=message)

    def release(self) -> None:
        """Give the job back: it waits, keeping what it has done."""
        ended = {"state": Job.State.QUEUED, "lease_until": None, "heartbeat_at": timezone.now()}
        if not self._own_row().update(**self._progress(), **ended):
            raise LeaseLostError(f"job {self.job.pk}, attempt {self.job.attempt}")

    def _end(self, state: Job.State, *, error_code: str = "", error_message: str = "") -> None:
        self.job.stage = ""
        now = timezone.now()
        n_updated = self._own_row().update(
            **self._progress(),
            state=state,
            error_code=error_code,
            error_message=error_message,
            lease_until=None,
            heartbeat_at=now,
            finished_at=now,
        )
        if not n_updated:
            raise LeaseLostError(f"job {self.job.pk}, attempt {self.job.attempt}")

    def _progress(self) -> dict[str, int | str]:
        job = self.job
        return {"n_done": job.n_done, "n_total": job.n_total, "n_failed": job.n_failed, "stage": job.stage}

    def _own_row(self) -> JobQuerySet:
        return Job.objects.filter(pk=self.job.pk, attempt=self.job.attempt, state=Job.State.RUNNING)


def request_cancel(job: Job) -> bool:
    """Cancel a queued job at once and ask a running one to stop; False when it had ended."""
    now = timezone.now()
    if Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(state=Job.State.CANCELLED, finished_at=now):
        return True
    return bool(Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(is_cancel_requested=True))


def requeue(job: Job) -> bool:
    """Queue a cancelled or failed job again, keeping what it has done; False when it is neither."""
    ended = [Job.State.CANCELLED, Job.State.FAILED]
    n_updated = Job.objects.filter(pk=job.pk, state__in=ended).update(
        state=Job.State.QUEUED,
        is_cancel_requested=False,
        n_takeovers=0,
        finished_at=None,
        error_code="",
        error_message="",
        lease_until=None,
    )
    if n_updated:
        wake_after_commit(job)
    return bool(n_updated)


def release_dead_leases() -> int:
    """End the leases of processes of this host that are gone, so that their jobs can be taken over at once."""
    now = timezone.now()
    running = Job.objects.filter(
        state=Job.State.RUNNING, worker__startswith=f"{socket.gethostname()}:", lease_until__gte=now
    )
    # Each with the worker that was found dead: in between, a living one may have taken the job over.
    dead = [Q(pk=job_id, worker=worker) for job_id, worker in running.values_list("pk", "worker") if not _lives(worker)]
    return sum(
        Job.objects.filter(found, state=Job.State.RUNNING).update(lease_until=now - timedelta(seconds=1))
        for found in dead
    )


def _lives(worker: str) -> bool:
    _, pid, started_at = worker.rsplit(":", 2)
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _started_at(int(pid)) == started_at


def list_claimable(*, queues: Collection[str]) -> list[tuple[int, str]]:
    """Id and queue of every job that waits or was abandoned, oldest first."""
    jobs = Job.objects.claimable(timezone.now()).filter(queue__in=queues)
    return list(jobs.order_by("pk").values_list("pk", "queue"))
