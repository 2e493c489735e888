"""Labels carried by the markers of a machine translation, then found in the target text that is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from projection.markers import Reading, Scheme
from projection.markers.locate import LocateSettings, locate_spans
from projection.projectors.base import Projection, Stateless
from projection.projectors.pairs import PairView, pair_segments, project_pairs, source_spans
from projection.transfer.decoder import unprojected
from projection.translate.base import Translator
from projection.translate.marked import MarkedText, translate_marked
from projection.types import Candidate, Item, Link, Span


class MarkedProjector(Stateless):
    """Translates each source with markers and looks for the marked strings in the target of its item."""

    def __init__(
        self, translator: Translator, scheme: Scheme = "numbered", settings: LocateSettings | None = None
    ) -> None:
        self._translator = translator
        self._scheme = scheme
        self._settings = settings or LocateSettings()

    def project(self, item: Item) -> Projection:
        """Candidates of one item, see `project_many`."""
        return self.project_many([item])[0]

    def project_many(self, items: Sequence[Item]) -> list[Projection]:
        """Candidates of items; the sources with spans are translated together.

        Spans whose markers were lost come back with the reason of that (`marker-...`, `no-translation`), others with
        those of `locate_spans`.

        Raises:
            EngineError: the translator cannot work at all, or does not know a language.
        """
        views = [pair_segments(item) for item in items]
        pairs = [
            (view, source_spans(item, view.src_index))
            for item, group in zip(items, views, strict=True)
            for view in group
        ]
        readings = iter(self._read_all(pairs))

        def transfer(view: PairView, spans: Mapping[str, Span]) -> tuple[Sequence[Candidate], tuple[Link, ...] | None]:
            reading = next(readings)
            return ([] if reading is None else self._locate(view, spans, reading)), None

        return [project_pairs(item, group, transfer) for item, group in zip(items, views, strict=True)]

    def _read_all(self, pairs: Sequence[tuple[PairView, Mapping[str, Span]]]) -> list[Reading | None]:
        """The reading of each pair in the order given, None for those without spans."""
        found: list[Reading | None] = [None] * len(pairs)
        wanted = sorted(
            (number for number, (_, spans) in enumerate(pairs) if spans), key=lambda number: pairs[number][0].langs
        )
        for (src_lang, tgt_lang), numbers in _by_langs(wanted, pairs):
            texts = [MarkedText(pairs[number][0].source.text, pairs[number][1]) for number in numbers]
            translated = translate_marked(
                self._translator, texts, scheme=self._scheme, src_lang=src_lang, tgt_lang=tgt_lang
            )
            for number, each in zip(numbers, translated, strict=True):
                found[number] = each.reading
        return found

    def _locate(self, view: PairView, spans: Mapping[str, Span], reading: Reading) -> list[Candidate]:
        if not view.target.tokens:
            return [unprojected(key, "empty-target") for key in spans]
        marked = {span.source_id: span for span in reading.spans}
        found = locate_spans(view.span_pair, spans, reading.text, marked, settings=self._settings)
        return [*found, *(unprojected(each.key, each.reason) for each in reading.rejects)]


def _by_langs(
    numbers: Sequence[int], pairs: Sequence[tuple[PairView, Mapping[str, Span]]]
) -> Iterator[tuple[tuple[str, str], list[int]]]:
    for langs, group in groupby(numbers, key=lambda number: pairs[number][0].langs):
        yield langs, list(group)
