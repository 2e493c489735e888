"""Filters for texts in many scripts: writing direction and names of languages."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext_lazy as _

from annotator import interface
from projection import text

register = template.Library()

# Roles of texts that people read on the screen; others are shown as they were imported.
ROLES = {
    "question": _("question"),
    "context": _("context"),
    "query": _("query"),
    "passage": _("passage"),
    "utterance": _("utterance"),
    "user": _("user"),
    "system": _("system"),
}


@register.filter
def direction(code: str) -> str:
    """`rtl` or `ltr`, for the `dir` attribute."""
    return text.direction(code)


register.filter(interface.language_name)


@register.filter
def other_script(code: str) -> str:
    """The script that a language is usually written in, where that is neither Latin nor told by the language's name."""
    name = interface.script_name(code)
    return "" if name in {interface.script_name("und-Latn"), interface.language_name(code)} else name


@register.filter
def role_name(role: str) -> str:
    """What a text is in its item."""
    return str(ROLES.get(role, role))
