"""Narrative: what a reader without software sees of a resource."""

from html import escape

XHTML = "http://www.w3.org/1999/xhtml"


def narrative(text: str) -> dict[str, str]:
    """A Narrative of one paragraph."""
    return {"status": "generated", "div": f'<div xmlns="{XHTML}"><p>{escape(text)}</p></div>'}
