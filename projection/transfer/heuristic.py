"""Transfer over hard links by runs of linked words (García-Ferrero, Agerri and Rigau 2022, arXiv 2210.12623).

`published` behaves like the code that made the published projections; there a gap is only closed while the merged
span stays short, so split projections lose their shorter part. `corrected` closes every gap of at most `gap` words, as
the method is described, and resolves overlaps over all spans instead of list neighbours only. Gap, number of runs,
first-word rule and least length are the parameters of the generalised form (d, k, only_i and thr of García-Ferrero et
al. 2025, arXiv 2501.18750).
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from projection.transfer.decoder import SpanPair, covered_tokens, make_span, unprojected
from projection.types import Candidate, Link, Span

Mode = Literal["corrected", "published"]
MODES: tuple[Mode, ...] = ("corrected", "published")
Collisions = Literal["auto", "longest", "neighbours"]
COLLISIONS: tuple[Collisions, ...] = ("auto", "longest", "neighbours")

_ASCII_SIGNS = frozenset(string.punctuation)


@dataclass(frozen=True, slots=True)
class HeuristicSettings:
    """How runs of linked words become spans.

    Attributes:
        mode: `corrected`, or `published` to reproduce published projections.
        gap: unlinked target words that may stand between two runs that are joined; `published` measures the width of
            the whole joined run instead.
        n_alternatives: runs kept as candidates, the longest first.
        min_length_ratio: least words of a run per source word of its span; 0 keeps all.
        drop_signs: ignore links to target tokens of ASCII punctuation only.
        split_at_first: a run that begins with a word linked to the first word of the span is not joined to the one
            before it.
        collisions: which span keeps words that two want: `longest` looks at all spans and lets the longest run
            choose first; `neighbours` is the published rule (neighbours in the list only; those of one label become
            one span); `auto` is `neighbours` in `published` mode, else `longest`.
    """

    mode: Mode = "corrected"
    gap: int = 2
    n_alternatives: int = 5
    min_length_ratio: float = 0.0
    drop_signs: bool = True
    split_at_first: bool = False
    collisions: Collisions = "auto"

    @property
    def looks_at_neighbours(self) -> bool:
        """Whether overlaps are resolved by the published rule."""
        return self.collisions == "neighbours" or (self.collisions == "auto" and self.mode == "published")


class Run(NamedTuple):
    """A half-open range of target tokens."""

    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start

    def overlaps(self, other: Run) -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class _Found:
    """A source span with its runs, best first; empty with the reason why."""

    key: str
    span: Span
    n_src: int
    src_tokens: tuple[int, ...]
    runs: tuple[Run, ...]
    reason: str = ""


def transfer_by_links(
    pair: SpanPair, spans: Mapping[str, Span], links: Sequence[Link], *, settings: HeuristicSettings
) -> list[Candidate]:
    """Candidates for every source span of a segment pair.

    Args:
        pair: tokenised segments.
        spans: source spans by key, in source order.
        links: links between the tokens of the pair; probabilities weigh the score.
        settings: heuristic settings.

    Returns:
        For each span, in the order given, up to `n_alternatives` candidates (the alternatives are its shorter runs),
        or one without a span and a reason: `empty-target`, `no-tokens`, `no-link`, `too-short` (below
        `min_length_ratio`), `conflict` (a longer span holds the words).
    """
    found = [_find_runs(pair, key, span, links, settings) for key, span in spans.items()]
    chosen = _resolve_in_list_order(found) if settings.looks_at_neighbours else _resolve_longest_first(found)
    candidates: list[Candidate] = []
    for entry in found:
        run = chosen.get(entry.key)
        if run is None:
            candidates.append(unprojected(entry.key, entry.reason or "conflict"))
            continue
        others = [other for other in entry.runs if not other.overlaps(run)]
        for rank, option in enumerate([run, *others][: settings.n_alternatives]):
            candidates.append(_candidate(pair, entry, option, rank, links))
    return candidates


def _find_runs(pair: SpanPair, key: str, span: Span, links: Sequence[Link], settings: HeuristicSettings) -> _Found:
    tokens = covered_tokens(pair.source, span)

    def found(runs: Sequence[Run], reason: str = "") -> _Found:
        return _Found(key, span, len(tokens), tokens, tuple(runs), reason)

    if not pair.target.tokens:
        return found((), "empty-target")
    if not tokens:
        return found((), "no-tokens")
    linked = linked_tokens(pair, tokens, links, drop_signs=settings.drop_signs)
    if not linked:
        return found((), "no-link")
    heads = frozenset(link.tgt for link in links if link.src == tokens[0]) if settings.split_at_first else frozenset()
    runs = merge_runs(split_runs(linked), gap=settings.gap, mode=settings.mode, heads=heads)
    runs = sorted(runs, key=lambda run: -run.length)
    kept = [run for run in runs if run.length >= settings.min_length_ratio * len(tokens)]
    return found(kept) if kept else found((), "too-short")


def linked_tokens(pair: SpanPair, tokens: Sequence[int], links: Sequence[Link], *, drop_signs: bool) -> list[int]:
    """Target tokens linked to any of these source tokens, sorted; without those of ASCII punctuation if asked."""
    inside = frozenset(tokens)
    linked = {link.tgt for link in links if link.src in inside}
    if drop_signs:
        words = pair.target.words
        linked = {token for token in linked if not _ASCII_SIGNS.issuperset(words[token])}
    return sorted(linked)


def split_runs(tokens: Sequence[int]) -> list[Run]:
    """Runs of neighbouring tokens in sorted token positions."""
    runs: list[Run] = []
    for token in tokens:
        if runs and runs[-1].end == token:
            runs[-1] = Run(runs[-1].start, token + 1)
        else:
            runs.append(Run(token, token + 1))
    return runs


def merge_runs(
    runs: Sequence[Run], *, gap: int, mode: Mode = "corrected", heads: frozenset[int] = frozenset()
) -> list[Run]:
    """Join neighbouring runs with at most `gap` tokens between them, except those that begin with one of `heads`.

    In `published` mode a gap is closed only if the joined run is at most `gap + 2` tokens wide.
    """
    merged: list[Run] = []
    for run in runs:
        if merged and run.start not in heads and _is_joined(merged[-1], run, gap=gap, mode=mode):
            merged[-1] = Run(merged[-1].start, run.end)
        else:
            merged.append(run)
    return merged


def longest_run(tokens: Sequence[int], *, gap: int) -> Run | None:
    """The longest run of sorted token positions, gaps closed, the first of equally long ones; None without tokens."""
    return max(merge_runs(split_runs(tokens), gap=gap), key=lambda run: run.length, default=None)


def _is_joined(left: Run, right: Run, *, gap: int, mode: Mode) -> bool:
    if mode == "published":
        return right.end - 1 - left.start <= gap + 1
    return right.start - left.end <= gap


def _resolve_longest_first(found: Sequence[_Found]) -> dict[str, Run]:
    """The best free run of each span, spans with long runs first; nested source spans may overlap."""
    taken: dict[str, Run] = {}
    by_key = {entry.key: entry for entry in found}
    options = [(-run.length, number, run, entry) for number, entry in enumerate(found) for run in entry.runs]
    for _, _, run, entry in sorted(options, key=lambda option: option[:3]):
        if entry.key in taken:
            continue
        if all(not run.overlaps(other) or _may_overlap(entry, by_key[key]) for key, other in taken.items()):
            taken[entry.key] = run
    return taken


def _may_overlap(one: _Found, other: _Found) -> bool:
    return one.span.layer != other.span.layer or bool(set(one.src_tokens) & set(other.src_tokens))


def _resolve_in_list_order(found: Sequence[_Found]) -> dict[str, Run]:
    """The longest run of each span; list neighbours that overlap and share a label become one, of others the longer.

    As in the published code, a neighbour that lies wholly before counts as overlapping, joined runs are sets of words
    that may have holes, and the later of two equally long runs stays.
    """
    groups = _join_neighbours([_Group([entry], frozenset(range(*entry.runs[0]))) for entry in found if entry.runs])
    number = 0
    while number + 1 < len(groups):
        group, following = groups[number], groups[number + 1]
        if not group.collides(following):
            number += 1
            continue
        del groups[number + 1 if len(group.tokens) > len(following.tokens) else number]
    return {key: run for group in groups for key, run in group.divide()}


@dataclass(frozen=True, slots=True)
class _Group:
    """Spans that were joined, and the target tokens of all of them."""

    entries: list[_Found]
    tokens: frozenset[int]

    def collides(self, following: _Group) -> bool:
        return max(self.tokens) >= min(following.tokens)

    def divide(self) -> Iterator[tuple[str, Run]]:
        """Each unbroken run goes to the first span that has a part in it."""
        free = list(self.entries)
        for run in split_runs(sorted(self.tokens)):
            owner = next(entry for entry in free if entry.runs[0].overlaps(run))
            free.remove(owner)
            yield owner.key, run


def _join_neighbours(groups: Sequence[_Group]) -> list[_Group]:
    joined: list[_Group] = []
    for group in groups:
        last = joined[-1] if joined else None
        if last and last.entries[0].span.label == group.entries[0].span.label and last.collides(group):
            joined[-1] = _Group([*last.entries, *group.entries], last.tokens | group.tokens)
        else:
            joined.append(group)
    return joined


def _candidate(pair: SpanPair, entry: _Found, run: Run, rank: int, links: Sequence[Link]) -> Candidate:
    """Score: a Dice coefficient of linked source words and linked target words (probabilities count as parts)."""
    inside = frozenset(entry.src_tokens)
    src, tgt = dict.fromkeys(entry.src_tokens, 0.0), dict.fromkeys(range(run.start, run.end), 0.0)
    for link in links:
        if link.src in inside and link.tgt in tgt:
            src[link.src] = max(src[link.src], link.probability)
            tgt[link.tgt] = max(tgt[link.tgt], link.probability)
    score = (sum(src.values()) + sum(tgt.values())) / (len(src) + len(tgt))
    return Candidate(
        source_id=entry.key,
        span=make_span(pair, entry.span, entry.key, run.start, run.end),
        score=round(score, 4),
        parts={
            "aligned": round(sum(src.values()) / len(src), 4),
            "linked": round(sum(tgt.values()) / len(tgt), 4),
            "length": round(min(run.length, entry.n_src) / max(run.length, entry.n_src), 4),
        },
        rank=rank,
    )
