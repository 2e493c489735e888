"""One file for what several projectors learned."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import BadZipFile, ZipFile, ZipInfo

from projection.errors import EngineError, Problem
from projection.projectors.base import Projector

_FACTS = "facts.json"


def save_members(path: Path, members: Mapping[str, Projector], facts: Mapping[str, Any]) -> None:
    """Write what each member saves, and facts that JSON can hold, into one file; the same state gives the same bytes.

    Raises:
        EngineError: from a member that has not learned yet.
    """
    with TemporaryDirectory() as folder, ZipFile(path, "w") as archive:
        archive.writestr(ZipInfo(_FACTS), json.dumps(facts, sort_keys=True))
        for name, member in members.items():
            file = Path(folder) / name
            member.save(file)
            archive.writestr(ZipInfo(name), file.read_bytes())


def load_members(path: Path, members: Mapping[str, Projector]) -> dict[str, Any]:
    """Let each member load what `save_members` wrote.

    Returns:
        The facts.

    Raises:
        EngineError: `bad-model` when the file is missing, damaged, or was written for other members.
    """
    try:
        with TemporaryDirectory() as folder, ZipFile(path) as archive:
            for name, member in members.items():
                file = Path(folder) / name
                file.write_bytes(archive.read(name))
                member.load(file)
            facts: dict[str, Any] = json.loads(archive.read(_FACTS))
            return facts
    except FileNotFoundError as err:
        fault = f"{path.name} holds no usable state: there is no such file."
        raise EngineError(Problem("bad-model", fault, "Check the path, or learn and save again.")) from err
    except (OSError, KeyError, ValueError, BadZipFile) as err:
        fault = f"{path.name} holds no usable state of these engines: something else, damaged, or of another version."
        raise EngineError(Problem("bad-model", fault, "Name one that was saved, or learn and save again.")) from err
