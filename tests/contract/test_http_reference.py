"""The page about the HTTP interface."""

from pathlib import Path

from services.gateway.app import OPERATIONS
from tools.http_reference import http_page

PAGE = Path(__file__).parents[2] / "docs" / "http.md"


def test_the_page_is_what_the_gateway_serves() -> None:
    """Run `make docs` after changing an operation."""
    assert PAGE.read_text(encoding="utf-8") == http_page()


def test_the_page_holds_every_operation() -> None:
    """An operation without its section would be a secret."""
    page = http_page()
    for operation in OPERATIONS:
        assert f"## {operation.method} {operation.path}\n" in page
