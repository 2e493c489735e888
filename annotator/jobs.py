"""The life of a job row: enqueue, claim, heartbeat, end. The row is the truth; the queue only wakes a worker.

No broker brings back a task that was in flight when its worker was killed. So a task carries a job id only, a worker
claims the row by a conditional update, keeps a lease while it works, and rows whose lease has run out are claimed
again.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from annotator.models import Job, Project, User
from annotator.models.jobs import JobQuerySet

TASK_NAME = "annotator.run_job"
TICK_S = 0.5


class LeaseLostError(Exception):
    """Another worker has taken this job over; this one must stop without writing anything more."""


class CancelledError(Exception):
    """Someone asked for this job to be cancelled."""


def worker_name() -> str:
    """This process, as written into the rows that it claims."""
    return f"{socket.gethostname()}:{os.getpid()}"


def create_job(*, kind: Job.Kind, project: Project, actor: User, idempotency_key: str) -> tuple[Job, bool]:
    """Make the row, or find the one with the same key; queue it when the transaction commits.

    Returns:
        The job and whether it is new.
    """
    job, is_new = Job.objects.get_or_create(
        idempotency_key=idempotency_key, defaults={"kind": kind, "project": project, "created_by": actor}
    )
    if is_new:
        wake_after_commit(job.pk)
    return job, is_new


def wake_after_commit(job_id: int) -> None:
    """Tell a worker about a job once the surrounding transaction is committed."""
    transaction.on_commit(lambda: wake(job_id))


def wake(job_id: int) -> None:
    """Tell a worker about a job; harmless when it is already done."""
    current_app.send_task(TASK_NAME, args=[job_id])


def claim(job_id: int) -> Job | None:
    """Take a queued or abandoned job for this process; None when another was faster or nothing is to be done."""
    now = timezone.now()
    n_claimed = (
        Job.objects.claimable(now)
        .filter(pk=job_id)
        .update(
            state=Job.State.RUNNING,
            attempt=F("attempt") + 1,
            worker=worker_name(),
            heartbeat_at=now,
            lease_until=_lease_end(now),
            error_code="",
            error_message="",
        )
    )
    if not n_claimed:
        return None
    Job.objects.filter(pk=job_id, started_at=None).update(started_at=now)
    return Job.objects.select_related("project", "created_by").get(pk=job_id)


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
        """
        given = {"n_done": n_done, "n_total": n_total, "n_failed": n_failed, "stage": stage}
        for name, value in given.items():
            if value is not None:
                setattr(self.job, name, value)
        if time.monotonic() >= self._next_tick or stage is not None:
            self.beat()

    def beat(self) -> None:
        """Write progress and lease now; see `tick`."""
        now = timezone.now()
        job = self.job
        n_updated = self._own_row().update(
            n_done=job.n_done,
            n_total=job.n_total,
            n_failed=job.n_failed,
            stage=job.stage,
            heartbeat_at=now,
            lease_until=_lease_end(now),
        )
        if not n_updated:
            raise LeaseLostError(f"job {job.pk}, attempt {job.attempt}")
        if self._own_row().filter(is_cancel_requested=True).exists():
            raise CancelledError(f"job {job.pk}")
        self._next_tick = time.monotonic() + TICK_S

    def check_lease(self) -> None:
        """Inside a transaction: make sure that this process still owns the job, and hold its row until the commit.

        Raises:
            LeaseLostError: when another worker has the job now; the transaction must be rolled back.
        """
        if not self._own_row().update(heartbeat_at=timezone.now()):
            raise LeaseLostError(f"job {self.job.pk}, attempt {self.job.attempt}")

    def finish(self) -> None:
        """Mark the job done; call it inside the transaction that writes the last of its work."""
        self._end(Job.State.DONE)

    def cancel(self) -> None:
        """Mark the job cancelled."""
        self._end(Job.State.CANCELLED)

    def fail(self, *, code: str, message: str) -> None:
        """Mark the job failed with what went wrong."""
        self._end(Job.State.FAILED, error_code=code, error_message=message)

    def _end(self, state: Job.State, *, error_code: str = "", error_message: str = "") -> None:
        job = self.job
        n_updated = self._own_row().update(
            state=state,
            stage="",
            n_done=job.n_done,
            n_total=job.n_total,
            n_failed=job.n_failed,
            error_code=error_code,
            error_message=error_message,
            lease_until=None,
            finished_at=timezone.now(),
        )
        if not n_updated:
            raise LeaseLostError(f"job {job.pk}, attempt {job.attempt}")

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
        finished_at=None,
        error_code="",
        error_message="",
        lease_until=None,
    )
    if n_updated:
        wake_after_commit(job.pk)
    return bool(n_updated)


def release_dead_leases() -> int:
    """End the leases of processes of this host that are gone, so that their jobs can be taken over at once."""
    host = socket.gethostname()
    now = timezone.now()
    running = Job.objects.filter(state=Job.State.RUNNING, worker__startswith=f"{host}:", lease_until__gte=now)
    dead = [job_id for job_id, worker in running.values_list("pk", "worker") if not _is_alive(worker)]
    return Job.objects.filter(pk__in=dead, state=Job.State.RUNNING).update(lease_until=now - timedelta(seconds=1))


def _is_alive(worker: str) -> bool:
    try:
        os.kill(int(worker.rpartition(":")[2]), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, ValueError):
        return True
    return True


def wake_claimable() -> list[int]:
    """Wake workers for every job that waits or was abandoned; returns their ids."""
    job_ids: Iterable[int] = Job.objects.claimable(timezone.now()).values_list("pk", flat=True)
    woken = list(job_ids)
    for job_id in woken:
        wake(job_id)
    return woken
