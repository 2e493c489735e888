"""Markers of a machine translation, found again in the target text of the item."""

from __future__ import annotations

from pathlib import Path

import pytest

from projection.engines import get_engine
from projection.errors import EngineError
from projection.markers import insert_markers
from projection.markers.locate import LocateSettings, locate_spans, normalise
from projection.projectors.marked import MarkedProjector
from projection.text import tokenize
from projection.transfer.decoder import SpanPair
from projection.translate.recorded import RecordedTranslator
from projection.types import SOURCE, TARGET, Interval, Item, Segment, Span
from tests.projection.translate.tiny_translators import save_marian


def segment(text: str, lang: str, side: str) -> Segment:
    return Segment(text, lang, side, tokens=tokenize(text, lang=lang))


def span(text: str, word: str, *, label: str = "X", nth: int = 0, **extra: object) -> Span:
    start = -1
    for _ in range(nth + 1):
        start = text.index(word, start + 1)
    return Span(label, (Interval(start, start + len(word)),), **extra)


def item(source: str, target: str, *words: str, tgt_lang: str = "de") -> Item:
    spans = tuple(span(source, word, id=f"s{number}") for number, word in enumerate(words, start=1))
    return Item("i", (segment(source, "en", SOURCE), segment(target, tgt_lang, TARGET)), spans)


def project(translation: str, one: Item, *, scheme: str = "numbered", sent: str = "", **settings: object) -> list[str]:
    """Surfaces of the best target spans, or reasons."""
    source = sent or insert(one, scheme)
    projector = MarkedProjector(RecordedTranslator({source: translation}), scheme, LocateSettings(**settings))
    found = [each for each in projector.project(one).candidates if each.rank == 0]
    return [each.span.surface(one.target.text) if each.span else each.reason for each in found]


def insert(one: Item, scheme: str) -> str:
    return insert_markers(one.source.text, {each.id: each for each in one.spans}, scheme).text


def test_equal_strings_are_found_wherever_they_stand() -> None:
    one = item("Ada met Bob in Vienna.", "In Wien hat Ada den Bob getroffen.", "Ada", "Bob", "Vienna")
    assert project("[1]Ada[/1] traf [2]Bob[/2] in [3]Wien[/3].", one) == ["Ada", "Bob", "Wien"]


def test_other_forms_and_signs_are_found_by_likeness() -> None:
    one = item("Many Germans like the U.N. here.", "Vielen Deutschen gefällt hier die UN.", "Germans", "U.N.")
    translation = "Viele [1]Deutsche[/1] mögen die [2]U.N.[/2] hier."
    assert project(translation, one) == ["Deutschen", "UN"]
    # The ratio of "deutsche" and "deutschen" is 16 of 17 letters; times 0.97 for not being equal: 0.913.
    assert project(translation, one, min_similarity=0.91)[0] == "Deutschen"
    assert project(translation, one, min_similarity=0.92)[0] == "not-in-target"


def test_a_string_that_comes_twice_is_told_by_the_words_around_it() -> None:
    source = "The cat saw the dog and the dog ran."
    target = "Die Katze sah den Hund und der Hund lief."
    spans = (span(source, "dog", nth=1, id="late"),)
    one = Item("i", (segment(source, "en", SOURCE), segment(target, "de", TARGET)), spans)
    sent = "The cat saw the dog and the [1]dog[/1] ran."
    projector = MarkedProjector(
        RecordedTranslator({sent: "Die Katze sah den Hund und der [1]Hund[/1] lief."}), "numbered"
    )
    best, other = projector.project(one).candidates[:2]
    assert best.span.intervals == (Interval(31, 35),)
    assert other.span.intervals == (Interval(18, 22),)
    assert (best.rank, best.score, best.parts) == (0, 1.0, {"similarity": 1.0, "position": 1.0})
    assert other.score < best.score


