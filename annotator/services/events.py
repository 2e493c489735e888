"""The log of what was done besides decisions; every service that writes leaves an event here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotator.models import Event, Project, User


def record_event(
    *,
    project: Project | None,
    actor: User | None,
    kind: str,
    subject_id: int | str = "",
    data: Mapping[str, Any] | None = None,
) -> Event:
    """Append an event: ids, counts and settings, never texts. Call it inside the transaction of what it records.

    Args:
        actor: None where a worker acted on its own.
        kind: noun and verb, as in URL names (`run-started`).
    """
    return Event.objects.create(
        project=project, actor=actor, kind=kind, subject_id=str(subject_id), data=dict(data or {})
    )
