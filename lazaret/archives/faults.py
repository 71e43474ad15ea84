"""What is wrong with an archive."""

from shared.errors import LazaretError


class BadArchive(LazaretError):
    """The file is no archive, or not the whole of it, or was changed, or is sealed with another
    key.
    """
