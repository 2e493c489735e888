"""Why a source span has no target, in words; engines give the codes."""

from __future__ import annotations

REASONS = {
    "no-link": "no linked words",
    "conflict": "taken by another span",
    "low-score": "score too low",
    "too-short": "too few linked words",
    "empty-target": "the target is empty",
    "no-tokens": "the span has no words",
    "no-alignment": "the pair has no word links",
    "no-model": "nothing was learned for this language",
    "no-target-segment": "no target text",
    "no-candidate": "nothing proposed",
    "item-failed": "the engine failed on the item",
}


def reason_words(code: str) -> str:
    """A reason code of `Candidate.reason` in words; a code of somebody else's engine without its hyphens."""
    return REASONS.get(code, code.replace("-", " "))
