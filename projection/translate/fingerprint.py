"""Which model it was: a hash of its files, or its revision on the hub."""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from projection.errors import EngineError, Problem

_CONTENT = {".json", ".safetensors", ".model", ".spm", ".txt", ".jinja"}


def fingerprint_model(name: str) -> str:
    """What identifies the content of a model that is named by its folder or hub id.

    Raises:
        EngineError: `missing-module`, or `bad-model` for a hub id that cannot be looked up.
    """
    folder = Path(name)
    return fingerprint_folder(folder) if folder.is_dir() else _revision(name)


def fingerprint_folder(folder: Path) -> str:
    """A hash of a model's weights, settings and vocabulary, whatever the folder is called."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in _CONTENT and path.is_file():
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            digest.update(f"{path.name} {content}\n".encode())
    return digest.hexdigest()


def _revision(name: str) -> str:
    try:
        import transformers  # noqa: PLC0415

        config = transformers.AutoConfig.from_pretrained(name)
    except ImportError as err:
        remedy = "Install the neural part: pip install 'crossgloss[neural]'."
        raise EngineError(Problem("missing-module", "transformers is not installed.", remedy)) from err
    except (OSError, ValueError) as err:
        fault = f"{name} cannot be loaded: {str(err).strip().splitlines()[0]}"
        raise EngineError(Problem("bad-model", fault, "Give the folder of a model, or a hub id.")) from err
    return str(getattr(config, "_commit_hash", None) or "")


def installed_version(package: str) -> str:
    """Version of an optional package, "" where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
