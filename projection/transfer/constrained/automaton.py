"""Which token may come next when a text is written out with tags (García-Ferrero 2024, thesis, constrained decoding).

Outside a span the next word is copied or a tag is opened; inside, the next word is copied or the tag is closed, but not
before one word. Words and tags may be several tokens long. Spans do not nest. The end comes after the last word with
all tags closed. Where tokens of words and tags coincide, all readings are followed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

Ids = tuple[int, ...]


class TaggedSpan(NamedTuple):
    """A label and the half-open range of words that it covers."""

    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TagIds:
    """Token ids of the tags around a span of each label."""

    opening: Mapping[str, Ids]
    closing: Mapping[str, Ids]


class State(NamedTuple):
    """Where a reading of what was written so far stands.

    Attributes:
        n_words: words that are written in full.
        spans: spans that were closed.
        label: label of the open span; "" outside.
        start: first word of the open span.
        pending: what is left of the word or tag that was begun; empty between them.
        after: the state once that is written; None between words and tags, and after the end.
        is_over: whether the end token was written.
    """

    n_words: int = 0
    spans: tuple[TaggedSpan, ...] = ()
    label: str = ""
    start: int = 0
    pending: Ids = ()
    after: State | None = None
    is_over: bool = False


class TaggingAutomaton:
    """The texts that may be written for given words: the words in their order, with tags."""

    def __init__(self, words: Sequence[Ids], tags: TagIds, *, end_id: int, max_spans: int) -> None:
        """Start with the words' token ids.

        Args:
            words: token ids of each word, at least one each.
            tags: token ids of the tags.
            end_id: token that ends a text; no word or tag has it.
            max_spans: most spans that may be opened.

        Raises:
            ValueError: a word or a tag has no token, or has the end token.
        """
        pieces = [*words, *tags.opening.values(), *tags.closing.values()]
        if not all(pieces) or any(end_id in piece for piece in pieces):
            raise ValueError("a word or a tag has no token, or has the end token")
        self._words = tuple(tuple(word) for word in words)
        self._tags = tags
        self._end_id = end_id
        self._max_spans = max_spans
        self._known: dict[Ids, frozenset[State]] = {(): frozenset([State()])}

    @property
    def max_tokens(self) -> int:
        """Length of the longest text in tokens, its end included."""
        opening, closing = self._tags.opening, self._tags.closing
        longest = max((len(opening[label]) + len(closing[label]) for label in self._labels), default=0)
        return sum(map(len, self._words)) + self._max_spans * longest + 1

    @property
    def _labels(self) -> Collection[str]:
        return self._tags.opening.keys()

    def allowed(self, written: Sequence[int]) -> list[int]:
        """Tokens that may follow; the end token alone once the text is over or was left."""
        tokens = {token for state in self.states(written) for token, _ in self._moves(state)}
        return sorted(tokens) or [self._end_id]

    def states(self, written: Sequence[int]) -> frozenset[State]:
        """All readings of the tokens written so far; none where no text begins with them."""
        key = tuple(written)
        if key not in self._known:
            before = self.states(key[:-1])
            self._known[key] = frozenset(
                following for state in before for token, following in self._moves(state) if token == key[-1]
            )
        return self._known[key]

    def read(self, written: Sequence[int]) -> tuple[TaggedSpan, ...] | None:
        """The spans of a text in text order, or None where it is not finished; what follows the end is left out."""
        tokens = list(written)
        if self._end_id in tokens:
            tokens = tokens[: tokens.index(self._end_id) + 1]
        finished = sorted(state.spans for state in self.states(tokens) if state.is_over)
        return finished[0] if finished else None

    def _moves(self, state: State) -> Iterator[tuple[int, State]]:
        """Each token that may follow a state, and the state that it leads to."""
        if state.pending:
            rest = state.pending[1:]
            yield state.pending[0], state._replace(pending=rest) if rest else state.after or state
            return
        if state.is_over:
            return
        if state.n_words == len(self._words) and not state.label:
            yield self._end_id, state._replace(is_over=True)
        for ids, after in self._pieces(state):
            begun = State(state.n_words, state.spans, state.label, state.start, ids, after)
            yield from self._moves(begun)

    def _pieces(self, state: State) -> Iterator[tuple[Ids, State]]:
        """The words and tags that may come next, each with the state after it."""
        has_words = state.n_words < len(self._words)
        if has_words:
            yield self._words[state.n_words], state._replace(n_words=state.n_words + 1)
        if has_words and not state.label and len(state.spans) < self._max_spans:
            for label in sorted(self._labels):
                yield self._tags.opening[label], state._replace(label=label, start=state.n_words)
        if state.label and state.n_words > state.start:
            span = TaggedSpan(state.label, state.start, state.n_words)
            yield self._tags.closing[state.label], state._replace(spans=(*state.spans, span), label="")
