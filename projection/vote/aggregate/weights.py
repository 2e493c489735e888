"""What each voter is worth without gold, where the votes are places in texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from projection.transfer.reliability import Ballot as Choices
from projection.transfer.reliability import estimate_weights
from projection.types import Item, Span
from projection.vote.aggregate.options import Asked
from projection.vote.aggregate.rules import collect_votes
from projection.vote.ballots import Ballot

_POWER = 2.0


def weigh_voters(ballots: Iterable[Ballot], panel: Sequence[str], items: Mapping[str, Item]) -> dict[str, float]:
    """Weights for `Rule.weights`, the best voter 1: by agreement with the others and consistency with itself.

    Voters that share their errors agree with each other, so agreement alone overrates them; that the same source
    phrase goes to the same target phrase all over the texts cannot be agreed upon. The weights are those of score
    fusion (`projection.transfer.reliability`), squared: chosen on OTE train and xSID valid for the rule `fusion`.

    Args:
        ballots: votes on spans.
        panel: ids of all voters.
        items: by id; questions of items that are not there are left out.

    Raises:
        ProjectionError: `bad-panel`, `unknown-voter`.
    """
    choices = [
        found
        for asked in collect_votes(ballots, panel)
        if asked.item_id in items and (found := _choices(asked, panel, items[asked.item_id])) is not None
    ]
    weights = estimate_weights(choices, n_voices=len(panel))
    return {voter: round(weight**_POWER, 6) for voter, weight in zip(panel, weights, strict=True)}


def _choices(asked: Asked, panel: Sequence[str], item: Item) -> Choices | None:
    source = next((span for span in item.spans if span.id == asked.source_id), None)
    if source is None:
        return None
    found = [vote.span if (vote := asked.votes.get(voter)) else None for voter in panel]
    ranges = tuple((span.start_char, span.end_char) if span and span.intervals else None for span in found)
    return Choices(_phrase(item, source), ranges, tuple(_phrase(item, span) for span in found))


def _phrase(item: Item, span: Span | None) -> str:
    return span.surface(item.segments[span.segment].text).casefold() if span is not None else ""
