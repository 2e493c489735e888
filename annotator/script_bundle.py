"""Scripts in one piece: what a page needs at once is served as one file, which the files that come later share.

Fifty modules cost fifty requests, nested as deep as their imports, and compress a quarter worse one by one than
together (docs/adr/0009-one-file-of-scripts.md). The sources stay modules that a browser reads as they are; only
`collectstatic` joins them. It knows the few forms of import and export that eslint.config.mjs allows.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass

_IMPORT = re.compile(r'^import (?:\{(?P<names>[^{}]*)\} from )?"(?P<path>\.[^"]+)";\n', re.MULTILINE)
_DYNAMIC = re.compile(r'\bimport\("(\.[^"]+)"\)')
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
_LEFT_OVER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Changed texts by name, and the names of scripts that nothing loads by themselves any more."""

    texts: dict[str, str]
    unused: set[str]


def bundle_scripts(sources: Mapping[str, str], *, page: str, core: str) -> Bundle:
    """Join everything that `core` imports into one file, and point the other files of a page to it.

    Args:
        sources: Texts of scripts by their names, such as ``js/review/main.js``.
        page: The script that the page loads.
        core: The module whose imports, and theirs in turn, become one file under its name.

    Returns:
        The joined file under the name of `core`, what `page` loads besides, now or later, as users of it, and which
        parts no other script of `sources` imports.

    Raises:
        ValueError: Where modules import each other in a circle, two parts have the same file name, an import leads
            nowhere, a part loads others later, or an import or export has a form that is not known here.
    """
    order = _in_order(sources, core)
    stems = {name: f"${posixpath.basename(name).removesuffix('.js').replace('-', '_')}" for name in order}
    if len(set(stems.values())) < len(stems):
        raise ValueError(f"Two parts of {core} have the same file name; rename one of them.")
    parts = "".join(_wrap(sources[name], name, stems) for name in order)
    joined = f"{parts}export {{ {', '.join(stems.values())} }};\n"
    outside = _reachable(sources, page) - set(order)
    others = {name: _redirect(sources[name], name, core, stems) for name in outside}
    kept = {found for name in set(sources) - set(order) - outside for found in _reachable(sources, name)}
    return Bundle(texts={core: joined, **others}, unused=set(order) - kept - {core})


def _target(name: str, path: str, sources: Mapping[str, str]) -> str:
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
    if target not in sources:
        raise ValueError(f"{name} imports {path}, which does not exist; correct the path.")
    return target


def _imports(sources: Mapping[str, str], name: str) -> list[str]:
    return [_target(name, found["path"], sources) for found in _IMPORT.finditer(sources[name])]


def _in_order(sources: Mapping[str, str], core: str) -> list[str]:
    """Modules as a browser runs them: each after those that it imports."""
    done: list[str] = []

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            circle = " -> ".join([*above[above.index(name) :], name])
            raise ValueError(f"Modules import each other: {circle}. Let data flow one way.")
        if name in done:
            return
        for target in _imports(sources, name):
            visit(target, (*above, name))
        done.append(name)

    visit(core, ())
    return done


def _reachable(sources: Mapping[str, str], page: str) -> set[str]:
    known: set[str] = set()
    waiting = [page]
    while waiting:
        name = waiting.pop()
        if name in known:
            continue
        known.add(name)
        later = [_target(name, path, sources) for path in _DYNAMIC.findall(sources[name])]
        waiting += [*_imports(sources, name), *later]
    return known


def _wrap(text: str, name: str, stems: Mapping[str, str]) -> str:
    """A module as an object of what it exports, with its own names kept to itself."""
    if _DYNAMIC.search(text):
        raise ValueError(f"{name} loads a file later; list that file where it does not belong to the joined part.")
    exported = _EXPORT.findall(text)
    body = _EXPORT.sub("", _IMPORT.sub(lambda found: _take(found, stems, name), text))
    _check(body, name)
    return f"const {stems[name]} = (() => {{\n{body}return {{ {', '.join(exported)} }};\n}})();\n"


def _take(found: re.Match[str], stems: Mapping[str, str], name: str) -> str:
    """An import of a joined module as names taken out of its object."""
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), found["path"]))
    names = ", ".join(each.strip().replace(" as ", ": ") for each in (found["names"] or "").split(",") if each.strip())
    return f"const {{ {names} }} = {stems[target]};\n" if names else ""


def _redirect(text: str, name: str, core: str, stems: Mapping[str, str]) -> str:
    """A module outside with its imports of joined ones taken from the joined file."""
    used: list[str] = []
    taken: list[str] = []

    def replace(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), found["path"]))
        if target not in stems:
            return found[0]
        used.append(stems[target])
        taken.append(_take(found, stems, name))
        return ""

    body = _IMPORT.sub(replace, text)
    if not used:
        return text
    kept = "".join(found[0] for found in _IMPORT.finditer(body))
    path = posixpath.relpath(core, posixpath.dirname(name))
    head = f'import {{ {", ".join(dict.fromkeys(used))} }} from "{path if path.startswith(".") else f"./{path}"}";\n'
    return f"{head}{kept}{''.join(taken)}{_IMPORT.sub('', body)}"


def _check(body: str, name: str) -> None:
    left = _LEFT_OVER.search(body)
    if left:
        raise ValueError(f"{name}: “{left[0]}” has a form that cannot be joined; write it as the other scripts do.")
