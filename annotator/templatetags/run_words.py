"""Filters for runs: engines and reasons in words."""

from __future__ import annotations

from django import template

from projection import engines
from projection.reasons import reason_words

register = template.Library()
register.filter(reason_words)


@register.filter
def engine_title(name: str) -> str:
    """What people call an engine; its name when it is not there any more."""
    engine = engines.ENGINES.get(name)
    return engine.title if engine else name
