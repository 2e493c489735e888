"""What every project page needs in its context."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from annotator import access
from annotator.models import Project


def project_context(request: HttpRequest, project: Project, *, area: str, **extra: Any) -> dict[str, Any]:
    """Project, role and what the role allows; `area` marks the entry of the project navigation."""
    role = access.get_role(request.user, project)
    return {
        "project": project,
        "role": role,
        "can_review": role in access.REVIEWERS,
        "can_curate": role in access.CURATORS,
        "can_manage": role in access.MANAGERS,
        "area": area,
        **extra,
    }
