"""What every project page needs in its context."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest

from annotator import access
from annotator.models import Project


def read_id(given: str) -> int:
    """The id of a row from a form; 0, which no row has, where it is none."""
    return int(given) if given.isascii() and given.isdigit() else 0


def show_form_faults(request: HttpRequest, form: forms.Form) -> None:
    """Show what is wrong with a small form on the page that comes next."""
    for name, faults in form.errors.items():
        label = form.fields[name].label or name.capitalize() if name in form.fields else ""
        messages.error(request, f"{label}: {' '.join(map(str, faults))}" if label else " ".join(map(str, faults)))


def initial_language(request: HttpRequest) -> dict[str, Any]:
    """What a form begins with where the address names a language of the project (`?lang=`)."""
    lang = request.GET.get("lang", "")
    return {"tgt_lang": lang} if lang else {}


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
