"""Pretrained models from a folder or a hub id. torch and transformers are imported here, and only when a model is used.

A model is named by the user: a folder made by `save_pretrained`, or an id on a hub (which needs a network). Code that
comes with a model is never run, and weights in pickles are not read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import Any, Literal

from projection.errors import EngineError, Problem

_MAX_SAID = 160

Task = Literal["encoder", "seq2seq", "causal"]

_CLASSES: dict[str, str] = {
    "encoder": "AutoModel",
    "seq2seq": "AutoModelForSeq2SeqLM",
    "causal": "AutoModelForCausalLM",
}

_KINDS: dict[Task, str] = {
    "encoder": "an encoder",
    "seq2seq": "a sequence-to-sequence model, such as mT5 or NLLB",
    "causal": "a causal language model, such as Qwen",
}


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model in evaluation mode with its tokenizer.

    Attributes:
        model: a transformers `PreTrainedModel` on `device`.
        tokenizer: its tokenizer.
        device: `cpu`, `cuda`, `cuda:0`, ...
        name: the folder or id it was loaded from.
    """

    model: Any
    tokenizer: Any
    device: str
    name: str


def load_model(name: str, *, task: Task, device: str = "auto", **options: Any) -> LoadedModel:
    """Load a model and its tokenizer.

    Args:
        name: folder of the model, or its hub id.
        task: which head it must have.
        device: `auto` takes a GPU where there is one.
        options: passed on to `from_pretrained` of the model (for example a changed config).

    Raises:
        EngineError: `missing-module` without torch and transformers; `bad-model` when it cannot be loaded;
            `bad-device` for a GPU where there is none.
    """
    tokenizer = load_tokenizer(name)
    import torch  # noqa: PLC0415
    import transformers  # noqa: PLC0415

    has_gpu = torch.cuda.is_available()
    # Progress belongs to the caller.
    progress: Any = transformers.utils.logging
    progress.disable_progress_bar()
    chosen = ("cuda" if has_gpu else "cpu") if device == "auto" else device
    if chosen.startswith("cuda") and not has_gpu:
        raise EngineError(Problem("bad-device", "There is no usable GPU.", "Choose the device auto or cpu."))
    loader = getattr(transformers, _CLASSES[task])
    given = {"use_safetensors": True, **_safely(name), **options}
    model = _load(name, f"{task} model", lambda: _of_kind(name, task, lambda: loader.from_pretrained(name, **given)))
    _move(model, chosen)
    model.eval()
    return LoadedModel(model, tokenizer, chosen, name)


def load_tokenizer(name: str) -> Any:
    """Load the tokenizer of a model.

    Raises:
        EngineError: `missing-module` without torch and transformers; `bad-model` when it cannot be loaded.
    """
    try:
        import torch  # noqa: PLC0415, F401
        import transformers  # noqa: PLC0415
    except ImportError as err:
        remedy = "Install the neural part: pip install 'crossgloss[neural]'."
        raise EngineError(Problem("missing-module", "torch and transformers are not installed.", remedy)) from err
    return _load(name, "tokenizer", lambda: transformers.AutoTokenizer.from_pretrained(name, **_safely(name)))


def _safely(name: str) -> dict[str, bool]:
    """Runs no code that comes with a model, and asks no hub about a model that is here."""
    return {"trust_remote_code": False, "local_files_only": Path(name).is_dir()}


def _move(model: Any, device: str) -> None:
    try:
        model.to(device)
    except (RuntimeError, AssertionError, NotImplementedError) as err:
        first_line = str(err).strip().split("\n")[0]
        fault = f"The model cannot be put on the device {device}: {first_line}"
        raise EngineError(Problem("bad-device", fault, "Choose the device auto or cpu.")) from err


def _load(name: str, kind: str, load: Callable[[], Any]) -> Any:
    """Call a loader of transformers; what it raises for a missing or damaged model becomes one error.

    Raises:
        EngineError: `bad-model`.
    """
    looks_local = Path(name).is_absolute() or name.startswith(".")
    if looks_local and not Path(name).is_dir():
        remedy = "Give the folder of a model made by save_pretrained."
        raise EngineError(Problem("bad-model", f"{name} cannot be loaded: there is no such folder.", remedy))
    try:
        return load()
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as err:
        remedy = "Give the folder of a model made by save_pretrained" + ("." if looks_local else ", or a hub id.")
        said = shorten(" ".join(str(err).split()), _MAX_SAID, placeholder=" ...")
        raise EngineError(Problem("bad-model", f"{name} cannot be loaded as {kind}: {said}", remedy)) from err


def _of_kind(name: str, task: Task, load: Callable[[], Any]) -> Any:
    """Call a loader of transformers that knows the kinds of models with this head.

    Raises:
        EngineError: `bad-model` for a model of another kind.
    """
    try:
        return load()
    except ValueError as err:
        if "Unrecognized configuration class" not in str(err):
            raise
        fault = f"{name} cannot be loaded: it is not {_KINDS[task]}."
        remedy = "Give one; tagging takes causal ones with architecture=causal." if task == "seq2seq" else "Give one."
        raise EngineError(Problem("bad-model", fault, remedy)) from err
