"""The files of this repository that a Space or the container gets, and no others.

A checkout may also hold what is nobody's business: a key that was never committed, corrections by
visitors, links to other folders. `.dockerignore` has the same list, for the container.
"""

from __future__ import annotations

from pathlib import Path

from sketchdigits.package.files import LITERT_FILE, ROW_LITERT_FILE, SETTINGS_FILE
from sketchdigits.package.report import REPORT_FILES
from train.errors import PublishError
from train.reports.comparison import MARKDOWN_FILE

CODE = (
    "app.py",
    "page/*.py",
    "page/api/*.py",
    "page/assets/favicon.svg",
    "page/assets/plain_pad/ink.js",
    "page/assets/plain_pad/pad.css",
    "page/assets/plain_pad/pad.html",
    "page/assets/plain_pad/pad.js",
    "page/assets/preview.png",
    "page/assets/sketchpad.js",
    "page/corrections/*.py",
    "page/server/*.py",
    "page/ui/*.py",
    "sketchdigits/*.py",
    "sketchdigits/architectures/*.py",
    "sketchdigits/architectures/litert_layouts.json",
    "sketchdigits/cli/*.py",
    "sketchdigits/hub/*.py",
    "sketchdigits/numbers/*.py",
    "sketchdigits/package/*.py",
    "sketchdigits/preprocessing/*.py",
    "sketchdigits/py.typed",
    "sketchdigits/runtime/*.py",
)
# The page serves this model if the Hub can't be reached. LiteRT needs no weights for Keras.
BUILTIN_MODEL = tuple(
    f"model/{name}" for name in (SETTINGS_FILE, LITERT_FILE, ROW_LITERT_FILE, *REPORT_FILES)
)
SHIPPED = ("LICENSE", f"docs/comparison/{MARKDOWN_FILE}", *CODE, *BUILTIN_MODEL)


def list_shipped_files(repository: Path, patterns: tuple[str, ...] = SHIPPED) -> list[str]:
    """The files of `repository` that match the patterns, as relative paths with slashes.

    Raises:
        PublishError: a pattern matches no file, or a link: what it leads to may be private.
    """
    root = repository.resolve()
    found: list[str] = []
    for pattern in patterns:
        paths = sorted(repository.glob(pattern))
        if not paths:
            raise PublishError(f"There is no {pattern} in {repository}. Restore it, then publish.")
        for path in paths:
            name = path.relative_to(repository).as_posix()
            if path.resolve() != root / name or not path.is_file():
                raise PublishError(
                    f"{name} is a link, or in a linked folder, and links are not published. Put "
                    "the file itself in its place, or remove it."
                )
            found.append(name)
    return found
