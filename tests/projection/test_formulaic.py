"""Formulaic text, such as minutes and bulletins: the same frame in every sentence, only the names in it vary."""

from __future__ import annotations

import random

import pytest

from projection.engines import get_engine
from projection.types import SOURCE, TARGET, Interval, Item, Segment, Span

_DAYS = {"Monday": "lundi", "Tuesday": "mardi", "Wednesday": "mercredi", "Thursday": "jeudi", "Saturday": "samedi"}
_PLACES = {"Vienna": "Vienne", "Dresden": "Dresde", "Naples": "Naples", "Antwerp": "Anvers", "Geneva": "Genève"}
_PEOPLE = ("Ilse Brandt", "Tomas Rey", "Noor Haas", "Pavel Zeman", "Greta Berg", "Omar Diallo")
_ACTS = {"invited": "invité", "heard": "entendu", "replaced": "remplacé"}

Slot = tuple[str, str, str]
"""Label, source words, target words."""


def _make_slots(draw: random.Random) -> list[Slot]:
    first, second = draw.sample(_PEOPLE, 2)
    day, place = draw.choice(list(_DAYS)), draw.choice(list(_PLACES))
    return [("PER", first, first), ("PER", second, second), ("LOC", place, _PLACES[place]), ("DATE", day, _DAYS[day])]


def _make_item(number: int, draw: random.Random) -> tuple[Item, list[Slot]]:
    slots = _make_slots(draw)
    act, n_files = draw.choice(list(_ACTS)), draw.randrange(100, 900)
    (_, first, _), (_, second, _), (_, place, lieu), (_, day, jour) = slots
    source = f"{first} {act} {second} in {place} on {day} about {n_files} files ."
    frame = f"{first} a {_ACTS[act]} {second} à {lieu}"
    end = f"au sujet de {n_files} dossiers ."
    target = f"{jour.capitalize()} , {frame} {end}" if draw.random() < 0.5 else f"{frame} {jour} {end}"
    spans = tuple(
        Span(label, (Interval(source.index(words), source.index(words) + len(words)),), id=f"s{place}")
        for place, (label, words, _) in enumerate(slots)
    )
    segments = (Segment(source, "en", SOURCE), Segment(target, "fr", TARGET))
    return Item(str(number), segments, spans), slots


def _found(n_pairs: int) -> dict[str, float]:
    """Share of the spans of each label whose first candidate is right."""
    draw = random.Random(7)
    made = [_make_item(number, draw) for number in range(n_pairs)]
    engine = get_engine("hmm")
    projector = engine.build(engine.read_settings({}))
    projector.fit([item for item, _ in made], progress=lambda _: None)
    right: dict[str, list[bool]] = {}
    for item, slots in made:
        first = {found.source_id: found.span for found in projector.project(item).candidates if found.rank == 0}
        for place, (label, _, words) in enumerate(slots):
            span = first[f"s{place}"]
            surface = span.surface(item.segments[1].text) if span else ""
            right.setdefault(label, []).append(surface.lower() == words.lower())
    return {label: sum(flags) / len(flags) for label, flags in right.items()}


@pytest.mark.parametrize("n_pairs", [300, 500])
def test_what_varies_together_is_linked_whatever_the_word_order(n_pairs: int) -> None:
    shares = _found(n_pairs)
    assert set(shares) == {"PER", "LOC", "DATE"}
    assert {label: share for label, share in shares.items() if share < 0.95} == {}
