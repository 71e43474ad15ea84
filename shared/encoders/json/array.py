"""JSON: the documents of NDJSON as one array, for programs that read a file at once."""


class JsonArray:
    """Joins pieces of NDJSON. A document has no line break inside: JSON escapes them."""

    def __init__(self) -> None:
        self._begun = False

    def add(self, piece: bytes) -> bytes:
        if not piece:
            return b""
        start = b",\n" if self._begun else b"[\n"
        self._begun = True
        return start + piece.removesuffix(b"\n").replace(b"\n", b",\n")

    def end(self) -> bytes:
        return b"\n]\n" if self._begun else b"[]\n"
