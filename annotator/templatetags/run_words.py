"""Filters for runs: engines and reasons in words."""

from __future__ import annotations

from django import template

from projection import engines

register = template.Library()

# Why a source span has no target.
REASONS = {
    "no-link": "no linked words",
    "no-links": "no linked words",
    "conflict": "taken by another span",
    "low-score": "score too low",
    "no-candidate": "nothing proposed",
    "not-found": "not found in the target",
    "item-failed": "the engine failed on the item",
}


@register.filter
def reason_words(code: str) -> str:
    """A reason code in words."""
    return REASONS.get(code, code.replace("-", " "))


@register.filter
def engine_title(name: str) -> str:
    """What people call an engine; its name when it is not there any more."""
    engine = engines.ENGINES.get(name)
    return engine.title if engine else name
