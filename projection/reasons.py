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
    "no-translation": "the source was not translated",
    "marker-missing": "its markers were lost in translation",
    "marker-unclosed": "its closing marker was lost",
    "marker-unopened": "its opening marker was lost",
    "marker-duplicated": "its markers came back twice",
    "marker-nested": "its markers cross those of another span",
    "marker-empty": "nothing stands between its markers",
    "marker-count": "brackets were lost or added",
    "marker-mismatch": "no telling which bracket it is",
    "marker-overlap": "could not be marked: overlaps another span",
    "marker-discontinuous": "could not be marked: several pieces",
    "not-in-target": "nothing proposed is in the target",
    "text-too-long": "too long for the model",
    "no-bracket": "the model puts no brackets for it",
    "not-tagged": "the model tagged nothing for it",
    "no-support": "too few source languages know it",
    "partner-unprojected": "the other end of the relation has no target",
    "ends-unprojected": "neither end of the relation has a target",
    "ends-overlap": "both ends of the relation want the same words",
    "no-candidate": "nothing proposed",
    "item-failed": "the engine failed on the item",
}
VOTER_REASONS = {
    "voter-finds-nothing": "the voter says that it is not there",
    "voter-abstains": "the voter cannot tell",
    "voter-declines": "the voter declines to answer",
    "several-labels": "the voter names several labels",
    "contradicts-itself": "the voter contradicts itself",
    "evidence-not-found": "its evidence is in no text",
    "back-check-failed": "another label without the source",
    "overlaps": "two labels at one place",
    "no-better-place": "wrong place, and no other given",
    "no-better-label": "wrong label, and no other given",
    "not-offered": "the model does not do this",
    "too-close": "two labels are almost equally likely",
    "open-labels": "the model needs a list of labels",
    "not-answered": "no answer to the question",
    "not-json": "the answer cannot be read",
    "reply-cut": "the answer breaks off",
    "two-answers": "two different answers",
    "unknown-label": "no label of the layer",
    "no-label-found": "no label in the answer",
    "quote-not-found": "its quote is not in the text",
    "place-taken": "its place is another label's",
    "no-choice": "the proposal was not judged",
    "no-place": "no place given",
    "request-rejected": "the endpoint rejects the request",
    "voter-failed": "a fault of the program",
    "not-asked": "not asked about",
    "no-verdict": "nobody on the panel answered",
}
"""Why a voter, or a panel, gives no label."""


def reason_words(code: str) -> str:
    """A reason code of `Candidate.reason` in words; a code of somebody else's engine without its hyphens."""
    return REASONS.get(code) or VOTER_REASONS.get(code, code.replace("-", " "))
