"""Several machines label the same items; their ballots are counted, and what they do not agree on goes to people.

Data flows one way: a voter is asked about an item (`voters`) and fills a `Ballot` (`ballots`); the ballots of a panel
are aggregated to one `Verdict` a question (`aggregate`); people's labels measure ballots and verdicts (`scorecard`).
A question is one source label of an item: a span, a class, a token tag, a relation, an answer, each with its id.
"""

from __future__ import annotations
