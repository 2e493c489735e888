"""Filters for texts in many scripts: writing direction and names of languages."""

from __future__ import annotations

from django import template
from langcodes import Language

from projection import text

register = template.Library()


@register.filter
def direction(code: str) -> str:
    """`rtl` or `ltr`, for the `dir` attribute."""
    return text.direction(code)


@register.filter
def language_name(code: str) -> str:
    """English name of a language, the code itself when it has none."""
    return Language.get(code).display_name()


@register.filter
def script_name(code: str) -> str:
    """English name of the script that a language is usually written in."""
    return Language.get(code).maximize().script_name()
