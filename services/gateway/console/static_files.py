"""Style sheets, scripts, fonts and libraries: read once, compressed once, kept by browsers for a
year under a name that is their hash.
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path

from aiohttp import web

from services.gateway.console.page import Page
from shared.errors import NotFound

FOLDER = Path(__file__).parent / "static"
HASH_DIGITS = 10
KEPT = "public, max-age=31536000, immutable"
COMPRESSIBLE = frozenset({".css", ".js", ".json", ".svg"})
COMPRESSION_LEVEL = 9


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is sent; `compressed` is None where that saves nothing."""

    content_type: str
    plain: bytes
    compressed: bytes | None
    digest: str


@cache
def read_static(name: str) -> StaticFile:
    """Read a file below `static`. Raises NotFound when there is none of this name."""
    path = (FOLDER / name).resolve()
    if not path.is_relative_to(FOLDER) or not path.is_file():
        raise NotFound("there is no such file")
    plain = path.read_bytes()
    compressed = (
        gzip.compress(plain, COMPRESSION_LEVEL, mtime=0) if path.suffix in COMPRESSIBLE else None
    )
    content_type = "font/woff2" if path.suffix == ".woff2" else mimetypes.guess_type(path.name)[0]
    return StaticFile(
        content_type or "text/plain",
        plain,
        compressed,
        hashlib.sha256(plain).hexdigest()[:HASH_DIGITS],
    )


@cache
def edition() -> str:
    """Return a hash of all static files: scripts name each other by relative paths, so one that
    changes renames all.
    """
    names = sorted(
        path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()
    )
    return hashlib.sha256(
        "".join(name + read_static(name).digest for name in names).encode()
    ).hexdigest()[:HASH_DIGITS]


def static_address(name: str) -> str:
    """Return the address of a file; it changes with any file's content."""
    read_static(name)
    return f"/console/static/{edition()}/{name}"


async def show_static(request: web.Request) -> web.Response:
    file = read_static(request.match_info["name"])
    headers = {"Cache-Control": KEPT, "ETag": f'"{file.digest}"', "Vary": "Accept-Encoding"}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    body = file.plain
    if file.compressed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
        body = file.compressed
        headers["Content-Encoding"] = "gzip"
    return web.Response(body=body, headers=headers | {"Content-Type": file.content_type})


PAGES = (
    Page(
        method="GET", path="/console/static/{edition}/{name:.+}", handler=show_static, public=True
    ),
)
