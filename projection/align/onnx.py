"""Encoders as ONNX graphs, whole or with weights of eight bits: faster on CPUs.

A model is exported once, checked against the original and kept in a cache folder; the model's own folder is left as it
is. onnx and onnxruntime are imported here, and only when a graph is made or used.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import warnings
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from projection.align.encoder import TorchEncoder, load_encoder
from projection.errors import EngineError, Problem
from projection.neural.loading import load_tokenizer

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Precision = Literal["float32", "int8"]

_FORMAT = 1
_OPSET = 17
_TOLERANCE = 1e-3
_PROBES = ((3, 9), (2, 5))


@dataclass(frozen=True, slots=True)
class OnnxEncoder:
    """An exported encoder in onnxruntime, on the CPU.

    Attributes:
        session: an `onnxruntime.InferenceSession`.
        tokenizer: the tokenizer of the model.
        capacity: most subwords of an input, special ones included.
    """

    session: Any
    tokenizer: Any
    capacity: int

    def encode(self, ids: Ints, mask: Ints) -> Floats:
        """Hidden states of shape (n_batch, length, size)."""
        return _run(self.session, ids, mask)


def default_cache() -> Path:
    """Where exported models are kept: `$CROSSGLOSS_CACHE`, or `crossgloss` in the user's cache folder."""
    given = os.environ.get("CROSSGLOSS_CACHE")
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "crossgloss"
    return (Path(given) if given else home) / "onnx"


def load_onnx_encoder(
    name: str, *, layer: int, precision: Precision = "int8", cache: Path | None = None
) -> OnnxEncoder:
    """An encoder as an ONNX graph, made where the cache has none of this model, layer and precision.

    Args:
        name: folder of a model.
        layer: see `load_encoder`.
        precision: of the weights; `int8` quantises them, inputs of matrix products on the fly.
        cache: folder, or None for `default_cache()`.

    Raises:
        EngineError: `missing-module` without onnx and onnxruntime; `bad-model` where the model is no folder or
            cannot be exported; see `load_encoder` for the rest.
    """
    _import_onnxruntime()
    folder = cache or default_cache()
    graph = folder / f"{_key(name, layer, precision)}.onnx"
    facts = graph.with_suffix(".json")
    if not facts.exists():
        _store(load_encoder(name, layer=layer, device="cpu"), name, graph, facts, precision=precision)
    return OnnxEncoder(_open(graph), load_tokenizer(name), int(json.loads(facts.read_text("utf-8"))["capacity"]))


def _import_onnxruntime() -> Any:
    try:
        import onnx  # noqa: F401, PLC0415
        import onnxruntime  # noqa: PLC0415
    except ImportError as err:
        remedy = "Install them: pip install 'crossgloss[onnx]', or choose the backend torch."
        raise EngineError(Problem("missing-module", "onnx and onnxruntime are not installed.", remedy)) from err
    return onnxruntime


def _open(graph: Path) -> Any:
    """A session on the CPU whose threads sleep between runs."""
    ort = _import_onnxruntime()
    options = ort.SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])


def _key(name: str, layer: int, precision: Precision) -> str:
    """Another one for every state of the model's files, layer, precision and version of what makes the graph.

    Raises:
        EngineError: `bad-model` when there is no such folder.
    """
    folder = Path(name)
    if not folder.is_dir():
        remedy = "Give the folder of a model made by save_pretrained, or choose the backend torch."
        raise EngineError(Problem("bad-model", f"{name} is no folder, which the backend onnx needs.", remedy))
    files = sorted((file.name, file.stat()) for file in folder.iterdir() if file.is_file())
    state = [(file, stat.st_size, stat.st_mtime_ns) for file, stat in files]
    made_by = [version(package) for package in ("torch", "transformers", "onnxruntime")]
    told = json.dumps([_FORMAT, str(folder.resolve()), state, layer, precision, made_by])
    return hashlib.sha256(told.encode("utf-8")).hexdigest()[:32]


def _store(encoder: TorchEncoder, name: str, graph: Path, facts: Path, *, precision: Precision) -> None:
    """Export, check, quantise; the files appear whole, the facts last."""
    graph.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=graph.parent, prefix=".making-") as folder:
        made = Path(folder) / "float32.onnx"
        try:
            _export(encoder, made)
            is_same = _is_same(encoder, made)
        except (RuntimeError, ValueError, TypeError) as err:
            first_line = str(err).strip().split("\n")[0]
            raise EngineError(_export_problem(name, f"cannot be exported: {first_line}")) from err
        if not is_same:
            raise EngineError(_export_problem(name, "gives other values once exported."))
        if precision == "int8":
            made = _quantise(made, Path(folder) / "int8.onnx")
        made.replace(graph)
        told = Path(folder) / "facts.json"
        told.write_text(json.dumps({"capacity": encoder.capacity, "model": name}), "utf-8")
        told.replace(facts)


def _export_problem(name: str, fault: str) -> Problem:
    return Problem("bad-model", f"{name} {fault}", "Choose the backend torch.")


def _export(encoder: TorchEncoder, path: Path) -> None:
    import torch  # noqa: PLC0415

    names = ("input_ids", "attention_mask", "states")
    with warnings.catch_warnings(), torch.inference_mode():
        # The tracing exporter is slated for removal, but the newer one cannot export all encoders, and takes longer.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            encoder.module,
            tuple(torch.from_numpy(each) for each in _probe(*_PROBES[0])),
            str(path),
            input_names=list(names[:2]),
            output_names=[names[2]],
            dynamic_axes={name: {0: "batch", 1: "length"} for name in names},
            opset_version=_OPSET,
            dynamo=False,
        )


def _is_same(encoder: TorchEncoder, path: Path) -> bool:
    """Whether the graph gives the same values, also for another length than the one it was traced with."""
    session = _open(path)
    for shape in _PROBES:
        ids, mask = _probe(*shape)
        expected, found = encoder.encode(ids, mask), _run(session, ids, mask)
        if not np.allclose(found[mask > 0], expected[mask > 0], rtol=_TOLERANCE, atol=_TOLERANCE):
            return False
    return True


def _probe(n_batch: int, length: int) -> tuple[Ints, Ints]:
    """Ids and mask; the last input is padded."""
    ids = np.arange(n_batch * length, dtype=np.int64).reshape(n_batch, length) % 4 + 1
    mask = np.ones_like(ids)
    mask[-1, length // 2 :] = 0
    return ids, mask


def _run(session: Any, ids: Ints, mask: Ints) -> Floats:
    states: Floats = session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
    return states


def _quantise(whole: Path, path: Path) -> Path:
    from onnxruntime.quantization import QuantType, quant_pre_process, quantize_dynamic  # noqa: PLC0415

    prepared = whole.with_name("prepared.onnx")
    quant_pre_process(str(whole), str(prepared), skip_symbolic_shape=True)
    quantize_dynamic(str(prepared), str(path), weight_type=QuantType.QInt8, per_channel=True)
    return path
