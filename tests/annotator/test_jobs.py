"""The life of job rows: one claimer wins, dead workers are followed, living ones learn that they lost."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError

from annotator import jobs, tasks
from annotator.errors import bad_request
from annotator.jobs import CancelledError, JobControl, LeaseLostError, StoppedError
from annotator.models import Event, Job
from annotator.services.jobs import cancel_job, resume_job
from tests.annotator.factories import make_project
from tests.stack import Stack, missing_services

MAKE_JOB = """
from annotator.models import Job
from annotator.services.projects import create_project
from annotator.models import User
user = User.objects.create_user("ann")
project = create_project(actor=user, name="Races", src_lang="en", tgt_langs=("de",))
result = Job.objects.create(kind="run", project=project, created_by=user, idempotency_key="race").pk
"""
# All processes are up and connected before the moment at which they claim.
CLAIM = """
import time
from annotator import jobs
from annotator.models import Job
Job.objects.count()
time.sleep(max(0, given["at"] - time.time()))
job = jobs.claim(given["id"])
result = None if job is None else job.attempt
"""
EXPIRE = """
from annotator.models import Job
from django.utils import timezone
Job.objects.update(lease_until=timezone.now() - timezone.timedelta(seconds=1))
"""


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """What was put into the queue: job id and name of the queue."""
    calls: list[tuple[int, str]] = []
    monkeypatch.setattr(
        jobs.current_app, "send_task", lambda _, *, args, queue: calls.append((args[0], queue)), raising=False
    )
    return calls


def make_job(**fields: object) -> Job:
    project = make_project()
    number = Job.objects.count()
    return Job.objects.create(
        **{
            "kind": "run",
            "project": project,
            "created_by": project.created_by,
            "idempotency_key": f"job{number}",
            **fields,
        }
    )


def claim_control(job: Job) -> JobControl:
    claimed = jobs.claim(job.pk)
    assert claimed is not None
    return JobControl(claimed)


def expire(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.services)])
def database(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """A database of its own, a real file or a real server, for several processes at once."""
    reason = missing_services() if request.param == "postgres" else ""
    if reason:
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    stack = Stack(request.param, has_servers=False)
    yield stack
    stack.stop()


def test_of_several_processes_that_claim_at_once_one_wins(database: Stack) -> None:
    job_id = database.python(MAKE_JOB)
    for expected_attempt in (1, 2):
        given = {"id": job_id, "at": time.time() + 4}
        claimers = [database.start_python(CLAIM, given) for _ in range(4)]
        results = [claimer.wait() for claimer in claimers]
        assert sorted(results, key=str) == [expected_attempt, None, None, None]
        database.python(EXPIRE)


@pytest.mark.django_db
class TestCreate:
    def test_the_same_key_gives_the_same_job_and_queues_it_once(
        self, sent: list[tuple[int, str]], django_capture_on_commit_callbacks: object
    ) -> None:
        project = make_project()
        given = {"kind": Job.Kind.RUN, "project": project, "actor": project.created_by, "idempotency_key": "k"}
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
            first, is_new = jobs.create_job(**given, queue="gpu")  # type: ignore[arg-type]
            second, is_new_again = jobs.create_job(**given)  # type: ignore[arg-type]
            assert sent == []
        assert (first.pk, is_new, is_new_again) == (second.pk, True, False)
        assert sent == [(first.pk, "gpu")]

    def test_a_queue_that_is_away_loses_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*args: object, **kwargs: object) -> None:
            raise OperationalError("no route")

        monkeypatch.setattr(jobs.current_app, "send_task", fail, raising=False)
        job = make_job()
        jobs.wake(job.pk, queue="cpu")
        assert jobs.list_claimable(queues=["cpu"]) == [(job.pk, "cpu")]


@pytest.mark.django_db
class TestClaim:
    def test_a_claimed_job_is_not_claimed_again(self) -> None:
        job = make_job()
        control = claim_control(job)
        assert control.job.attempt == 1
        assert control.job.state == Job.State.RUNNING
        assert control.job.started_at is not None
        assert jobs.claim(job.pk) is None

    def test_a_job_whose_lease_ran_out_is_taken_over_and_keeps_its_start(self) -> None:
        job = make_job()
        first = claim_control(job)
        expire(job)
        second = claim_control(job)
        assert (second.job.attempt, second.job.n_takeovers) == (2, 1)
        assert second.job.started_at == first.job.started_at

    @pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
    def test_an_ended_job_is_not_claimed(self, state: str) -> None:
        assert jobs.claim(make_job(state=state, finished_at=timezone.now()).pk) is None

    def test_a_job_that_kills_its_workers_is_given_up(self) -> None:
        job = make_job()
        for _ in range(6):
            assert jobs.claim(job.pk) is not None
            expire(job)
        assert jobs.claim(job.pk) is None
        job.refresh_from_db()
        assert (job.state, job.error_code) == ("failed", "worker-died")

    def test_a_job_that_gets_further_each_time_is_not_given_up(self) -> None:
        job = make_job()
        for attempt in range(1, 10):
            control = claim_control(job)
            assert control.job.attempt == attempt
            control.check_lease()
            expire(job)


@pytest.mark.django_db
class TestControl:
    def test_progress_is_written_and_the_lease_prolonged(self, settings: object) -> None:
        settings.JOB_LEASE_S = 100  # type: ignore[attr-defined]
        control = claim_control(make_job())
        control.tick(n_done=3, n_total=7, n_failed=1, stage="projecting")
        row = Job.objects.get(pk=control.job.pk)
        assert (row.n_done, row.n_total, row.n_failed, row.stage) == (3, 7, 1, "projecting")
        assert row.lease_until is not None
        assert 95 < (row.lease_until - timezone.now()).total_seconds() <= 100
        assert row.percent == 42

    def test_ticks_write_twice_a_second_at_most(self, django_assert_num_queries: object) -> None:
        control = claim_control(make_job())
        control.tick(n_done=1)
        with django_assert_num_queries(0):  # type: ignore[operator]
            for n_done in range(100):
                control.tick(n_done=n_done)

    def test_a_write_that_was_cancelled_just_before_is_not_begun(self) -> None:
        control = claim_control(make_job())
        jobs.request_cancel(control.job)
        with pytest.raises(CancelledError):
            control.check_lease()

    @pytest.mark.parametrize("step", ["beat", "check_lease", "finish", "cancel", "release"])
    def test_the_old_worker_of_a_job_taken_over_changes_nothing(self, step: str) -> None:
        job = make_job()
        old = claim_control(job)
        expire(job)
        new = claim_control(job)
        new.tick(n_done=5, stage="by the new one")
        old.job.n_done = 99
        with pytest.raises(LeaseLostError):
            getattr(old, step)()
        row = Job.objects.get(pk=job.pk)
        assert (row.state, row.n_done, row.stage) == ("running", 5, "by the new one")
        new.finish()
        assert Job.objects.get(pk=job.pk).state == "done"

    def test_a_worker_learns_of_the_cancellation_at_its_next_beat(self) -> None:
        control = claim_control(make_job())
        assert jobs.request_cancel(control.job) is True
        with pytest.raises(CancelledError):
            control.beat()

    def test_a_worker_that_is_to_stop_learns_it_at_its_next_beat(self) -> None:
        control = claim_control(make_job())
        jobs.stop_soon()
        try:
            with pytest.raises(StoppedError):
                control.beat()
        finally:
            jobs._stopping.clear()

    @pytest.mark.django_db(transaction=True)
    def test_a_long_step_keeps_its_lease(self, settings: object) -> None:
        control = claim_control(make_job())
        settings.JOB_LEASE_S = 2  # type: ignore[attr-defined]
        before = Job.objects.get(pk=control.job.pk).heartbeat_at
        with control.keep_lease():
            time.sleep(1.2)
        after = Job.objects.get(pk=control.job.pk).heartbeat_at
        assert before is not None
        assert after is not None
        assert after > before


@pytest.mark.django_db
class TestCancelAndResume:
    def test_a_waiting_job_is_cancelled_at_once_and_leaves_an_event(self) -> None:
        job = make_job()
        cancel_job(job=job, actor=job.created_by)
        job.refresh_from_db()
        assert job.state == "cancelled"
        assert Event.objects.filter(kind="job-cancelled", subject_id=str(job.pk)).count() == 1
        assert jobs.claim(job.pk) is None

    def test_an_ended_job_cannot_be_cancelled(self) -> None:
        job = make_job(state="done", finished_at=timezone.now())
        with pytest.raises(Exception, match="had ended"):
            cancel_job(job=job, actor=job.created_by)
        assert not Event.objects.filter(kind="job-cancelled").exists()

    def test_a_cancelled_job_goes_on_when_it_is_resumed(
        self, sent: list[tuple[int, str]], django_capture_on_commit_callbacks: object
    ) -> None:
        control = claim_control(make_job())
        control.tick(n_done=4, n_total=9)
        jobs.request_cancel(control.job)
        control.cancel()
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
            resume_job(job=control.job, actor=control.job.created_by)
        again = jobs.claim(control.job.pk)
        assert again is not None
        assert (again.attempt, again.n_done, again.is_cancel_requested, again.finished_at) == (2, 4, False, None)
        assert sent == [(control.job.pk, "cpu")]

    def test_the_time_that_a_job_stood_still_is_not_counted(self) -> None:
        job = make_job()
        control = claim_control(job)
        control.cancel()
        now = timezone.now()
        # Worked for 90 s, was cancelled, and is taken up again 300 s later.
        Job.objects.filter(pk=job.pk).update(
            started_at=now - timedelta(seconds=390),
            heartbeat_at=now - timedelta(seconds=300),
            finished_at=now - timedelta(seconds=300),
        )
        job.refresh_from_db()
        assert job.elapsed == "1 min 30 s"
        jobs.requeue(job)
        job.refresh_from_db()
        assert job.elapsed == "1 min 30 s"
        again = claim_control(job)
        assert again.job.stood_still_s == pytest.approx(300, abs=5)
        again.finish()
        job.refresh_from_db()
        assert job.elapsed in {"1 min 30 s", "1 min 31 s"}

    def test_a_moment_is_less_than_a_second(self) -> None:
        job = make_job()
        assert job.elapsed == ""
        claim_control(job).finish()
        job.refresh_from_db()
        assert job.elapsed == "less than a second"

    @pytest.mark.parametrize("state", ["queued", "done"])
    def test_only_failed_and_cancelled_jobs_are_resumed(self, state: str) -> None:
        job = make_job(state=state, finished_at=timezone.now() if state == "done" else None)
        with pytest.raises(Exception, match="Only what has failed"):
            resume_job(job=job, actor=job.created_by)


@pytest.mark.django_db
class TestDeadWorkers:
    def test_a_job_of_a_process_that_is_gone_is_free_at_once(self) -> None:
        control = claim_control(make_job())
        gone = f"{socket.gethostname()}:{2**22 + 1}:12345"
        Job.objects.filter(pk=control.job.pk).update(worker=gone)
        assert jobs.release_dead_leases() == 1
        assert jobs.claim(control.job.pk) is not None

    def test_a_job_of_a_living_process_is_left_alone(self) -> None:
        control = claim_control(make_job())
        assert jobs.release_dead_leases() == 0
        assert jobs.claim(control.job.pk) is None

    def test_another_process_with_the_same_number_is_not_the_worker(self) -> None:
        control = claim_control(make_job())
        Job.objects.filter(pk=control.job.pk).update(worker=f"{socket.gethostname()}:{os.getpid()}:1")
        assert jobs.release_dead_leases() == 1

    def test_a_process_of_another_host_is_left_alone(self) -> None:
        control = claim_control(make_job())
        Job.objects.filter(pk=control.job.pk).update(worker=f"elsewhere:{2**22 + 1}:12345")
        assert jobs.release_dead_leases() == 0


@pytest.mark.django_db(transaction=True)
class TestTask:
    @pytest.fixture
    def execute(self, monkeypatch: pytest.MonkeyPatch) -> object:
        def use(function: object) -> None:
            monkeypatch.setitem(tasks.EXECUTORS, Job.Kind.RUN, function)

        return use

    def test_a_job_is_done_once(self, execute: object) -> None:
        done: list[int] = []

        def work(control: JobControl) -> None:
            done.append(control.job.pk)
            control.finish()

        execute(work)  # type: ignore[operator]
        job = make_job()
        tasks.run_job(job.pk)
        tasks.run_job(job.pk)
        assert done == [job.pk]
        assert Job.objects.get(pk=job.pk).state == "done"

    def test_a_fault_of_the_user_is_told_with_its_remedy_and_raised(self, execute: object) -> None:
        def work(control: JobControl) -> None:
            raise bad_request("no-items", "There are no items.", "Import some.")

        execute(work)  # type: ignore[operator]
        job = make_job()
        with pytest.raises(Exception, match="no items"):
            tasks.run_job(job.pk)
        job.refresh_from_db()
        assert (job.state, job.error_code) == ("failed", "no-items")
        assert job.error_message == "There are no items. Import some."

    def test_any_other_fault_is_recorded_without_its_words(self, execute: object) -> None:
        def work(control: JobControl) -> None:
            raise ValueError("a text of an item")

        execute(work)  # type: ignore[operator]
        job = make_job()
        with pytest.raises(ValueError, match="a text"):
            tasks.run_job(job.pk)
        job.refresh_from_db()
        assert (job.state, job.error_code) == ("failed", "internal-error")
        assert "ValueError" in job.error_message
        assert "a text" not in job.error_message

    @pytest.mark.parametrize(
        ("error", "state"),
        [(CancelledError, "cancelled"), (StoppedError, "queued")],
    )
    def test_cancelled_and_stopped_jobs_end_quietly(self, execute: object, error: type, state: str) -> None:
        def work(control: JobControl) -> None:
            raise error

        execute(work)  # type: ignore[operator]
        job = make_job()
        tasks.run_job(job.pk)
        assert Job.objects.get(pk=job.pk).state == state

    def test_a_worker_that_lost_the_job_ends_quietly_and_leaves_it(self, execute: object) -> None:
        def work(control: JobControl) -> None:
            expire(control.job)
            assert jobs.claim(control.job.pk) is not None
            raise ValueError("too late")

        execute(work)  # type: ignore[operator]
        job = make_job()
        tasks.run_job(job.pk)
        job.refresh_from_db()
        assert (job.state, job.attempt, job.error_code) == ("running", 2, "")


@pytest.mark.django_db
class TestWatch:
    def test_it_wakes_what_waits_in_its_queues_once_a_minute(
        self, sent: list[tuple[int, str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        job = make_job()
        make_job(queue="gpu")
        watch = tasks.Watch(queues={"cpu"})
        now = [1000.0]
        monkeypatch.setattr(tasks.time, "monotonic", lambda: now[0])
        assert watch.look() == [job.pk]
        now[0] += 59
        assert watch.look() == []
        now[0] += 2
        assert watch.look() == [job.pk]
        assert sent == [(job.pk, "cpu"), (job.pk, "cpu")]

    def test_a_working_worker_frees_dead_jobs_but_wakes_nothing(self, sent: list[tuple[int, str]]) -> None:
        control = claim_control(make_job())
        Job.objects.filter(pk=control.job.pk).update(worker=f"{socket.gethostname()}:{2**22 + 1}:12345")
        tasks._is_working.set()
        try:
            assert tasks.Watch(queues={"cpu"}).look() == []
        finally:
            tasks._is_working.clear()
        assert sent == []
        assert jobs.list_claimable(queues=["cpu"]) == [(control.job.pk, "cpu")]
