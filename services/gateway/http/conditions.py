"""The conditions that clients set on entity tags (RFC 9110, section 13)."""

import re

from services.gateway.http.problems import PreconditionFailed

_TAG = re.compile(r'(W/)?("[^"]*")')


def check_if_match(header: str | None, tag: str, what: str) -> None:
    """Raise PreconditionFailed unless the header is absent, a star, or names the tag; weak tags
    never match.
    """
    if header is None or header.strip() == "*":
        return
    if tag not in {value for weak, value in _TAG.findall(header) if not weak}:
        raise PreconditionFailed(f"{what} is now {tag}")


def is_unchanged(if_none_match: str | None, tag: str) -> bool:
    """Whether the client has this already."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or tag in {
        value for _weak, value in _TAG.findall(if_none_match)
    }
