"""Loading a model: its own code is not run, no hub is asked, and what is wrong is said in one error."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from projection.errors import EngineError
from projection.neural import load_model
from tests.projection.tiny_encoder import save_bert


def test_code_that_comes_with_a_model_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(save_bert(tmp_path / "bert"))
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Own", "AutoModel": "own.Own"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    monkeypatch.setattr("builtins.input", lambda *_: "y")
    with pytest.raises(EngineError) as caught:
        load_model(str(folder), task="encoder", device="cpu")
    assert caught.value.problem.code == "bad-model"
    assert not (tmp_path / "ran").exists()


def test_no_network_is_asked_about_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = save_bert(tmp_path / "bert")

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a connection was made")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert load_model(folder, task="encoder", device="cpu").device == "cpu"


def test_a_device_that_is_not_there_is_one_error(tmp_path: Path) -> None:
    folder = save_bert(tmp_path / "bert")
    with pytest.raises(EngineError) as caught:
        load_model(folder, task="encoder", device="toaster")
    assert caught.value.problem.code == "bad-device"
