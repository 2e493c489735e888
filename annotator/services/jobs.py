"""Cancelling and resuming background work."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from annotator import jobs
from annotator.errors import conflict
from annotator.models import Job, User
from annotator.services.events import record_event


@transaction.atomic
def cancel_job(*, job: Job, actor: User) -> None:
    """Cancel a job that waits, or ask the worker of a running one to stop; what it has done stays.

    Raises:
        ConflictError: when it has ended already.
    """
    if not jobs.request_cancel(job):
        raise conflict("job-ended", _("This had ended before it could be cancelled."), _("Look at its result."))
    record_event(project=job.project, actor=actor, kind="job-cancelled", subject_id=job.pk, data={"kind": job.kind})


@transaction.atomic
def resume_job(*, job: Job, actor: User) -> None:
    """Queue a failed or cancelled job again; it goes on from what it has done.

    Raises:
        ConflictError: when it has neither failed nor been cancelled.
    """
    if not jobs.requeue(job):
        raise conflict(
            "job-not-resumable",
            _("Only what has failed or was cancelled can be resumed."),
            _("Wait for it, or start it anew."),
        )
    record_event(project=job.project, actor=actor, kind="job-resumed", subject_id=job.pk, data={"kind": job.kind})
