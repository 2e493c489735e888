"""A target corpus as arrays, and the tags that links bring to its tokens."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from projection.align.base import Aligner, Posterior, WordPair
from projection.align.statistical import StatisticalAligner
from projection.transfer.tags.base import TagSource

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tokens:
    """All target tokens in one row.

    Attributes:
        words: the tokens of all sentences.
        lengths: shape (n_sentences,): tokens of each sentence.
        forms: case-folded word forms, each once.
        form: shape (n_tokens,): index into `forms`.
        cases: what the capital letters of each token look like, see `case_of`.
    """

    words: list[str]
    lengths: Ints
    forms: list[str]
    form: Ints
    cases: list[str]

    @classmethod
    def make(cls, sentences: Sequence[Sequence[str]]) -> Tokens:
        numbers: dict[str, int] = {}
        words = [word for sentence in sentences for word in sentence]
        form = np.array([numbers.setdefault(word.casefold(), len(numbers)) for word in words], dtype=np.int64)
        cases = [case for sentence in sentences for case in _cases(sentence)]
        lengths = np.array([len(sentence) for sentence in sentences], dtype=np.int64)
        return cls(words, lengths, list(numbers), form, cases)

    def __len__(self) -> int:
        return len(self.words)


def _cases(sentence: Sequence[str]) -> list[str]:
    found = []
    is_first = True
    for word in sentence:
        found.append(case_of(word, is_first=is_first))
        is_first = is_first and not any(char.isalnum() for char in word)
    return found


def case_of(word: str, *, is_first: bool) -> str:
    """`small`, `capital`, `capitals`, `first` (a capital that begins the sentence) or `none`; with `+digit`."""
    digit = "+digit" if any(char.isdigit() for char in word) else ""
    letters = [char for char in word if char.isalpha()]
    if not letters or letters[0].lower() == letters[0].upper():
        return f"none{digit}"
    if letters[0] == letters[0].lower():
        return f"small{digit}"
    if len(letters) > 1 and word == word.upper():
        return f"capitals{digit}"
    return f"first{digit}" if is_first else f"capital{digit}"


def list_tags(sources: Sequence[TagSource]) -> list[str]:
    """All tags of the sources in alphabetical order."""
    return sorted({tag for source in sources for tags in source.tags for tag in tags})


def expected_tags(source: TagSource, tags: Sequence[str]) -> Floats:
    """How much link mass brings each tag to each target token; shape (n_tokens, n_tags), rows sum to at most 1.

    The mass of a link is the product of the probabilities of both directions: links that only one of them holds
    (an article that stands at every noun, say) bring little.
    """
    column = {tag: number for number, tag in enumerate(tags)}
    rows = [np.zeros((0, len(tags)))]
    for own, links in zip(source.tags, source.links, strict=True):
        mass = links.forward.astype(np.float64) * links.reverse
        is_tag = np.zeros((len(own), len(tags)))
        is_tag[np.arange(len(own)), [column[tag] for tag in own]] = 1.0
        rows.append(mass.T @ is_tag)
    return np.concatenate(rows)


@lru_cache(maxsize=65_536)
def plain_kind(word: str) -> str:
    """`punctuation`, `symbol` or `number` for tokens without a letter, "" for words."""
    categories = [unicodedata.category(char)[0] for char in word]
    if any(category in "LM" for category in categories):
        return ""
    if any(category == "N" for category in categories):
        return "number"
    if all(category == "P" for category in categories):
        return "punctuation"
    return "symbol" if all(category in "PS" for category in categories) else ""


class PlainTags:
    """The tags of numbers, punctuation and symbols, which need no links.

    A token without letters is tagged as the sources tag that very string, or else as they tag most tokens of its kind.
    """

    def __init__(self, sources: Sequence[TagSource]) -> None:
        by_string: dict[str, Counter[str]] = {}
        by_kind: dict[str, Counter[str]] = {}
        for source in sources:
            for words, tags in zip(source.words, source.tags, strict=True):
                for word, tag in zip(words, tags, strict=True):
                    if kind := plain_kind(word):
                        by_string.setdefault(word, Counter())[tag] += 1
                        by_kind.setdefault(kind, Counter())[tag] += 1
        self._by_string = {word: _commonest(counts) for word, counts in by_string.items()}
        self._by_kind = {kind: _commonest(counts) for kind, counts in by_kind.items()}

    def find(self, word: str) -> str | None:
        """The tag of a token without letters; None for words, and for kinds that the sources do not have."""
        kind = plain_kind(word)
        if not kind:
            return None
        return self._by_string.get(word, self._by_kind.get(kind))


def _commonest(counts: Counter[str]) -> str:
    return min(counts, key=lambda tag: (-counts[tag], tag))


def align_sentences(
    src: Sequence[Sequence[str]],
    tgt: Sequence[Sequence[str]],
    *,
    bitext: Sequence[WordPair] = (),
    make_aligner: Callable[[], Aligner] = StatisticalAligner,
    progress: Callable[[float], None] = lambda _: None,
) -> list[Posterior]:
    """Link probabilities of sentence pairs, learned from them and from further pairs.

    Args:
        src: source words of each sentence.
        tgt: target words of each sentence.
        bitext: more pairs to learn from.
        make_aligner: gives a new aligner.
        progress: gets the share done, 0 to 1.
    """
    aligner = make_aligner()
    corpus = aligner.new_corpus()
    pairs = list(zip(src, tgt, strict=True))
    for src_words, tgt_words in (*pairs, *bitext):
        corpus.add(src_words, tgt_words)
    aligner.learn(corpus, progress=progress)
    return aligner.align_many(pairs)
