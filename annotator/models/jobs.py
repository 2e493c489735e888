"""Background records: the row is the truth about a job, the queue only wakes a worker."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotator.models.accounts import User
from annotator.models.projects import Project


class JobQuerySet(models.QuerySet["Job"]):
    """Filters on the state of jobs."""

    def claimable(self, now: datetime) -> JobQuerySet:
        """Queued jobs, and running ones whose worker has been silent for longer than the lease."""
        return self.filter(Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, lease_until__lt=now))

    def unfinished(self) -> JobQuerySet:
        return self.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])


class Job(models.Model):
    """One piece of background work: an import, a run, an export, a bulk act, an order of the queue, a vote."""

    class Kind(models.TextChoices):
        IMPORT = "import", _("import")
        RUN = "run", _("projection run")
        EXPORT = "export", _("export")
        BULK = "bulk", _("act on many items")
        ORDER = "order", _("order of the queue")
        VOTE = "vote", _("voting")
        TALLY = "tally", _("count of votes")
        TRIAL = "trial", _("trial of a panel")

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("finished")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    class Queue(models.TextChoices):
        CPU = "cpu", _("any worker")
        GPU = "gpu", _("workers with a GPU")
        REMOTE = "remote", _("workers that ask services elsewhere")

    # Stage of a run in which items are done.
    PROJECTING = "projecting"
    TAGGING = "tagging tokens"
    VOTING = "voting"
    COUNTING = "counting votes"

    kind = models.CharField(max_length=20, choices=Kind)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="jobs")
    queue = models.CharField(max_length=20, choices=Queue, default=Queue.CPU)
    state = models.CharField(max_length=20, choices=State, default=State.QUEUED)
    # What the job is at, in words, for the progress line.
    stage = models.CharField(max_length=100, blank=True)
    n_total = models.PositiveIntegerField(default=0)
    n_done = models.PositiveIntegerField(default=0)
    n_failed = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=100, blank=True)
    error_message = models.TextField(blank=True)
    is_cancel_requested = models.BooleanField(default=False)
    # Grows by one with every claim; a worker that lost its lease finds another number here and stops.
    attempt = models.PositiveIntegerField(default=0)
    # How often in a row a worker died at it without getting any further.
    n_takeovers = models.PositiveSmallIntegerField(default=0)
    # For how long no worker was at it between two attempts: queued, cancelled, failed, or its worker dead.
    stood_still_s = models.FloatField(default=0.0)
    worker = models.CharField(max_length=200, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    # A second enqueue of the same work finds the first row.
    idempotency_key = models.CharField(max_length=200, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["import", "run", "export", "bulk", "order", "vote", "tally", "trial"]),
                name="job_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running", "done", "failed", "cancelled"]), name="job_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="running") | Q(lease_until__isnull=False), name="job_running_has_lease"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["done", "failed", "cancelled"]) | Q(finished_at__isnull=False),
                name="job_finished_has_time",
            ),
        ]
        indexes = [models.Index(fields=["state", "lease_until"], name="job_claimable")]

    def __str__(self) -> str:
        return f"{self.kind} job {self.pk}"

    @property
    def is_finished(self) -> bool:
        return self.state in {self.State.DONE, self.State.FAILED, self.State.CANCELLED}

    @property
    def elapsed(self) -> str:
        """How long workers were or are at it, in words; "" when it has not started."""
        if self.started_at is None:
            return ""
        end = timezone.now() if self.state == self.State.RUNNING else self.heartbeat_at or self.finished_at
        n_seconds = int(((end or self.started_at) - self.started_at).total_seconds() - self.stood_still_s)
        if n_seconds < 1:
            return gettext("less than a second")
        n_minutes, n_hours = n_seconds // 60, n_seconds // 3600
        if n_hours:
            return gettext("%(hours)s h %(minutes)s min") % {"hours": n_hours, "minutes": n_minutes % 60}
        if n_minutes:
            return gettext("%(minutes)s min %(seconds)s s") % {"minutes": n_minutes, "seconds": n_seconds % 60}
        return gettext("%(seconds)s s") % {"seconds": n_seconds}

    @property
    def is_preparing(self) -> bool:
        """Whether a run reads or learns: its counts are parts of a hundred then, and no item is done by them."""
        return self.kind == self.Kind.RUN and self.stage not in {"", self.PROJECTING, self.TAGGING}

    @property
    def percent(self) -> int:
        """Share done, rounded down, so that 100 means finished."""
        return 100 * self.n_done // self.n_total if self.n_total else 0
