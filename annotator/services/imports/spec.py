"""What the user chose about an import, as stored in `Import.spec`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from django.core.files.base import File

from annotator.models import ImportFile

SideFormat = Literal["auto", "conll", "conllu", "plain", "table", "tsv", "jsonl", "squad"]
Pairing = Literal["auto", "position", "id", "table"]
Documents = Literal["file", "one", "each"]
BadRows = Literal["", "skip", "keep"]

SOURCE: str = ImportFile.Role.SOURCE
TARGET: str = ImportFile.Role.TARGET
ID_TABLE: str = ImportFile.Role.ID_TABLE
ROLE_NAMES = {SOURCE: "source", TARGET: "target", ID_TABLE: "id table"}


@dataclass(frozen=True, slots=True)
class Upload:
    """One file as it came from the browser or a program."""

    role: str
    name: str
    content: File[bytes]


@dataclass(frozen=True, slots=True)
class ImportSpec:
    """How files are to be read and paired.

    Attributes:
        src_format: format of the source file, or of the one file that holds both sides.
        tgt_format: format of the target file.
        src_encoding: codec of the source file; "" for UTF-8, or UTF-16 with a byte order mark.
        tgt_encoding: codec of the target file.
        pairing: how sentences find each other.
        table_src_column: column of the id table for the source; "" takes the source language or the first column.
        table_tgt_column: column of the id table for the target; "" takes the target language or the second column.
        layer: layer of the spans or token tags of formats that do not name one; "" takes the first that fits.
        class_layer: layer of the classes of whole texts; "" takes the first layer of classes.
        class_from: where the class of a text stands: the column of a table, the key of a comment in CoNLL; "" looks for
            the name of the layer and usual names, such as label, topic or intent.
        documents: `file` takes documents from the file (the whole file is one where it names none), `one` makes the
            file one document, `each` makes every sentence its own.
        id_prefix: put before every id, so that files without ids of their own do not collide.
    """

    src_format: SideFormat = "auto"
    tgt_format: SideFormat = "auto"
    src_encoding: str = ""
    tgt_encoding: str = ""
    pairing: Pairing = "auto"
    table_src_column: str = ""
    table_tgt_column: str = ""
    layer: str = ""
    class_layer: str = ""
    class_from: str = ""
    documents: Documents = "file"
    id_prefix: str = ""


@dataclass(frozen=True, slots=True)
class ImportChoice:
    """What the user decided after the preview.

    Attributes:
        bad_rows: `skip` leaves out every row that has a problem; `keep` takes rows that were repaired as they were
            read and leaves out only those that cannot be used.
        surplus: with different counts, pair the first sentences and leave out the rest.
        n_items: items that were promised in the preview; the import fails when it would write another number.
    """

    bad_rows: BadRows = ""
    surplus: bool = False
    n_items: int = -1


def spec_of(stored: Mapping[str, Any]) -> ImportSpec:
    """The spec in a stored one; what is missing has its default."""
    return ImportSpec(**_known(stored, ImportSpec))


def choice_of(stored: Mapping[str, Any]) -> ImportChoice:
    """The choice in a stored spec."""
    return ImportChoice(**_known(stored.get("choice") or {}, ImportChoice))


def stored_spec(spec: ImportSpec, choice: ImportChoice | None = None) -> dict[str, Any]:
    """Stored form of spec and choice."""
    stored = asdict(spec)
    if choice is not None:
        stored["choice"] = asdict(choice)
    return stored


def _known(stored: Mapping[str, Any], kind: type) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in stored.items() if name in names}
