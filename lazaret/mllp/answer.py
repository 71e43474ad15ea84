"""What a receiver says to a message: the MSA segment of its acknowledgement."""

from dataclasses import dataclass

ACCEPTED = frozenset({"AA", "CA"})
REJECTED = frozenset({"AE", "AR", "CE", "CR"})
COMMITTED = "CA"
_ASKS_ALWAYS = frozenset({"AL", "SU"})
_CONTROL_ID, _ACCEPT_TYPE = 9, 14  # MSH-10 and MSH-15, counted without MSH-1


class NotAnAnswer(Exception):
    """What came back is no acknowledgement."""


class Malformed(NotAnAnswer):
    """An acknowledgement of a form that HL7 or MLLP does not allow; the next is no better."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An acknowledgement.

    `code` is MSA-1, `control_id` MSA-2 (the message's MSH-10), `text` what the receiver gives as
    its reason, `own_id` its own MSH-10 where it asks to be acknowledged itself (MSH-15).
    """

    code: str
    control_id: str
    text: str
    own_id: str | None = None

    @property
    def is_accepted(self) -> bool:
        return self.code in ACCEPTED

    @classmethod
    def read(cls, data: bytes) -> "Answer":
        """Raises NotAnAnswer, Malformed."""
        text = data.decode("utf-8", "replace")
        segments = [line.strip().split("|") for line in text.split("\r")]
        fields = next((each for each in segments if each[0] == "MSA"), None)
        if fields is None and any(line.startswith("MSA|") for line in text.split("\n")):
            raise Malformed("its segments end with LF, where HL7 v2 wants CR")
        if fields is None or len(fields) < 2 or fields[1] not in ACCEPTED | REJECTED:
            raise NotAnAnswer(f"no acknowledgement with an MSA segment, but {data[:60]!r}")
        if len(fields) < 3 or not fields[2]:
            raise Malformed("MSA-2 is empty: it does not say which message it answers")
        error = next((each for each in segments if each[0] == "ERR"), [])
        reason = next(filter(None, [*fields[3:4], *error[8:9], *error[7:8]]), "")
        return cls(fields[1], fields[2], reason, _own_id(segments[0]))


def _own_id(header: list[str]) -> str | None:
    """The acknowledgement's own control id, where it asks for one in turn."""
    if len(header) <= _ACCEPT_TYPE or header[_ACCEPT_TYPE] not in _ASKS_ALWAYS:
        return None
    return header[_CONTROL_ID]


def commit_to(control_id: str) -> bytes:
    """The accept acknowledgement of an application acknowledgement that asks for one."""
    header = f"MSH|^~\\&|LAZARET|||||||ACK|{control_id}.ca|T|2.5.1"
    return f"{header}\rMSA|{COMMITTED}|{control_id}\r".encode()
