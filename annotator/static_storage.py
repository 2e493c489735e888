"""Static files as they are served: hashed, compressed, our own scripts and styles without comments and indents.

Those of the review screen are joined.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.files.base import ContentFile, File
from whitenoise.storage import CompressedManifestStaticFilesStorage

from annotator.script_bundle import bundle_scripts

REVIEW_PAGE = "js/review/main.js"
REVIEW_CORE = "js/review/core.js"
_OWN = re.compile(r"(?:js|css)/.+\.(?:js|css)")
_LINE_COMMENT = re.compile(r"[ \t]*//")
_BLOCK_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SCRIPT_IMPORT = r'(?P<matched>(?P<before>\bimport\s*\(?|\bfrom\s+)"(?P<url>\.[^"]+)")'
_STYLE_IMPORT = re.compile(r'^@import "([^"]+)";\n', re.MULTILINE)


def slim_script(text: str) -> str:
    """A script without lines that hold only a comment, empty lines and indents.

    Only whole lines are looked at, so strings stay as they are; a template literal must end on its line.
    """
    lines = [line.strip() for line in text.splitlines() if not _LINE_COMMENT.match(line)]
    return "\n".join(line for line in lines if line) + "\n"


def slim_style(text: str) -> str:
    """A style sheet without comments, empty lines and indents."""
    lines = [line.strip() for line in _BLOCK_COMMENT.sub("", text).splitlines()]
    return "\n".join(line for line in lines if line) + "\n"


def join_styles(sources: Mapping[str, str]) -> dict[str, str]:
    """Style sheets that import others, by name, with these in place of the imports."""

    def join(name: str) -> str:
        folder = posixpath.dirname(name)
        return _STYLE_IMPORT.sub(lambda found: join(posixpath.normpath(f"{folder}/{found[1]}")), sources[name])

    return {name: join(name) for name, text in sources.items() if _STYLE_IMPORT.search(text)}


def _slim(name: str, text: str) -> str:
    return slim_script(text) if name.endswith(".js") else slim_style(text)


class SlimStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """What a browser has to load is half as large for it, and the sources keep their comments."""

    # Imports of our scripts name the hash too, so that no file is taken for an older one and all may be kept for good.
    patterns = (*CompressedManifestStaticFilesStorage.patterns, ("js/*.js", ((_SCRIPT_IMPORT, '%(before)s"%(url)s"'),)))

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Join what belongs together, then hash and compress."""
        own = [] if dry_run else [name for name in paths if _OWN.fullmatch(name)]
        texts: dict[str, str] = {}
        for name in own:
            storage, path = paths[name]
            with storage.open(path) as source:
                texts[name] = _slim(name, source.read().decode())
        texts |= join_styles({name: text for name, text in texts.items() if name.endswith(".css")})
        unused: set[str] = set()
        if REVIEW_PAGE in texts:
            scripts = {name: text for name, text in texts.items() if name.endswith(".js")}
            bundle = bundle_scripts(scripts, page=REVIEW_PAGE, core=REVIEW_CORE)
            texts, unused = texts | bundle.texts, bundle.unused
        for name, text in texts.items():
            self.delete(name)
            self._save(name, ContentFile(text.encode()))
            paths[name] = (self, name)
        for name in unused:
            del paths[name]
        yield from super().post_process(paths, dry_run, **options)

    def _save(self, name: str, content: File[Any]) -> str:
        if _OWN.fullmatch(name.replace("\\", "/")):
            # Hashing has read it to its end.
            content.seek(0)
            content = ContentFile(_slim(name, content.read().decode()).encode())
        saved: str = super()._save(name, content)
        return saved
