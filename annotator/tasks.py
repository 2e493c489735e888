"""The Celery task, one more caller of the services, and the watch that each worker keeps over waiting jobs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection
from typing import Any

from celery import shared_task
from celery.signals import worker_ready, worker_shutting_down
from django.db import DatabaseError, close_old_connections

from annotator import jobs
from annotator.errors import ServiceError
from annotator.models import Job
from annotator.services import exports, gold_rules, imports, run_order, runs, tallies, trials, voting
from projection.errors import ProjectionError

logger = logging.getLogger(__name__)

Executor = Callable[[jobs.JobControl], None]

EXECUTORS: dict[str, Executor] = {
    Job.Kind.IMPORT: imports.execute_import,
    Job.Kind.RUN: runs.execute_run,
    Job.Kind.EXPORT: exports.execute_export,
    Job.Kind.BULK: gold_rules.execute_bulk,
    Job.Kind.ORDER: run_order.execute_order,
    Job.Kind.VOTE: voting.execute_vote,
    Job.Kind.TALLY: tallies.execute_tally,
    Job.Kind.TRIAL: trials.execute_trial,
}
WATCH_EVERY_S = 10.0
REWAKE_AFTER_S = 60.0

_is_working = threading.Event()


@shared_task(name=jobs.TASK_NAME)
def run_job(job_id: int) -> None:
    """Do one job, if it is still to be done."""
    job = jobs.claim(job_id)
    if job is None:
        return
    control = jobs.JobControl(job)
    _is_working.set()
    try:
        with control.keep_lease():
            _attempt(EXECUTORS[job.kind], control=control)
    except jobs.LeaseLostError:
        logger.warning("job %d was taken over by another worker", job_id)
    finally:
        _is_working.clear()


def _attempt(execute: Executor, *, control: jobs.JobControl) -> None:
    try:
        execute(control)
    except jobs.LeaseLostError:
        raise
    except jobs.CancelledError:
        control.cancel()
    except jobs.StoppedError:
        control.release()
    except (ServiceError, ProjectionError) as err:
        control.fail(code=err.problem.code, message=str(err.problem))
        raise
    except Exception as err:
        control.fail(code="internal-error", message=_explain(err))
        raise


def _explain(err: Exception) -> str:
    # The name of the error only: its words may hold texts of items.
    return f"Something went wrong inside ({type(err).__name__}). See the log of the worker, then resume the job."


class Watch:
    """Looks, while its worker is idle, for jobs that wait without a message in the queue or whose worker has died."""

    def __init__(self, *, queues: Collection[str]) -> None:
        self.queues = queues
        self._woken_at: dict[int, float] = {}

    def run(self) -> None:
        """Look every few seconds, for as long as the worker lives."""
        while True:
            try:
                self.look()
            except DatabaseError:
                logger.warning("the watch could not read the jobs", exc_info=True)
            close_old_connections()
            time.sleep(WATCH_EVERY_S)

    def look(self) -> list[int]:
        """Free the jobs of dead processes and wake what waits; returns the ids of the jobs woken.

        Only an idle worker wakes: it empties its queue at once, so that messages never pile up behind a long job.
        """
        jobs.release_dead_leases()
        if _is_working.is_set():
            return []
        claimable = jobs.list_claimable(queues=self.queues)
        now = time.monotonic()
        recently = {job_id: at for job_id, at in self._woken_at.items() if now - at < REWAKE_AFTER_S}
        fresh = [(job_id, queue) for job_id, queue in claimable if job_id not in recently]
        for job_id, queue in fresh:
            jobs.wake(job_id, queue=queue)
        self._woken_at = recently | {job_id: now for job_id, _ in fresh}
        return [job_id for job_id, _ in fresh]


@worker_ready.connect
def start_watch(sender: Any, **kwargs: Any) -> None:
    """Start the watch of this worker."""
    del kwargs
    watch = Watch(queues=frozenset(sender.app.amqp.queues.consume_from))
    threading.Thread(target=watch.run, daemon=True, name="watch").start()


@worker_shutting_down.connect
def stop_jobs(**kwargs: Any) -> None:
    """Let the job in work stop at its next tick, so that stopping a worker takes a moment only."""
    del kwargs
    jobs.stop_soon()
