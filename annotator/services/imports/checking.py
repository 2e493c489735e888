"""Which items can be imported, and the report that is shown before anybody confirms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from statistics import StatisticsError, correlation, fmean, pstdev
from typing import Any

from annotator.services.imports.faults import Setting, find_faults
from annotator.services.imports.loaded import Draft, Given, Loaded, iter_drafts
from annotator.services.imports.preview import (
    choose_pairs,
    describe_shift,
    find_shift,
    shift_report,
    shorten,
    show_pair,
    show_source,
)
from annotator.services.imports.problems import DIFFERS, UNCHANGED, Located, ProblemList, locate
from annotator.services.imports.reading import load_files
from annotator.services.imports.spec import ROLE_NAMES, SOURCE, TARGET, BadRows, ImportSpec
from annotator.services.imports.stored import read_stored
from projection.errors import Problem
from projection.formats.fit import FitList
from projection.types import Item, Side

_MIN_FOR_LENGTHS = 50
_MIN_CORRELATION = 0.4
# Of sentences that are all about equally long, lengths say nothing: standard deviation in parts of the mean.
_MIN_VARIATION = 0.25
_TICK_ITEMS = 500
# Of so many rows, source and target counted each, the preview of repairs shows the text.
_N_TEXTS = 100

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Check:
    """An import under check: feed it all drafts, then ask for the report."""

    loaded: Loaded
    setting: Setting
    redraft: Callable[[Collection[int]], Iterator[Draft]]
    problems: ProblemList = field(default_factory=ProblemList)
    labels: Counter[tuple[str, str]] = field(default_factory=Counter)
    documents: set[str] = field(default_factory=set)
    preview: list[dict[str, Any]] = field(default_factory=list)
    shift: Mapping[str, Any] | None = None
    fits: FitList = field(default_factory=FitList)
    # Numbers of the pairs, counted from 0, that can be imported, and of those without any problem.
    usable: list[int] = field(default_factory=list)
    clean: list[int] = field(default_factory=list)
    # Unusable rows that are part of a pair; the others never found a partner.
    met: set[tuple[str, int]] = field(default_factory=set)
    n_clean: int = 0
    n_repaired: int = 0
    n_unusable: int = 0
    n_unchanged: int = 0
    n_differing: int = 0

    def items(self, drafts: Iterator[Draft], *, bad_rows: BadRows, on_progress: Progress | None) -> Iterator[Item]:
        """The items that are to be imported; what is found out about all of them is kept here."""
        self.problems.extend(self.loaded.problems)
        total = self.loaded.n_drafts
        for number, draft in enumerate(drafts):
            if self._take(number, draft, bad_rows):
                yield draft.item
            if on_progress is not None and (number + 1) % _TICK_ITEMS == 0:
                on_progress(number + 1, total)
        self._finish()

    def _take(self, number: int, draft: Draft, bad_rows: BadRows) -> bool:
        for side, code, message, remedy in find_faults(draft.item, self.setting):
            self.problems.add(_locate_fault(draft, side, Problem(code, message, remedy)))
            self.n_unchanged += code == UNCHANGED
            self.n_differing += code == DIFFERS
        rows = ((SOURCE, draft.source_row), (TARGET, draft.target_row))
        unusable = [row for row in rows if row in self.problems.unusable]
        self.met.update(unusable)
        is_repaired = any(row in self.problems.repaired for row in rows)
        if is_repaired and not unusable:
            self._keep_texts(draft)
        self._compare(draft.item)
        self._count(number, draft.item, is_unusable=bool(unusable), is_repaired=is_repaired)
        return not unusable and not (is_repaired and bad_rows != "keep")

    def _keep_texts(self, draft: Draft) -> None:
        if len(self.problems.texts) < _N_TEXTS:
            self.problems.texts[SOURCE, draft.source_row] = show_source(draft.item)
            self.problems.texts[TARGET, draft.target_row] = [{"text": shorten(draft.item.target.text), "label": ""}]

    def _compare(self, item: Item) -> None:
        texts = {segment.side: segment.text for segment in reversed(item.segments)}
        self.fits.add(texts.get("source", ""), texts.get("target", ""))

    def _count(self, number: int, item: Item, *, is_unusable: bool, is_repaired: bool) -> None:
        if is_unusable:
            self.n_unusable += 1
            return
        self.n_repaired += is_repaired
        self.n_clean += not is_repaired
        self.labels.update((span.layer, span.label) for span in item.spans_of("source"))
        if item.relations:
            self.labels.update((each.layer, each.label) for each in item.relations_of("source"))
        self.documents.add(item.document)
        self.usable.append(number)
        if not is_repaired:
            self.clean.append(number)

    def _finish(self) -> None:
        self._find_shift_and_preview()
        n_known = self.n_unchanged + self.n_differing
        if not self.problems.has("fatal") and not self.n_clean + self.n_repaired + n_known:
            fault = Problem("no-pairs", "No sentence pair is left that can be imported.", "See the problems below.")
            self.problems.add(Located(SOURCE, fault, "fatal"))
        if not self.labels and self.n_clean + self.n_repaired:
            fault = Problem("no-labels", "The source has no labels: there will be nothing to project.", _NO_LABELS)
            self.problems.add(Located(SOURCE, fault, "note"))
        if self.shift is None and _is_unrelated(self.fits):
            fault = Problem("lengths-unrelated", "Long sentences are not paired with long ones.", _UNRELATED)
            self.problems.add(Located(TARGET, fault, "note"))

    def _find_shift_and_preview(self) -> None:
        shift, problem = find_shift(self.loaded, self.fits), None
        if shift is not None:
            problem = describe_shift(shift, next(self.redraft([shift.start])))
            self.problems.add(locate(SOURCE, problem))
        self.shift = shift_report(shift, problem, self.clean)
        marks = choose_pairs(self.fits, self.usable, shift)
        drafts = zip(self.redraft(list(marks)), marks.values(), strict=True)
        self.preview = [show_pair(draft.item, mark) for draft, mark in drafts]

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
            "n_unchanged": self.n_unchanged,
            "n_differing": self.n_differing,
            "n_left_over": len(self.problems.unusable - self.met),
            "n_spans": self.labels.total(),
            "n_documents": len(self.documents),
            "labels": self._label_report(),
            "preview": self.preview,
            "shift": self.shift,
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


def _locate_fault(draft: Draft, side: Side, problem: Problem) -> Located:
    """Say which row of which file a fault is in; both sides may be in one file."""
    is_target = side == "target" and draft.target_row >= 0
    line, row = (draft.target_line, draft.target_row) if is_target else (draft.source_line, draft.source_row)
    place = draft.place or f"line {line}"
    return locate(TARGET if is_target else SOURCE, replace(problem, place=place, line=line, row=row))


def make_check(
    files: dict[str, Given], *, spec: ImportSpec, setting: Setting
) -> tuple[Check, Callable[[BadRows, Progress | None], Iterator[Item]]]:
    """Read files; returns the check and what yields the items to import, to be used up once."""
    loaded = load_files(files, spec=spec, langs=setting.langs, tagsets=setting.tagsets)
    name = file_stem(files[SOURCE].name)

    def redraft(numbers: Collection[int] | None = None) -> Iterator[Draft]:
        return iter_drafts(loaded, spec=spec, langs=setting.langs, file_name=name, numbers=numbers)

    known = [draft.item.id for draft in redraft() if draft.item.id in setting.ids] if setting.ids else []
    stored = read_stored(setting.project, tgt_lang=setting.langs.tgt, ids=known)
    check = Check(loaded, replace(setting, stored=stored), redraft)

    def items(bad_rows: BadRows, on_progress: Progress | None) -> Iterator[Item]:
        return check.items(redraft(), bad_rows=bad_rows, on_progress=on_progress)

    return check, items


def file_stem(name: str) -> str:
    """Name of a file without folders and ending: the name of its document."""
    base = name.replace("\\", "/").rpartition("/")[2]
    return base.rpartition(".")[0] or base


def _is_unrelated(fits: FitList) -> bool:
    """Whether lengths vary, do not vary together, and nothing else says that the pairs are right."""
    lengths = (fits.src_lengths, fits.tgt_lengths)
    if len(fits) < _MIN_FOR_LENGTHS or any(pstdev(each) < _MIN_VARIATION * fmean(each) for each in lengths):
        return False
    try:
        return correlation(*lengths) < _MIN_CORRELATION and not fits.is_paired()
    except StatisticsError:
        # All sentences of one side are equally long.
        return False