def test_each_of_two_equal_strings_gets_a_place_of_its_own() -> None:
    one = item("Bob and Ann and Bob", "Bob und Ann und Bob", "Bob", "Ann")
    again = span(one.source.text, "Bob", nth=1, id="s3")
    both = Item("i", one.segments, (*one.spans, again))
    sent = "[1]Bob[/1] and [2]Ann[/2] and [3]Bob[/3]"
    found = MarkedProjector(RecordedTranslator({sent: sent.replace("and", "und")})).project(both)
    places = [each.span.intervals[0] for each in found.candidates if each.rank == 0]
    assert places == [Interval(0, 3), Interval(8, 11), Interval(16, 19)]
    once = Item("i", (one.segments[0], segment("Bob und Ann", "de", TARGET)), both.spans)
    lost = MarkedProjector(RecordedTranslator({sent: sent.replace("and", "und")})).project(once)
    assert sorted(each.reason for each in lost.candidates if each.rank == 0) == ["", "", "conflict"]


def test_lost_markers_and_translations_keep_their_reasons() -> None:
    one = item("Ada met Bob.", "Ada traf Bob.", "Ada", "Bob")
    assert project("[1]Ada[/1] traf [2]Bob.", one) == ["Ada", "marker-unclosed"]
    assert project("x", one, sent="something else") == ["no-translation", "no-translation"]
    assert project("[Ada] traf Bob.", one, scheme="brackets") == ["marker-count", "marker-count"]
    empty = item("Ada met Bob.", "", "Ada", "Bob")
    assert project("[1]Ada[/1] traf [2]Bob[/2].", empty) == ["empty-target", "empty-target"]


def test_items_of_several_languages_and_without_spans() -> None:
    german, french = item("Ada left.", "Ada ging.", "Ada"), item("Ada left.", "Ada partit.", "Ada", tgt_lang="fr")
    plain = item("Nobody.", "Niemand.")
    asked: list[tuple[str, list[str]]] = []

    class Asked(RecordedTranslator):
        def translate(self, texts: list[str], *, src_lang: str, tgt_lang: str) -> list[object]:
            asked.append((tgt_lang, list(texts)))
            return super().translate(texts, src_lang=src_lang, tgt_lang=tgt_lang)

    projector = MarkedProjector(Asked({"[1]Ada[/1] left.": "[1]Ada[/1] x."}))
    found = projector.project_many([french, plain, german, french])
    assert [len(each.candidates) for each in found] == [1, 0, 1, 1]
    assert asked == [("de", ["[1]Ada[/1] left."]), ("fr", ["[1]Ada[/1] left."] * 2)]
    assert found[0].alignment is None


def test_no_more_alternatives_than_asked_for() -> None:
    target = segment("a aa aaa aa a", "de", TARGET)
    pair = SpanPair(segment("b", "en", SOURCE), target, 1)
    found = {"k": span("aa", "aa")}
    settings = LocateSettings(min_similarity=0.1, n_alternatives=3)
    candidates = locate_spans(pair, {"k": span("b", "b")}, "aa", found, settings=settings)
    assert [each.rank for each in candidates] == [0, 1, 2]
    assert [each.score for each in candidates] == sorted((each.score for each in candidates), reverse=True)


def test_strings_are_compared_without_case_width_and_signs() -> None:
    assert normalise("  Ｕ.Ｎ.—Straße! ") == "u n strasse"
    assert normalise("...") == ""


def test_the_engine_translates_with_a_model(tmp_path: Path) -> None:
    engine = get_engine("marked")
    settings = engine.read_settings({"model": save_marian(tmp_path / "model"), "beams": 1, "device": "cpu"})
    one = item("we see ada !", "heute sehen wir ada !", "ada")
    found = engine.build(settings).project(one)
    assert [each.span.surface(one.target.text) for each in found.candidates[:1]] == ["ada"]
    with pytest.raises(EngineError, match="Nothing is given"):
        engine.read_settings({})
