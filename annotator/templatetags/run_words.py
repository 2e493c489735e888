"""Filters for runs: engines and reasons in words."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from annotator.models import Candidate, Run
from annotator.wording import in_words
from projection import engines
from projection.reasons import reason_words

register = template.Library()
register.filter(in_words)


@register.filter(name="reason_words")
def reason_in_words(code: str) -> str:
    """Why a source span has no target, in the language of the interface."""
    return in_words(reason_words(code))


@register.filter
def sureness(candidate: Candidate) -> str:
    """How sure the machine is: the calibrated probability, or the engine's own score where there is none."""
    if candidate.probability is None:
        return _("score %(score)s") % {"score": f"{candidate.score:.2f}"}
    return _("%(percent)s %% sure") % {"percent": f"{100 * candidate.probability:.0f}"}


@register.filter
def engine_title(name: str) -> str:
    """What people call an engine; its name when it is not there any more."""
    engine = engines.ENGINES.get(name)
    return in_words(engine.title) if engine else name


@register.filter
def changed_settings(run: Run) -> str:
    """The settings of a run that are not the defaults of its engine, to tell apart runs of one engine."""
    engine = engines.ENGINES.get(run.engine)
    defaults = {setting.name: setting.default for setting in engine.settings} if engine else {}
    changed = {name: value for name, value in run.settings.items() if value != defaults.get(name)}
    return ", ".join(f"{name} {value}" for name, value in changed.items())
