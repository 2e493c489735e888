"""What a panel makes of its votes.

`aggregate_votes` makes verdicts of ballots by a `Rule`. The rules for numbers (`count_votes`, `estimate_...`) take
`Answers`: a matrix of questions and voters in which what is missing is missing.
"""

from __future__ import annotations

from projection.vote.aggregate.answers import MISSING, Answers, Coded, Repeats, code_answers
from projection.vote.aggregate.auto import Auto, AutoSettings, estimate_auto
from projection.vote.aggregate.counting import Count, Threshold, count_votes
from projection.vote.aggregate.dawid_skene import DawidSkeneSettings, estimate_dawid_skene
from projection.vote.aggregate.estimate import Choice, Estimate, choose, vote_shares
from projection.vote.aggregate.glad import GladSettings, estimate_glad
from projection.vote.aggregate.mace import MaceSettings, digamma, estimate_mace
from projection.vote.aggregate.options import estimate_accuracies
from projection.vote.aggregate.rules import RULES, Rule, aggregate_votes, collect_votes, measure_entropy
from projection.vote.aggregate.weights import weigh_voters

__all__ = [
    "MISSING",
    "RULES",
    "Answers",
    "Auto",
    "AutoSettings",
    "Choice",
    "Coded",
    "Count",
    "DawidSkeneSettings",
    "Estimate",
    "GladSettings",
    "MaceSettings",
    "Repeats",
    "Rule",
    "Threshold",
    "aggregate_votes",
    "choose",
    "code_answers",
    "collect_votes",
    "count_votes",
    "digamma",
    "estimate_accuracies",
    "estimate_auto",
    "estimate_dawid_skene",
    "estimate_glad",
    "estimate_mace",
    "measure_entropy",
    "vote_shares",
    "weigh_voters",
]
