"""What people say about a panel: verdicts against human labels by stratum, agreement, and confusion of each voter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from projection.measure.agreement import Agreement, cohen_kappa, krippendorff_alpha
from projection.vote.aggregate.options import Asked, Key
from projection.vote.aggregate.rules import collect_votes
from projection.vote.ballots import Ballot, Verdict
from projection.vote.scorecard import Gold, Share, gold_key

AGREED, CONTESTED = "agreed", "contested"


@dataclass(frozen=True, slots=True)
class VoterAgainstPeople:
    """Attributes:
    right: of the reviewed questions that the voter answered.
    coverage: answered, of the reviewed questions.
    kappa: Cohen's, voter against people, on the answers.
    confusion: number of questions by right label and answer; "" for "nothing here", None for no answer.
    """

    right: Share
    coverage: Share
    kappa: Agreement
    confusion: Mapping[tuple[str, str | None], int]


@dataclass(frozen=True, slots=True)
class PanelReport:
    """Attributes:
    strata: first options against people, for the agreed, the contested and `all` of the reviewed.
    reviewed: reviewed questions, of those of each stratum.
    estimated: share of right first options over all questions, each stratum weighted by its size; None where one that
        has questions has none reviewed.
    kappa: Cohen's, verdicts against people, on the reviewed.
    alpha: Krippendorff's, over the voters, on all questions.
    alpha_with_people: the same with people as one voter more, on the reviewed.
    voters: each voter against people.
    """

    strata: Mapping[str, Share]
    reviewed: Mapping[str, Share]
    estimated: float | None
    kappa: Agreement
    alpha: Agreement
    alpha_with_people: Agreement
    voters: Mapping[str, VoterAgainstPeople]


def report_panel(
    verdicts: Sequence[Verdict], ballots: Iterable[Ballot], panel: Sequence[str], gold: Gold
) -> PanelReport:
    """Measure a panel by what people decided on a random sample of the agreed and on contested questions.

    Args:
        verdicts: of all questions.
        ballots: that they were made of.
        panel: ids of all voters.
        gold: what people decided; questions without a verdict are left out.

    Raises:
        ProjectionError: see `collect_votes`.
    """
    answers = {(each.item_id, each.source_id): each for each in collect_votes(ballots, panel)}
    known = [each for each in verdicts if _is_known(each, gold)]
    strata = {name: [each for each in verdicts if _stratum(each) == name] for name in (AGREED, CONTESTED)}
    strata["all"] = list(verdicts)
    hits = {name: [_is_right(each, gold) for each in group if _is_known(each, gold)] for name, group in strata.items()}
    shares = {name: Share.of(sum(each), len(each)) for name, each in hits.items()}
    right = [gold_key(gold[each.item_id, each.source_id]) for each in known]
    asked = [answers.get((each.item_id, each.source_id), Asked(each.item_id, each.source_id, {})) for each in known]
    return PanelReport(
        strata=shares,
        reviewed={name: Share.of(len(hits[name]), len(group)) for name, group in strata.items()},
        estimated=_estimate(strata, shares),
        kappa=cohen_kappa([_first(each) for each in known], right),
        alpha=krippendorff_alpha([_labels(each, panel) for each in answers.values()]),
        alpha_with_people=krippendorff_alpha(
            [[*_labels(each, panel), truth] for each, truth in zip(asked, right, strict=True)]
        ),
        voters={voter: _against_people(voter, asked, right) for voter in panel},
    )


def _stratum(verdict: Verdict) -> str:
    return AGREED if verdict.is_agreed else CONTESTED


def _is_known(verdict: Verdict, gold: Gold) -> bool:
    return (verdict.item_id, verdict.source_id) in gold


def _is_right(verdict: Verdict, gold: Gold) -> bool:
    return _first(verdict) == gold_key(gold[verdict.item_id, verdict.source_id])


def _first(verdict: Verdict) -> Key | None:
    """The first option; None where nobody answered, which is not "nothing here"."""
    return gold_key(verdict.options[0].span) if verdict.options else None


def _labels(asked: Asked, panel: Sequence[str]) -> list[Hashable | None]:
    keys = asked.keys()
    return [keys.get(voter) for voter in panel]


def _estimate(strata: Mapping[str, Sequence[Verdict]], shares: Mapping[str, Share]) -> float | None:
    sizes = {name: len(strata[name]) for name in (AGREED, CONTESTED) if strata[name]}
    if not sizes or any(not shares[name].n for name in sizes):
        return None
    return sum(shares[name].value * size for name, size in sizes.items()) / sum(sizes.values())


def _against_people(voter: str, asked: Sequence[Asked], right: Sequence[Key]) -> VoterAgainstPeople:
    given = [each.keys().get(voter) for each in asked]
    answered = [(key, truth) for key, truth in zip(given, right, strict=True) if key is not None]
    pairs = zip(given, right, strict=True)
    confusion = Counter((truth.label, None if key is None else key.label) for key, truth in pairs)
    return VoterAgainstPeople(
        right=Share.of(sum(key == truth for key, truth in answered), len(answered)),
        coverage=Share.of(len(answered), len(given)),
        kappa=cohen_kappa(given, right),
        confusion=dict(confusion),
    )
