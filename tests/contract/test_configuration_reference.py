from pathlib import Path

from tools.configuration_reference import configuration_page

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_the_page_is_what_the_settings_say() -> None:
    """A setting that is added, changed or removed changes its reference: make docs."""
    assert PAGE.read_text(encoding="utf-8") == configuration_page()


def test_every_setting_is_listed_once() -> None:
    """Shared settings stand under their group, not under each service."""
    rows = [
        line.split("`")[1]
        for line in configuration_page().splitlines()
        if line.startswith("| `LAZARET_")
    ]
    assert len(rows) == len(set(rows))
    assert {
        "LAZARET_DATABASE_URL",
        "LAZARET_HTTP_PORT",
        "LAZARET_ADMIN_PORT",
        "LAZARET_API_KEY",
    } <= set(rows)
