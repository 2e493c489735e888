"""Prompts: template files with a version and a hash, and what a voter is sent about one item.

Each task has two templates that ask for the same in other words (`span.txt`, `span-b.txt`). Texts of the item stand
between two lines with a nonce that depends on them, so that no text can close its own block. A request is about one
item only; texts that stand before and after it are shown as context, unless they look like instructions.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from projection.errors import EngineError, Problem

Task = Literal["span", "class", "grade", "token", "relation", "answer", "candidate", "back", "rate"]
Variant = Literal["a", "b"]

TASKS: tuple[Task, ...] = ("span", "class", "grade", "token", "relation", "answer", "candidate", "back", "rate")
LATEST = "v1"
_FOLDER = Path(__file__).parent
_PLACE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class PromptSet:
    """The templates of one version.

    Attributes:
        version: name of the folder and the first signs of the hash: `v1-0a1b2c3d`.
        sha256: hash of all its files, names included.
        texts: by file name without its ending.
    """

    version: str
    sha256: str
    texts: Mapping[str, str]

    def text(self, name: str, variant: Variant) -> str:
        """A template."""
        return self.texts[name if variant == "a" else f"{name}-b"]


@lru_cache(maxsize=16)
def load_prompts(version: str = LATEST) -> PromptSet:
    """The templates of a version that comes with the library, or of a folder of one's own.

    Args:
        version: `v1`, or the path of a folder with a file for each task and variant.

    Raises:
        EngineError: `no-prompt` for an unknown version, or a folder that lacks a file.
    """
    inside = _FOLDER / version
    folder = inside if re.fullmatch(r"v\d+", version) and inside.is_dir() else Path(version)
    names = [f"{name}{ending}" for name in ("system", *TASKS) for ending in ("", "-b")]
    missing = [name for name in names if not (folder / f"{name}.txt").is_file()]
    if missing:
        fault = f"The prompts {version!r} have no file {missing[0]}.txt."
        raise EngineError(Problem("no-prompt", fault, f"Use {LATEST}, or a folder with all files."))
    texts = {name: (folder / f"{name}.txt").read_text(encoding="utf-8").strip() for name in names}
    joined = "".join(f"{name}\0{texts[name]}\0" for name in sorted(texts))
    digest = hashlib.sha256(joined.encode()).hexdigest()
    return PromptSet(f"{folder.name}-{digest[:8]}", digest, texts)


def fill(template: str, values: Mapping[str, str]) -> str:
    """A template with its places filled in one pass: braces in the values mean nothing."""
    return _PLACE.sub(lambda match: values.get(match[1], match[0]), template)
