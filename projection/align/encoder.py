"""Encoders of pretrained models, cut after the layer that is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from projection.errors import EngineError, Problem
from projection.neural import LoadedModel, load_model

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

MAX_SUBWORDS = 512
"""Most subwords that are read at once, also where a model could read more."""

_PROBE_LENGTH = 7
_TOLERANCE = 1e-4


class Encoder(Protocol):
    """Subword ids in, hidden states of one layer out."""

    @property
    def tokenizer(self) -> Any:
        """The tokenizer of the model."""
        ...

    @property
    def capacity(self) -> int:
        """Most subwords of an input, special ones included."""
        ...

    def encode(self, ids: Ints, mask: Ints) -> Floats:
        """Hidden states of shape (n_batch, length, size) for ids and their mask (1, 0 for padding)."""
        ...


@dataclass(frozen=True, slots=True)
class TorchEncoder:
    """A transformers encoder whose last module is that of the layer asked for.

    Attributes:
        module: takes ids and mask, gives hidden states of shape (n_batch, length, size).
        tokenizer: the tokenizer of the model.
        capacity: most subwords of an input, special ones included.
        device: where it runs.
        n_layers: layers that are run.
    """

    module: Any
    tokenizer: Any
    capacity: int
    device: str
    n_layers: int

    def encode(self, ids: Ints, mask: Ints) -> Floats:
        """Hidden states of shape (n_batch, length, size)."""
        import torch  # noqa: PLC0415

        with torch.inference_mode():
            found = self.module(torch.from_numpy(ids).to(self.device), torch.from_numpy(mask).to(self.device))
        states: Floats = found.float().cpu().numpy()
        return states


def load_encoder(name: str, *, layer: int, device: str = "auto") -> TorchEncoder:
    """Load a model for the hidden states of one layer.

    Args:
        name: folder or hub id of a model; of a sequence-to-sequence model its encoder is taken.
        layer: 0 is the embeddings, 1 the output of the first layer; -1 the last one, -2 the last but one.
        device: `auto`, `cpu`, `cuda`, ...

    Raises:
        EngineError: `bad-layer` when the model has no such layer; see `load_model` for the rest.
    """
    loaded = load_model(name, task="encoder", device=device)
    model = loaded.model.get_encoder() if loaded.model.config.is_encoder_decoder else loaded.model
    if loaded.device == "cpu":
        model = model.float()
    number = _layer_number(layer, int(model.config.num_hidden_layers), name)
    module, n_layers = cut_after(model, number)
    return TorchEncoder(module, loaded.tokenizer, _capacity(model, loaded), loaded.device, n_layers)


def _layer_number(layer: int, n_layers: int, name: str) -> int:
    if not -n_layers - 1 <= layer <= n_layers:
        remedy = f"Give a layer from 0 to {n_layers}, or -1 for the last."
        raise EngineError(Problem("bad-layer", f"{name} has {n_layers} layers, not {layer}.", remedy))
    return layer if layer >= 0 else n_layers + 1 + layer


def _capacity(model: Any, loaded: LoadedModel) -> int:
    """What the tokenizer and the position embeddings allow, at most `MAX_SUBWORDS`."""
    limits = [MAX_SUBWORDS, int(min(loaded.tokenizer.model_max_length, MAX_SUBWORDS))]
    n_positions = getattr(model.config, "max_position_embeddings", None)
    if isinstance(n_positions, int) and n_positions > 0:
        limits.append(n_positions - _first_position(model, n_positions))
    return min(limits)


def _first_position(model: Any, n_positions: int) -> int:
    """Position of the first subword: models of the RoBERTa family count from their padding index on."""
    for module in model.modules():
        if getattr(module, "num_embeddings", None) == n_positions and module.padding_idx is not None:
            return int(module.padding_idx) + 1
    return 0


def cut_after(model: Any, layer: int) -> tuple[Any, int]:
    """A module (ids, mask) -> hidden states of one layer, and how many layers it runs.

    The layers after the one asked for are taken out of `model`. Where a model's layers are not one list, or the cut
    model answers otherwise than the whole one, all layers are run.
    """
    n_layers = int(model.config.num_hidden_layers)
    whole = _make_reader(model, layer)
    if layer >= n_layers:
        return whole, n_layers
    found = _find_layers(model, n_layers)
    if found is None:
        return whole, n_layers
    parent, name = found
    layers = getattr(parent, name)
    expected = _probe(whole, model)
    n_kept = max(layer, 1)
    setattr(parent, name, layers[:n_kept])
    cut = _make_reader(model, 0) if layer == 0 else _make_tapped(model, layers[layer - 1])
    if _is_same(cut, model, expected):
        return cut, n_kept
    setattr(parent, name, layers)
    return whole, n_layers


def _find_layers(model: Any, n_layers: int) -> tuple[Any, str] | None:
    """The module and the attribute that hold the list of layers, the outermost such list."""
    for path, module in model.named_modules():
        if type(module).__name__ == "ModuleList" and len(module) == n_layers:
            outer, _, name = path.rpartition(".")
            return model.get_submodule(outer), name
    return None


def _make_reader(model: Any, layer: int) -> Any:
    """Runs the model and takes one of its hidden states."""
    import torch  # noqa: PLC0415

    class Reader(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            found = self.model(input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=True)
            return found.hidden_states[layer]

    return Reader().eval()


def _make_tapped(model: Any, last: Any) -> Any:
    """Runs the model and takes what its last layer gives, before anything that follows the layers."""
    import torch  # noqa: PLC0415

    class Tapped(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model
            self.seen: Any = None
            last.register_forward_hook(self.keep)

        def keep(self, module: Any, args: Any, output: Any) -> None:
            del module, args
            self.seen = output[0] if isinstance(output, tuple) else output

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            self.model(input_ids=input_ids, attention_mask=attention_mask)
            seen, self.seen = self.seen, None
            return seen

    return Tapped().eval()


def _probe(module: Any, model: Any) -> Any:
    """What a module gives for two short inputs, one of them padded."""
    import torch  # noqa: PLC0415

    ids = torch.arange(2 * _PROBE_LENGTH, device=model.device).reshape(2, -1) % model.config.vocab_size
    mask = torch.ones_like(ids)
    mask[1, _PROBE_LENGTH - 2 :] = 0
    with torch.inference_mode():
        return module(ids, mask)[mask.bool()]


def _is_same(cut: Any, model: Any, expected: Any) -> bool:
    import torch  # noqa: PLC0415

    try:
        found = _probe(cut, model)
    except (IndexError, RuntimeError, AttributeError, TypeError):
        return False
    return bool(torch.allclose(found.float(), expected.float(), rtol=_TOLERANCE, atol=_TOLERANCE))
