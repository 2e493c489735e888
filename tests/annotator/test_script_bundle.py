"""Joining scripts: what runs afterwards is what ran before."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from annotator.script_bundle import bundle_scripts

NODE = shutil.which("node")
SOURCES = {
    "js/words.js": 'export const WORD = "word";\n',
    "js/page/one.js": (
        'import { WORD } from "../words.js";\nconst own = `${WORD} of one`;\nconsole.log("one");\n'
        "export function one() {\nreturn own;\n}\nexport class Box {\n}\n"
    ),
    "js/page/two.js": (
        'import { Box, one as first } from "./one.js";\nimport { WORD } from "../words.js";\n'
        'const own = "two";\nconsole.log("two");\n'
        "export async function two() {\nreturn [first(), own, WORD, new Box() instanceof Box];\n}\n"
    ),
    "js/page/core.js": 'import "./two.js";\n',
    "js/page/later.js": (
        'import {\nBox,\none,\n} from "./one.js";\nimport { side } from "./side.js";\n'
        "export const later = () => `${one()} ${side} ${Box.name}`;\n"
    ),
    "js/page/side.js": 'export const side = "side";\n',
    "js/page/main.mjs.js": (
        'import { two } from "./two.js";\nconsole.log(JSON.stringify(await two()));\n'
        'const { later } = await import("./later.js");\nconsole.log(later());\n'
    ),
    "js/other.js": 'import { WORD } from "./words.js";\nconsole.log(WORD);\n',
}
PAGE, CORE = "js/page/main.mjs.js", "js/page/core.js"


def run(folder: Path, sources: dict[str, str]) -> list[str]:
    """What Node prints for the page."""
    for name, text in sources.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "package.json").write_text('{"type": "module"}')
    done = subprocess.run([str(NODE), str(folder / PAGE)], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.splitlines()


@pytest.mark.skipif(NODE is None, reason="no Node here, which runs the scripts of this test")
def test_joined_scripts_do_what_the_modules_do_and_each_runs_once(tmp_path: Path) -> None:
    bundle = bundle_scripts(SOURCES, page=PAGE, core=CORE)
    wanted = ["one", "two", '["word of one","two","word",true]', "word of one side Box"]
    assert run(tmp_path / "modules", SOURCES) == wanted
    joined = {name: text for name, text in (SOURCES | bundle.texts).items() if name not in bundle.unused}
    assert run(tmp_path / "joined", joined) == wanted


def test_parts_that_another_page_loads_are_kept() -> None:
    bundle = bundle_scripts(SOURCES, page=PAGE, core=CORE)
    assert bundle.unused == {"js/page/one.js", "js/page/two.js"}
    assert set(bundle.texts) == {CORE, PAGE, "js/page/later.js", "js/page/side.js"}
    assert bundle.texts["js/page/side.js"] == SOURCES["js/page/side.js"]
    assert bundle.texts["js/page/later.js"].startswith('import { $one } from "./core.js";\nimport { side }')


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"js/words.js": 'import { two } from "./page/two.js";\n'}, "import each other: js/page/two.js -> js/page/one"),
        ({"js/words.js": "const a = 1;\nexport { a };\n"}, "“export { a };” has a form"),
        ({"js/words.js": 'import words from "./side.js";\n'}, "has a form"),
        ({"js/words.js": 'import("./page/side.js");\n'}, "loads a file later"),
        ({"js/page/core.js": 'import "./three.js";\n'}, "imports ./three.js, which does not exist"),
        ({"js/one.js": "", "js/page/core.js": 'import "./one.js";\nimport "../one.js";\n'}, "the same file name"),
    ],
)
def test_what_cannot_be_joined_is_refused(changed: dict[str, str], fault: str) -> None:
    with pytest.raises(ValueError, match=fault.replace("{", r"\{").replace("}", r"\}")):
        bundle_scripts(SOURCES | changed, page=PAGE, core=CORE)
