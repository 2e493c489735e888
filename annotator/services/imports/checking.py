"""Which items can be imported, and the report that is shown before anybody confirms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import StatisticsError, correlation
from typing import Any

from annotator.models import Layer, Project
from annotator.services.imports.problems import UNSTORABLE, Located, ProblemList, locate
from annotator.services.imports.reading import Draft, Given, Languages, Loaded, iter_drafts, load_files
from annotator.services.imports.spec import ROLE_NAMES, SOURCE, TARGET, BadRows, ImportSpec
from annotator.services.imports.writing import overlaps
from projection.errors import OffsetError, Problem
from projection.text import check_span
from projection.types import Item, Span

MAX_TEXT_CHARS = 20_000
MAX_ID_CHARS = 300
MAX_DOCUMENT_CHARS = 300
MAX_LABEL_CHARS = 100
MAX_KEY_CHARS = 100
N_PREVIEW = 5
_PREVIEW_CHARS = 400
_MIN_FOR_LENGTHS = 50
_MIN_CORRELATION = 0.4
_TICK_ITEMS = 500

Progress = Callable[[int, int], None]
Fault = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Tagset:
    """What a project allows in a layer, and the labels that it has."""

    labels: frozenset[str]
    is_span: bool
    is_open: bool
    allows_overlap: bool
    allows_discontinuous: bool


@dataclass(frozen=True, slots=True)
class Setting:
    """The part of a project that an import is checked against."""

    langs: Languages
    tagsets: dict[str, Tagset]
    ids: frozenset[str]


def read_setting(project: Project, *, tgt_lang: str) -> Setting:
    """Tagsets and the ids that are taken; three queries."""
    layers = Layer.objects.filter(project=project).prefetch_related("labels")
    tagsets = {
        layer.name: Tagset(
            frozenset(label.name for label in layer.labels.all()),
            layer.kind == Layer.Kind.SPAN,
            layer.is_open,
            layer.allows_overlap,
            layer.allows_discontinuous,
        )
        for layer in layers
    }
    ids = project.items.filter(tgt_lang=tgt_lang).values_list("external_id", flat=True)
    return Setting(Languages(project.src_lang, tgt_lang), tagsets, frozenset(ids.iterator(chunk_size=10_000)))


@dataclass(slots=True)
class Check:
    """An import under check: feed it all drafts, then ask for the report."""

    loaded: Loaded
    setting: Setting
    problems: ProblemList = field(default_factory=ProblemList)
    labels: Counter[tuple[str, str]] = field(default_factory=Counter)
    documents: set[str] = field(default_factory=set)
    preview: list[dict[str, Any]] = field(default_factory=list)
    lengths: tuple[list[int], list[int]] = field(default_factory=lambda: ([], []))
    # Unusable rows that are part of a pair; the others never found a partner.
    met: set[tuple[str, int]] = field(default_factory=set)
    n_clean: int = 0
    n_repaired: int = 0
    n_unusable: int = 0

    def items(self, drafts: Iterator[Draft], *, bad_rows: BadRows, on_progress: Progress | None) -> Iterator[Item]:
        """The items that are to be imported; what is found out about all of them is kept here."""
        self.problems.extend(self.loaded.problems)
        total = self.loaded.n_drafts
        for number, draft in enumerate(drafts, start=1):
            if self._take(draft, bad_rows):
                yield draft.item
            if on_progress is not None and number % _TICK_ITEMS == 0:
                on_progress(number, total)
        self._finish()

    def _take(self, draft: Draft, bad_rows: BadRows) -> bool:
        for code, message, remedy in find_faults(draft.item, self.setting):
            place = f"line {draft.line}"
            problem = Problem(code, message, remedy, place=place, line=draft.line, row=draft.source_row)
            self.problems.add(locate(SOURCE, problem))
        rows = ((SOURCE, draft.source_row), (TARGET, draft.target_row))
        unusable = [row for row in rows if row in self.problems.unusable]
        self.met.update(unusable)
        is_repaired = any(row in self.problems.repaired for row in rows)
        self._count(draft.item, is_unusable=bool(unusable), is_repaired=is_repaired)
        return not unusable and not (is_repaired and bad_rows != "keep")

    def _count(self, item: Item, *, is_unusable: bool, is_repaired: bool) -> None:
        if is_unusable:
            self.n_unusable += 1
            return
        self.n_repaired += is_repaired
        self.n_clean += not is_repaired
        self.labels.update((span.layer, span.label) for span in item.spans_of("source"))
        self.documents.add(item.document)
        self.lengths[0].append(len(item.source.text))
        self.lengths[1].append(len(item.target.text))
        if len(self.preview) < N_PREVIEW:
            self.preview.append(_preview(item))

    def _finish(self) -> None:
        if not self.problems.has("fatal") and not self.n_clean + self.n_repaired:
            fault = Problem("no-pairs", "No sentence pair is left that can be imported.", "See the problems below.")
            self.problems.add(Located(SOURCE, fault, "fatal"))
        if not self.labels and self.n_clean + self.n_repaired:
            fault = Problem("no-labels", "The source has no labels: there will be nothing to project.", _NO_LABELS)
            self.problems.add(Located(SOURCE, fault, "note"))
        if _is_unrelated(*self.lengths):
            fault = Problem("lengths-unrelated", "Long sentences are not paired with long ones.", _UNRELATED)
            self.problems.add(Located(TARGET, fault, "note"))

    def n_items(self, bad_rows: BadRows) -> int:
        """How many items a choice would import."""
        return self.n_clean + (self.n_repaired if bad_rows == "keep" else 0)

    def skipped(self, bad_rows: BadRows) -> list[list[Any]]:
        """The rows that a choice leaves out: file, line, codes."""
        rows = self.problems.unusable | (set() if bad_rows == "keep" else self.problems.repaired)
        return sorted(
            [ROLE_NAMES[role], self.problems.line_by_row[role, row], sorted(set(self.problems.codes_by_row[role, row]))]
            for role, row in rows
        )

    def report(self) -> dict[str, Any]:
        """What the preview shows, as stored in `Import.report`."""
        loaded = self.loaded
        return {
            "files": [found._asdict() for found in loaded.files],
            "pairing": {"kind": loaded.pairing, "reason": loaded.pairing_reason},
            "n_source": loaded.n_source,
            "n_target": loaded.n_target,
            "n_pairs": loaded.n_drafts,
            "n_clean": self.n_clean,
            "n_repaired": self.n_repaired,
            "n_unusable": self.n_unusable,
            "n_left_over": len(self.problems.unusable - self.met),
            "n_spans": self.labels.total(),
            "n_documents": len(self.documents),
            "labels": self._label_report(),
            "preview": self.preview,
            "problems": self.problems.as_report(),
            "is_fatal": self.problems.has("fatal"),
            "has_surplus": self.problems.has("surplus"),
        }

    def _label_report(self) -> list[dict[str, Any]]:
        rows = sorted(self.labels.items(), key=lambda entry: (entry[0][0], -entry[1], entry[0][1]))
        return [
            {"layer": layer, "name": name, "n": n, "is_new": not self._is_known(layer, name)}
            for (layer, name), n in rows
        ]

    def _is_known(self, layer: str, name: str) -> bool:
        tagset = self.setting.tagsets.get(layer)
        return tagset is not None and name in tagset.labels


_NO_LABELS = "Go on if reviewers are to add them; otherwise choose another file or format."
_UNRELATED = "The pairing may be wrong: look at the first pairs below before you go on."


def make_check(
    files: dict[str, Given], *, spec: ImportSpec, setting: Setting
) -> tuple[Check, Callable[[BadRows, Progress | None], Iterator[Item]]]:
    """Read files; returns the check and what yields the items to import, to be used up once."""
    loaded = load_files(files, spec=spec, langs=setting.langs)
    check = Check(loaded, setting)
    name = file_stem(files[SOURCE].name)

    def items(bad_rows: BadRows, on_progress: Progress | None) -> Iterator[Item]:
        drafts = iter_drafts(loaded, spec=spec, langs=setting.langs, file_name=name)
        return check.items(drafts, bad_rows=bad_rows, on_progress=on_progress)

    return check, items


def file_stem(name: str) -> str:
    """Name of a file without folders and ending: the name of its document."""
    base = name.replace("\\", "/").rpartition("/")[2]
    return base.rpartition(".")[0] or base


def _is_unrelated(src_lengths: Sequence[int], tgt_lengths: Sequence[int]) -> bool:
    if len(src_lengths) < _MIN_FOR_LENGTHS:
        return False
    try:
        return correlation(src_lengths, tgt_lengths) < _MIN_CORRELATION
    except StatisticsError:
        # All sentences of one side are equally long.
        return False


# ---------------------------------------------------------------------------------------------------------- one item


def find_faults(item: Item, setting: Setting) -> Iterator[Fault]:
    """Why an item cannot be stored: code, fault, remedy."""
    sides = {segment.side for segment in item.segments}
    if sides != {"source", "target"}:
        missing = "target" if "source" in sides else "source"
        yield f"no-{missing}", f"The item {item.id!r} has no {missing} segment.", "Add one or skip this row."
        return
    yield from _id_faults(item, setting)
    yield from _text_faults(item, setting.langs)
    yield from _span_faults(item, setting)


def _id_faults(item: Item, setting: Setting) -> Iterator[Fault]:
    if item.id in setting.ids:
        fault = f"The project has an item {item.id!r} in {setting.langs.tgt} already."
        yield "item-exists", fault, "Skip this row, or give the import an id prefix."
    for name, value, limit in (
        ("id", item.id, MAX_ID_CHARS),
        ("document", item.document, MAX_DOCUMENT_CHARS),
    ):
        if len(value) > limit:
            fault = f"The {name} has {len(value)} characters; {limit} are allowed."
            yield f"{name}-too-long", fault, f"Shorten the {name}."
        elif UNSTORABLE.search(value):
            yield "unstorable-text", f"The {name} holds a character that is not text.", "Take it out."


def _text_faults(item: Item, langs: Languages) -> Iterator[Fault]:
    for segment in item.segments:
        side = segment.side
        wanted = langs.src if side == "source" else langs.tgt
        if segment.lang != wanted:
            fault = f"The {side} is in {segment.lang!r}, but the {side} language of this import is {wanted!r}."
            yield "language-differs", fault, "Choose another target language or skip this row."
        if len(segment.text) > MAX_TEXT_CHARS:
            fault = f"The {side} sentence has {len(segment.text)} characters; {MAX_TEXT_CHARS} are allowed."
            yield "text-too-long", fault, "Split it, or check that the file has one sentence a line."
        elif UNSTORABLE.search(segment.text):
            fault = f"The {side} sentence holds a character that is not text."
            yield "unstorable-text", fault, "Take it out or skip this row."


def _span_faults(item: Item, setting: Setting) -> Iterator[Fault]:
    spans = [span for span in item.spans if item.segments[span.segment].side == "source"]
    for span in spans:
        yield from _label_faults(span, setting.tagsets.get(span.layer))
        try:
            check_span(item.segments[span.segment].text, span.intervals)
        except OffsetError as err:
            yield err.problem.code, err.problem.message, err.problem.remedy
    yield from _overlap_faults(spans, setting)


def _label_faults(span: Span, tagset: Tagset | None) -> Iterator[Fault]:
    if len(span.label) > MAX_LABEL_CHARS or UNSTORABLE.search(span.label):
        shown = span.label[:20]
        fault = f"The label {shown!r}… has {len(span.label)} characters; {MAX_LABEL_CHARS} are allowed."
        yield "label-too-long", fault, "Check the tag column, or shorten the label."
    if len(span.id) > MAX_KEY_CHARS:
        fault = f"The id of a span has {len(span.id)} characters; {MAX_KEY_CHARS} are allowed."
        yield "span-id-too-long", fault, "Shorten it."
    if len(span.layer) > MAX_LABEL_CHARS:
        fault = f"The name of a layer has {len(span.layer)} characters; {MAX_LABEL_CHARS} are allowed."
        yield "layer-too-long", fault, "Shorten it."
    if tagset is not None:
        yield from _tagset_faults(span, tagset)


def _tagset_faults(span: Span, tagset: Tagset) -> Iterator[Fault]:
    if not tagset.is_span:
        yield "not-a-span-layer", f"The layer {span.layer} does not hold spans.", "Use another layer."
    if not tagset.is_open and span.label not in tagset.labels:
        known = ", ".join(sorted(tagset.labels)) or "none"
        fault = f"The layer {span.layer} is closed and has no label {span.label!r}."
        yield "unknown-label", fault, f"Its labels: {known}. Add the label to the project, or skip this row."
    if len(span.intervals) > 1 and not tagset.allows_discontinuous:
        fault = f"The {span.label} span has {len(span.intervals)} pieces, which the layer {span.layer} does not allow."
        yield "discontinuous-span", fault, "Use another layer or skip this row."


def _overlap_faults(spans: Sequence[Span], setting: Setting) -> Iterator[Fault]:
    ordered = sorted(spans, key=lambda span: (span.segment, span.start_char, -span.end_char))
    for before, after in pairwise(ordered):
        tagset = setting.tagsets.get(before.layer)
        if tagset is not None and not tagset.allows_overlap and overlaps(before, after):
            fault = f"A {before.label} and a {after.label} span overlap, which the layer {before.layer} does not allow."
            yield "overlapping-spans", fault, "Use another layer or skip this row."


# ----------------------------------------------------------------------------------------------------------- preview


def _preview(item: Item) -> dict[str, Any]:
    source_index = item.segment_index("source")
    spans = [span for span in item.spans if span.segment == source_index]
    return {
        "id": item.id,
        "document": item.document,
        "source": cut_pieces(item.source.text, spans),
        "target": _shorten(item.target.text),
    }


def cut_pieces(text: str, spans: Sequence[Span]) -> list[dict[str, str]]:
    """The text in pieces, labelled and not, for display; of spans that overlap only the first is marked."""
    pieces: list[dict[str, str]] = []
    position = 0
    for span in sorted(spans, key=lambda span: (span.start_char, -span.end_char)):
        start, end = span.intervals[0]
        if start < position:
            continue
        if start > position:
            pieces.append({"text": text[position:start], "label": ""})
        pieces.append({"text": text[start:end], "label": span.label})
        position = end
        if position > _PREVIEW_CHARS:
            break
    rest = _shorten(text[position:])
    if rest:
        pieces.append({"text": rest, "label": ""})
    return pieces


def _shorten(text: str) -> str:
    return text if len(text) <= _PREVIEW_CHARS else f"{text[:_PREVIEW_CHARS]}…"
