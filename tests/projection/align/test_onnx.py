from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from projection.align.embedding import EmbeddingAligner, MatchSettings, WordEncoder
from projection.align.encoder import load_encoder
from projection.align.onnx import default_cache, load_onnx_encoder
from projection.errors import EngineError
from tests.projection.tiny_encoder import save_bert, save_mt5, save_xlmr

MAKERS: dict[str, Callable[[Path], str]] = {"bert": save_bert, "xlmr": save_xlmr, "mt5": save_mt5}
SENTENCES = [["ab", "c"], ["hello", "this", "is", "longer"], [], ["x" * 90, "y"]]


@pytest.fixture
def onnx() -> None:
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")


def _vectors(encoder: object) -> np.ndarray:
    found = WordEncoder(lambda: encoder, batch_size=2).encode(SENTENCES)
    return np.concatenate([sentence.vectors for sentence in found if sentence.words])


@pytest.mark.usefixtures("onnx")
@pytest.mark.parametrize("maker", MAKERS)
def test_an_exported_model_gives_the_same_vectors(maker: str, tmp_path: Path) -> None:
    folder = MAKERS[maker](tmp_path / "model")
    whole = _vectors(load_encoder(folder, layer=2, device="cpu"))
    found = _vectors(load_onnx_encoder(folder, layer=2, precision="float32", cache=tmp_path / "cache"))
    np.testing.assert_allclose(found, whole, rtol=1e-3, atol=1e-3)


@pytest.mark.usefixtures("onnx")
def test_eight_bits_give_nearly_the_same_vectors_and_links(tmp_path: Path) -> None:
    folder = save_bert(tmp_path / "model", spread=0.1)
    whole, small = (
        WordEncoder(lambda load=load: load)
        for load in (
            load_encoder(folder, layer=2, device="cpu"),
            load_onnx_encoder(folder, layer=2, precision="int8", cache=tmp_path / "cache"),
        )
    )
    one, other = (np.concatenate([each.vectors for each in side.encode(SENTENCES[:2])]) for side in (whole, small))
    assert not np.array_equal(one, other)
    cosines = (one * other).sum(axis=1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)
    assert cosines.min() > 0.99
    pairs = [(["ab", "cde", "f"], ["f", "ab", "cde"]), (["hello", "x"], ["x", "y", "hello"])]
    settings = MatchSettings(matching="argmax", unit="word")
    links = [
        [[link[:2] for link in found.hard_links()] for found in EmbeddingAligner(side, settings).align_many(pairs)]
        for side in (whole, small)
    ]
    assert links[0] == links[1]


@pytest.mark.usefixtures("onnx")
def test_a_model_is_exported_once_for_each_state_of_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSGLOSS_CACHE", str(tmp_path / "cache"))
    folder = save_bert(tmp_path / "model")
    before = sorted(path.name for path in Path(folder).iterdir())
    first = _vectors(load_onnx_encoder(folder, layer=1, precision="float32"))
    stored = list(default_cache().iterdir())
    assert sorted(path.suffix for path in stored) == [".json", ".onnx"]
    monkeypatch.setattr("projection.align.onnx.load_encoder", pytest.fail)
    np.testing.assert_array_equal(_vectors(load_onnx_encoder(folder, layer=1, precision="float32")), first)
    monkeypatch.undo()
    monkeypatch.setenv("CROSSGLOSS_CACHE", str(tmp_path / "cache"))
    save_bert(Path(folder), n_layers=2)
    assert sorted(path.name for path in Path(folder).iterdir()) == before
    load_onnx_encoder(folder, layer=1, precision="float32")
    assert len(list(default_cache().iterdir())) == 4


@pytest.mark.usefixtures("onnx")
def test_a_model_that_gives_other_values_once_exported_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = save_bert(tmp_path / "model")
    monkeypatch.setattr("projection.align.onnx._is_same", lambda *_: False)
    with pytest.raises(EngineError, match=r"gives other values once exported\. Choose the backend torch"):
        load_onnx_encoder(folder, layer=1, cache=tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.usefixtures("onnx")
def test_a_model_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="is no folder, which the backend onnx needs"):
        load_onnx_encoder("somebody/some-model", layer=1, cache=tmp_path)


def test_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(EngineError, match=r"Install them: pip install 'crossgloss\[onnx\]'"):
        load_onnx_encoder(str(tmp_path), layer=1)


def test_the_cache_lies_where_the_user_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSGLOSS_CACHE", "/srv/cache")
    assert default_cache() == Path("/srv/cache/onnx")
    monkeypatch.delenv("CROSSGLOSS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/home/ada/.cache")
    assert default_cache() == Path("/home/ada/.cache/crossgloss/onnx")
