"""The browser libraries that are carried are those that were fetched."""

from pathlib import Path

from services.gateway.console.static_files import read_static, static_address
from tools.console_libraries import TEST_VENDOR, VENDOR, problems, read_list

FIRST_PAGE_BYTES_MAX = 120_000
FIRST_PAGE = (
    "console.css",
    "console.js",
    "islands/islands.js",
    "vendor/htmx.js",
    "vendor/hx-sse.js",
    "vendor/hx-csp.js",
    "vendor/ibm-plex-sans-latin.woff2",
)


def test_libraries_lie_as_they_were_fetched(tmp_path: Path) -> None:
    """Every file has the hash of the list, and a changed, missing or foreign file is named."""
    libraries = read_list(VENDOR)
    assert list(problems(libraries, VENDOR)) == []
    assert list(problems(read_list(TEST_VENDOR), TEST_VENDOR)) == []
    for path in VENDOR.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "htmx.js").write_bytes(b"changed")
    (tmp_path / "uplot.js").unlink()
    (tmp_path / "foreign.js").touch()
    assert {said.split()[0] for said in problems(libraries, tmp_path)} == {
        "htmx.js",
        "uplot.js",
        "foreign.js",
    }


def test_every_library_has_its_licence_beside_it() -> None:
    """Nothing is carried whose terms cannot be read here."""
    for library in read_list(VENDOR).values():
        assert library["licence"]
        assert any(name.endswith(".LICENSE") for name in library["files"].values())


def test_first_page_is_small() -> None:
    """What a browser fetches for the first page stays below the limit, as it is sent."""
    files = [read_static(name) for name in FIRST_PAGE]
    sent = sum(len(file.compressed or file.plain) for file in files)
    assert sent < FIRST_PAGE_BYTES_MAX


def test_addresses_change_with_the_content() -> None:
    """A file's address holds a hash, so that browsers may keep it for ever."""
    assert static_address("console.css").startswith("/console/static/")
    assert static_address("console.css").split("/")[3] == static_address("mark.svg").split("/")[3]
