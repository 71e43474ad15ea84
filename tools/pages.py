"""`python -m tools.pages`: the pages under docs/ and the environments' files that are written
from the code. A test compares each with its file.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from tools.configuration_reference import configuration_page
from tools.environment_profiles import write_environments
from tools.http_reference import http_page
from tools.scenario_reference import scenario_page
from tools.sources import sources_page

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES: Mapping[str, Callable[[], str]] = {
    "clinical-sources.md": sources_page,
    "configuration.md": configuration_page,
    "http.md": http_page,
    "scenarios.md": scenario_page,
}


def write_pages() -> None:
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
    write_environments()


if __name__ == "__main__":
    write_pages()
