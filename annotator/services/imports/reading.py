"""From uploaded files to paired items with everything that was found wrong, whatever the formats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from annotator.services.imports.layers import Tagset, plan_layers
from annotator.services.imports.loaded import Draft, FileReport, Given, Languages, Loaded
from annotator.services.imports.passages import pair_passages
from annotator.services.imports.problems import Located, drop_target_labels, fatal, locate
from annotator.services.imports.spec import ID_TABLE, SOURCE, TARGET, ImportSpec
from projection.errors import FormatError, Problem
from projection.formats import (
    IdTable,
    PairResult,
    ReadResult,
    Sentence,
    detect_format,
    get_format,
    pair_by_id,
    pair_by_position,
    pair_by_table,
    read_conll,
    read_conllu,
    read_id_table,
    read_jsonl,
    read_plain,
    read_squad,
    read_table,
    read_tsv,
)
from projection.formats.base import decode, line_problem
from projection.formats.pairing import is_number
from projection.types import Item

BOTH_SIDES = frozenset({"tsv", "jsonl"})
_ONE_SIDE = frozenset({"conll", "conllu", "plain", "table", "squad"})
_READERS: Mapping[str, Any] = {"conll": read_conll, "conllu": read_conllu, "plain": read_plain, "table": read_table}
_WITH_LANG = ("conll", "conllu")
_SHARED_IDS = 0.5


def load_files(
    files: Mapping[str, Given], *, spec: ImportSpec, langs: Languages, tagsets: Mapping[str, Tagset]
) -> Loaded:
    """Read and pair; what is wrong with a file or its rows is returned, never raised."""
    loaded = Loaded()
    loader = _Loader(files, spec, langs, loaded, tagsets)
    loader.load()
    return loaded


class _Loader:
    """The steps of loading; each notes its problems and leaves out what it cannot do."""

    def __init__(
        self,
        files: Mapping[str, Given],
        spec: ImportSpec,
        langs: Languages,
        loaded: Loaded,
        tagsets: Mapping[str, Tagset],
    ) -> None:
        self.tagsets = tagsets
        self.files = files
        self.spec = spec
        self.langs = langs
        self.loaded = loaded

    def load(self) -> None:
        src_format = self._find_format(SOURCE, self.spec.src_format, self.spec.src_encoding)
        tgt_format = self._find_format(TARGET, self.spec.tgt_format, self.spec.tgt_encoding)
        if src_format is None or (tgt_format is None and TARGET in self.files):
            self._report_table_faults()
            return
        self.loaded.plan = plan_layers(self.spec, self.tagsets, format=src_format)
        for problem in self.loaded.plan.problems:
            self.loaded.problems.append(fatal(SOURCE, problem))
        if TARGET not in self.files:
            self._load_both_sides(src_format)
        elif "squad" in (src_format, tgt_format):
            self._load_passages(src_format, tgt_format or "")
        elif self._are_one_sided(src_format, tgt_format or ""):
            self._load_pairs(src_format, tgt_format or "")

    def _are_one_sided(self, src_format: str, tgt_format: str) -> bool:
        for role, name in ((SOURCE, src_format), (TARGET, tgt_format)):
            if name in BOTH_SIDES:
                title = get_format(name).title
                fault = f"A file of the format {title} holds both sides, but another file was given too."
                self._fatal(role, "both-sides", fault, "Give it alone, or choose the format of this file yourself.")
                return False
        return True

    def _find_format(self, role: str, chosen: str, encoding: str) -> str | None:
        """Format of a file, noted with the reason; None where there is no file or it cannot be used."""
        if role not in self.files:
            return None
        given = self.files[role]
        try:
            name, reason = self._recognise(given, chosen, encoding)
        except FormatError as err:
            self.loaded.problems.append(fatal(role, err.problem))
            self.loaded.files.append(FileReport(role, given.name, len(given.data), "", "", "", "", 0))
            return None
        self.loaded.files.append(FileReport(role, given.name, len(given.data), name, reason, "", "", 0))
        if name not in _ONE_SIDE | BOTH_SIDES:
            title = get_format(name).title
            fault = f"The file was recognised as “{title}”, which holds no sentences: {reason[0].lower()}{reason[1:]}"
            self._fatal(role, "no-sentences", fault, "Choose another file, or choose the format yourself.")
            return None
        return name

    @staticmethod
    def _recognise(given: Given, chosen: str, encoding: str) -> tuple[str, str]:
        if not given.data.strip():
            raise FormatError(Problem("empty-file", "The file is empty.", "Choose another file."))
        if chosen != "auto":
            return chosen, "You chose it."
        guess = detect_format(given.data, given.name, encoding=encoding or None)
        return guess.name, guess.reason

    def _fatal(self, role: str, code: str, message: str, remedy: str) -> None:
        self.loaded.problems.append(fatal(role, Problem(code, message, remedy)))

    def _read(self, role: str, read: Any, *, encoding: str, **options: str) -> ReadResult[Any] | None:
        given = self.files[role]
        try:
            result: ReadResult[Any] = read(given.data, encoding=encoding or None, **options)
        except FormatError as err:
            self.loaded.problems.append(fatal(role, err.problem))
            return None
        self._complete_report(role, result.encoding, result.newline, len(result.rows))
        if not result.rows and not result.problems:
            self._fatal(role, "empty-file", "The file holds no sentence.", "Choose another file.")
        return result

    def _complete_report(self, role: str, encoding: str, newline: str, n_rows: int) -> None:
        files = self.loaded.files
        index = next(index for index, found in enumerate(files) if found.role == role)
        files[index] = files[index]._replace(encoding=encoding, newline=newline, n_rows=n_rows)

    # ----------------------------------------------------------------------------------------- one file, both sides

    def _load_both_sides(self, name: str) -> None:
        if name not in BOTH_SIDES:
            fault = f"A file of the format {get_format(name).title} holds one side only."
            self._fatal(SOURCE, "target-missing", fault, "Give the target file too.")
            return
        reader = read_tsv if name == "tsv" else read_jsonl
        result = self._read(SOURCE, reader, encoding=self.spec.src_encoding)
        if result is None:
            return
        loaded = self.loaded
        loaded.pairing, loaded.pairing_reason = "same-file", "Each row holds the source and its target."
        loaded.problems.extend(locate(SOURCE, problem) for problem in result.problems)
        if name == "tsv":
            loaded.pairs = result.rows
        else:
            loaded.items = list(self._item_drafts(result))
            loaded.problems.extend(_item_problems(loaded.items))
        loaded.n_source = loaded.n_target = len(result.rows)

    def _item_drafts(self, result: ReadResult[Item]) -> Iterator[Draft]:
        lost = {problem.row for problem in result.problems}
        lines = decode(self.files[SOURCE].data, encoding=self.spec.src_encoding or None).lines
        numbers = (number for number, line in enumerate(lines, start=1) if line.strip())
        places = ((row, line) for row, line in enumerate(numbers) if row not in lost)
        for item, (row, line) in zip(result.rows, places, strict=True):
            yield Draft(item, row, -1, line, line)

    # ------------------------------------------------------------------------------------------------- two files

    def _load_pairs(self, src_format: str, tgt_format: str) -> None:
        source = self._read_side(SOURCE, src_format, self.spec.src_encoding, self.langs.src)
        target = self._read_side(TARGET, tgt_format, self.spec.tgt_encoding, self.langs.tgt)
        table = self._read_table()
        if source is None or target is None or (ID_TABLE in self.files and table is None):
            return
        loaded = self.loaded
        loaded.n_source, loaded.n_target = len(source.rows), len(target.rows)
        self._note_target_labels(target.labels)
        kind, loaded.pairing_reason = self._choose_pairing(source.rows, target.rows, table)
        loaded.problems.extend(self._side_problems(source.problems, target.problems, kind))
        result = self._pair(kind, source.rows, target.rows, table)
        if result is not None:
            loaded.pairing, loaded.pairs = kind, result.pairs
            loaded.problems.extend(_locate_pairing(result.problems))

    def _read_side(self, role: str, name: str, encoding: str, lang: str) -> ReadResult[Sentence] | None:
        if name == "conll" and role == SOURCE and self.loaded.plan.is_token:
            # Columns of tokens and tags of any tagset.
            name = "conllu"
        options = {"lang": lang} if name in _WITH_LANG else {}
        return self._read(role, _READERS[name], encoding=encoding, **options)

    # ------------------------------------------------------------------------------------------------- passages

    def _load_passages(self, src_format: str, tgt_format: str) -> None:
        if src_format != tgt_format:
            fault = "Passages with questions need files of the format SQuAD JSON on both sides."
            self._fatal(TARGET, "other-format", fault, "Give the target in the same format.")
            return
        spec, langs = self.spec, self.langs
        source = self._read(SOURCE, read_squad, encoding=spec.src_encoding, lang=langs.src, side="source")
        target = self._read(TARGET, read_squad, encoding=spec.tgt_encoding, lang=langs.tgt, side="target")
        if source is not None and target is not None:
            pair_passages(source, target, self.loaded)

    def _note_target_labels(self, labels: Counter[str]) -> None:
        if labels.total():
            fault = f"The target has {labels.total()} labels of its own; they are not imported."
            remedy = "Keep the file: it can be compared with the result later."
            self.loaded.problems.append(locate(TARGET, Problem("target-labels", fault, remedy, place="whole file")))

    @staticmethod
    def _side_problems(source: Iterable[Problem], target: Iterable[Problem], kind: str) -> Iterator[Located]:
        located = [*(locate(SOURCE, problem) for problem in source), *(locate(TARGET, problem) for problem in target)]
        for found in drop_target_labels(located):
            # By id the pairing itself reports them; by table, and in the target, the file's own ids do not matter.
            if found.problem.code != "duplicate-id" or (kind == "position" and found.role == SOURCE):
                yield found

    # -------------------------------------------------------------------------------------------------- id table

    def _report_table_faults(self) -> None:
        if ID_TABLE in self.files:
            self._read_table()

    def _read_table(self) -> IdTable | None:
        if ID_TABLE not in self.files:
            return None
        given = self.files[ID_TABLE]
        reason = "You gave it as the id table."
        self.loaded.files.append(FileReport(ID_TABLE, given.name, len(given.data), "idtable", reason, "", "", 0))
        try:
            table = read_id_table(given.data)
        except FormatError as err:
            # There is no encoding to choose for it.
            is_encoding = err.problem.code == "bad-encoding"
            problem = replace(err.problem, remedy="Save it as UTF-8.") if is_encoding else err.problem
            self.loaded.problems.append(fatal(ID_TABLE, problem))
            return None
        self._complete_report(ID_TABLE, table.encoding, table.newline, len(table.rows))
        self.loaded.problems.extend(locate(ID_TABLE, problem) for problem in table.problems)
        return table

    def _choose_pairing(
        self, sources: Sequence[Sentence], targets: Sequence[Sentence], table: IdTable | None
    ) -> tuple[str, str]:
        if self.spec.pairing != "auto":
            return self.spec.pairing, "You chose it."
        if table is not None:
            return "table", "You gave an id table."
        src_ids, tgt_ids = _own_ids(sources), _own_ids(targets)
        n_shared = len(src_ids & tgt_ids)
        if src_ids and tgt_ids and n_shared >= _SHARED_IDS * min(len(src_ids), len(tgt_ids)):
            return "id", f"Both files give their sentences ids, and {n_shared} of them are in both."
        if src_ids and tgt_ids:
            fault = f"Source and target give their sentences ids, but only {n_shared} are in both: paired by position."
            remedy = "Look at the pairs below, or give an id table."
            self.loaded.problems.append(locate(SOURCE, Problem("ids-differ", fault, remedy, place="whole file")))
        return "position", "The n-th sentence of the source belongs to the n-th of the target."

    def _pair(
        self, kind: str, sources: Sequence[Sentence], targets: Sequence[Sentence], table: IdTable | None
    ) -> PairResult | None:
        if kind == "position":
            return pair_by_position(sources, targets)
        if kind == "id":
            return pair_by_id(sources, targets)
        if table is None:
            self._fatal(SOURCE, "table-missing", "Pairing by an id table needs one.", "Give the table too.")
            return None
        spec, langs = self.spec, self.langs
        src_column = self._column(table, spec.table_src_column, langs.src, 0, "source")
        tgt_column = self._column(table, spec.table_tgt_column, langs.tgt, 1, "target")
        if not src_column or not tgt_column:
            return None
        try:
            cells = _cell_kind(table, src_column, tgt_column)
            return pair_by_table(table, src_column, tgt_column, sources, targets, cells=cells)
        except FormatError as err:
            self.loaded.problems.append(fatal(ID_TABLE, err.problem))
            return None

    def _column(self, table: IdTable, chosen: str, lang: str, index: int, side: str) -> str | None:
        if chosen:
            return chosen
        by_language = [name for name in (lang, lang.split("-", maxsplit=1)[0]) if name in table.columns]
        if by_language:
            return by_language[0]
        if len(table.columns) == 2:
            return table.columns[index]
        fault = f"The table has no column {lang!r}; its columns are {', '.join(table.columns)}."
        self._fatal(ID_TABLE, "column-unknown", fault, f"Choose the column of the {side}.")
        return None


def _item_problems(drafts: Iterable[Draft]) -> Iterator[Located]:
    n_ignored = 0
    for draft in drafts:
        item = draft.item
        n_ignored += len(item.spans_of("target")) + len(item.candidates)
        for segment in item.segments:
            if not segment.text.strip():
                fault = f"The {segment.side} sentence is empty."
                remedy = "Fill it in or skip this row."
                problem = line_problem("empty-sentence", fault, remedy, line=draft.source_line, row=draft.source_row)
                yield locate(SOURCE, problem)
    if n_ignored:
        fault = f"The file has {n_ignored} labels and candidates of the target; they are not imported."
        remedy = "Keep the file: it can be compared with the result later."
        yield locate(SOURCE, Problem("target-labels", fault, remedy, place="whole file"))


def _cell_kind(table: IdTable, *columns: str) -> Literal["auto", "position"]:
    """`position` when most cells are numbers: the few others are mistakes, not ids."""
    indices = [table.column_index(name) for name in columns]
    cells = [row.cells[index] for row in table.rows for index in indices]
    return "position" if 2 * sum(map(is_number, cells)) > len(cells) else "auto"


def _own_ids(sentences: Sequence[Sentence]) -> set[str]:
    """Ids that the file gives itself; empty when they are only row numbers."""
    if all(sentence.id == str(sentence.row + 1) for sentence in sentences):
        return set()
    return {sentence.id for sentence in sentences}


def _locate_pairing(problems: Iterable[Problem]) -> Iterator[Located]:
    """Problems of the pairing name their file in their place."""
    for problem in problems:
        role = next((role for role, name in _PLACES if problem.place.startswith(name)), SOURCE)
        yield locate(role, problem)


_PLACES = ((SOURCE, "source"), (TARGET, "target"), (ID_TABLE, "id table"))
