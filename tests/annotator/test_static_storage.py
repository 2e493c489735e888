"""Scripts and styles as they are served."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage

from annotator.static_storage import SlimStaticFilesStorage, join_styles, slim_script, slim_style
from tests.conftest import ROOT

SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))
STYLES = sorted((ROOT / "static" / "css").rglob("*.css"))


def test_a_script_keeps_its_lines_and_strings() -> None:
    text = '// About it.\n\nexport function go() {\n  // Why.\n  return "a // b" + `c`; // here\n}\n'
    assert slim_script(text) == 'export function go() {\nreturn "a // b" + `c`; // here\n}\n'


def test_a_style_keeps_its_rules() -> None:
    text = "/* About it,\n   in two lines. */\n\n.a {\n  color: red; /* why */\n}\n"
    assert slim_style(text) == ".a {\ncolor: red;\n}\n"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_literal_or_comment_of_ours_spans_lines(path: Path) -> None:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        assert line.replace("\\`", "").replace('"`"', "").count("`") % 2 == 0, f"{path.name}:{number}"
        assert "/*" not in line.replace('"/*"', ""), f"{path.name}:{number}"


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_no_string_of_a_style_looks_like_a_comment(path: Path) -> None:
    slim = slim_style(path.read_text(encoding="utf-8"))
    assert "/*" not in slim
    assert slim.count("{") == slim.count("}")


def test_what_was_read_before_is_stored_whole_and_files_of_others_as_they_are(tmp_path: Path) -> None:
    storage = SlimStaticFilesStorage(location=tmp_path, base_url="/static/")
    for name in ("js/own.js", "vendor/other.js"):
        content = ContentFile(b"// Mine.\n  go();\n")
        content.read()
        storage.save(name, content)
    assert (tmp_path / "js" / "own.js").read_text() == "go();\n"
    assert (tmp_path / "vendor" / "other.js").read_text() == "// Mine.\n  go();\n"


def test_imported_styles_stand_in_place_of_their_imports() -> None:
    sources = {
        "css/page.css": '@import "page/a.css";\n@import "page/b.css";\n.c {\n}\n',
        "css/page/a.css": ".a {\n}\n",
        "css/page/b.css": ".b {\n}\n",
    }
    assert join_styles(sources) == {"css/page.css": ".a {\n}\n.b {\n}\n.c {\n}\n"}


def test_what_is_served_names_the_hash_of_every_import(tmp_path: Path) -> None:
    storage = SlimStaticFilesStorage(location=tmp_path, base_url="/static/")
    sources = FileSystemStorage(location=ROOT / "static")
    names = [path.relative_to(ROOT / "static").as_posix() for path in [*SCRIPTS, *STYLES]]
    faults = [each for each in storage.post_process({name: (sources, name) for name in names}) if each[2] is not True]
    assert not faults
    core = next((tmp_path / "js" / "review").glob("core.????????????.js"))
    served = {path.name for path in tmp_path.rglob("*.????????????.*s")}
    # The parts are in the joined file; what other pages load by itself stays.
    assert {name.split(".")[0] for name in served if name.endswith(".js")} >= {
        "core",
        "main",
        "outbox",
        "i18n",
        "matrix",
    }
    assert not any(name.startswith("app.") for name in served)
    for path in tmp_path.rglob("*.????????????.js"):
        imported = re.findall(r'(?:from |import ?\(?)"\./?([^"]+)"', path.read_text(encoding="utf-8"))
        assert {name.rpartition("/")[2] for name in imported} <= served, path.name
    assert "import" not in {line.split(" ")[0] for line in core.read_text(encoding="utf-8").splitlines()}
    assert "@import" not in next((tmp_path / "css").glob("review.????????????.css")).read_text(encoding="utf-8")
