"""Pretrained models that runs may use: the folders that the operator put into MODELS_DIR."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from annotator.errors import bad_request

CONFIG = "config.json"
_SMALL_BYTES = 1_000_000


def list_models() -> list[str]:
    """Names of the models, in alphabetical order: folders with a configuration, as made by `save_pretrained`."""
    folder = Path(settings.MODELS_DIR)
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if (path / CONFIG).is_file())


def get_model_path(name: str, *, place: str) -> Path:
    """The folder of a model.

    Raises:
        BadRequestError: there is no model of this name; names with folders in them are unknown ones.
    """
    listed = list_models()
    if name not in listed:
        known = (
            _("Choose one of: %(names)s.") % {"names": ", ".join(listed)}
            if listed
            else _("Ask the operator to put one into MODELS_DIR.")
        )
        raise bad_request(
            "unknown-model", _("There is no model %(name)r on this server.") % {"name": name}, known, place=place
        )
    return Path(settings.MODELS_DIR) / name


def hide_folder(text: str) -> str:
    """A message without the folder of the models, which is the operator's own affair: models are told by name."""
    return text.replace(f"{Path(settings.MODELS_DIR)}/", "")


def identify_model(path: Path) -> str:
    """What tells one state of a model from another: a hash of its file names, sizes and small files."""
    digest = hashlib.sha256()
    for file in sorted(each for each in path.rglob("*") if each.is_file()):
        size = file.stat().st_size
        digest.update(f"{file.relative_to(path)}\0{size}\0".encode())
        if size <= _SMALL_BYTES:
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
