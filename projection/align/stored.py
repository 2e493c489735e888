"""Saved models: named arrays in one file, without pickled objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from projection.errors import EngineError, Problem


def save_model(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write named arrays as a compressed .npz file."""
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)


@contextmanager
def open_model(path: Path) -> Iterator[Mapping[str, Any]]:
    """The arrays of a saved model.

    Raises:
        EngineError: when the file is missing or damaged, or what is read inside the block does not fit.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            yield arrays
    except FileNotFoundError as err:
        problem = Problem(
            "bad-model",
            f"{path.name} holds no usable model: there is no such file.",
            "Check the path, or learn and save again.",
        )
        raise EngineError(problem) from err
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as err:
        fault = f"{path.name} holds no usable model: something else, damaged, or of another version."
        raise EngineError(Problem("bad-model", fault, "Name one that was saved, or learn and save again.")) from err
