"""Hypotheses of the text-to-text model, read: which strings it proposes for which tag."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from projection.transfer.tprojection.prompts import EMPTY, tag_name

_NO_ASCII_SIGNS = str.maketrans("", "", string.punctuation)


@dataclass(frozen=True, slots=True)
class Proposals:
    """The strings that a model proposes for one sentence.

    Attributes:
        by_tag: for each tag name its strings, and in how many hypotheses each stands, in order of first mention.
        n_hypotheses: all hypotheses, those that propose nothing included.
        n_faults: tags that were left out because they are not closed, closed by another tag, or empty.
    """

    by_tag: Mapping[str, Mapping[str, int]]
    n_hypotheses: int
    n_faults: int

    def of(self, label: str) -> Mapping[str, int]:
        """Strings for a label with their counts; spans of one label share them."""
        return self.by_tag.get(tag_name(label), {})


def read_hypotheses(hypotheses: Sequence[str], labels: Collection[str]) -> Proposals:
    """Read the output of the model; what stands outside the tags of these labels is ignored.

    A tag that opens before another one is closed takes the place of that one.
    """
    counts: dict[str, Counter[str]] = {tag_name(label): Counter() for label in labels}
    n_faults = 0
    for hypothesis in hypotheses:
        found, n_wrong = read_hypothesis(hypothesis, counts)
        n_faults += n_wrong
        for name, text in dict.fromkeys(found):
            counts[name][text] += 1
    return Proposals(counts, len(hypotheses), n_faults)


def read_hypothesis(hypothesis: str, names: Collection[str]) -> tuple[list[tuple[str, str]], int]:
    """Pairs of tag name and string of one hypothesis in its order, and the number of tags left out."""
    if not names:
        return [], 0
    pattern = re.compile(rf"<(/?)({'|'.join(re.escape(name) for name in sorted(names, key=len, reverse=True))})>")
    found: list[tuple[str, str]] = []
    n_faults = 0
    opened: tuple[str, int] | None = None
    for match in pattern.finditer(hypothesis):
        is_end, name = bool(match[1]), match[2]
        if not is_end:
            n_faults += opened is not None
            opened = (name, match.end())
            continue
        text = _inside(hypothesis, opened, name, match.start())
        found += [(name, text)] if text else []
        n_faults += not text
        opened = None
    return found, n_faults + (opened is not None)


def _inside(hypothesis: str, opened: tuple[str, int] | None, name: str, end: int) -> str:
    """The string between an open tag and its end tag without extra blanks; "" where they do not belong together."""
    if opened is None or opened[0] != name:
        return ""
    text = " ".join(hypothesis[opened[1] : end].split())
    return "" if text in ("", EMPTY) else text


def without_signs(text: str) -> str:
    """The text without ASCII punctuation, also inside words (`Plooij-van Gorsel` -> `Plooijvan Gorsel`)."""
    return " ".join(text.translate(_NO_ASCII_SIGNS).split())


def has_lone_sign(spans: Iterable[Sequence[str]]) -> bool:
    """Whether some span (its words) has a word of nothing but ASCII punctuation."""
    return any(not word.translate(_NO_ASCII_SIGNS) for words in spans for word in words)
