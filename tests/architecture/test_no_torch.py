"""The web process and a default run stay free of the neural stack."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

WEB = "import annotator.wsgi, annotator.urls, annotator.tasks"
COMMAND_LINE = "import projection.cli, projection.engines; projection.engines.list_engines()"


@pytest.mark.parametrize("statement", [WEB, COMMAND_LINE], ids=["web and worker", "command line"])
def test_import_leaves_torch_alone(statement: str) -> None:
    code = f"import sys; {statement}; print(sorted(sys.modules))"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "annotator.settings"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert "'projection.engines'" in done.stdout
    assert "'torch'" not in done.stdout
    assert "'transformers'" not in done.stdout
