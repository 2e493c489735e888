"""An invented pair of languages: names are shared, other words are not, and names may stand in another order."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace

from projection.formats import Pair, Sentence, make_pair_item, make_sentence_item
from projection.tagging import TokenSpan
from projection.text import join_tokens
from projection.types import Item

FIRST, LAST = ["Ada", "Bo", "Cy", "Di"], ["Amsel", "Brandt", "Corti", "Dahl"]
PLACES = ["Arda", "Belm", "Corin", "Doria", "Elba", "Farn"]
WORDS = ["the", "a", "old", "new", "saw", "met", "left", "called"]
WORDS += ["lives", "works", "in", "near", "with", "and", "today", "never"]
TRANSLATED = {word: f"{word[::-1]}u" for word in WORDS}
NAMES = [f"{first} {last}" for first in FIRST for last in LAST] + PLACES
VOCABULARY = [*FIRST, *LAST, *PLACES, *WORDS[::2], "[None]"]
"""What the model knows: the names and half of the words; the rest, and the other language, are unknown words to it."""

_ORDERS = (("PER",), ("LOC",), ("PER", "LOC"), ("LOC", "PER"), ("PER", "PER"), ("PER", "LOC", "PER"))
_Slot = tuple[str, list[str]]


def labelled_items(n_items: int, *, seed: int) -> list[Item]:
    """Labelled sentences of the source language."""
    choices = random.Random(seed)
    return [
        make_sentence_item(_sentence(str(number), _slots(choices), {}), lang="en", side="source")
        for number in range(n_items)
    ]


def pair_items(n_items: int, *, seed: int) -> list[Item]:
    """Labelled sentences with translations in which the names have changed places."""
    choices = random.Random(seed)
    items = []
    for number in range(n_items):
        slots = _slots(choices)
        source = _sentence(str(number), slots, {})
        target = replace(_sentence(str(number), list(_shuffled(slots, choices)), TRANSLATED), spans=())
        items.append(make_pair_item(Pair(str(number), source, target), src_lang="en", tgt_lang="und"))
    return items


def _slots(choices: random.Random) -> list[_Slot]:
    slots: list[_Slot] = []
    for kind in choices.choice(_ORDERS):
        slots.append(("", choices.sample(WORDS, choices.randint(1, 2))))
        person = [choices.choice(FIRST), choices.choice(LAST)]
        slots.append((kind, person if kind == "PER" else [choices.choice(PLACES)]))
    return [*slots, ("", choices.sample(WORDS, choices.randint(1, 2)))]


def _shuffled(slots: list[_Slot], choices: random.Random) -> Iterator[_Slot]:
    names = [slot for slot in slots if slot[0]]
    choices.shuffle(names)
    for slot in slots:
        yield names.pop() if slot[0] else slot


def _sentence(name: str, slots: list[_Slot], translated: Mapping[str, str]) -> Sentence:
    words: list[str] = []
    spans = []
    for kind, own in slots:
        if kind:
            spans.append(TokenSpan(kind, len(words), len(words) + len(own)))
        words += [translated.get(word, word) for word in own]
    text, tokens = join_tokens(words, lang="en")
    return Sentence(name, text, tokens=tokens, spans=tuple(spans))
