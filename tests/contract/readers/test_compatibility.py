"""The table of readers."""

from tests.contract.readers.compatibility import PAGE, page


def test_the_page_names_every_reader() -> None:
    """With its version and result: python -m tests.contract.readers.compatibility writes it."""
    assert PAGE.read_text(encoding="utf-8") == page()
