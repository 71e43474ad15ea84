"""What a receiver says to a message: the MSA segment of its acknowledgement."""

from dataclasses import dataclass

ACCEPTED = frozenset({"AA", "CA"})
REJECTED = frozenset({"AE", "AR", "CE", "CR"})


class NotAnAnswer(Exception):
    """What came back is no acknowledgement."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`code` is MSA-1, `control_id` MSA-2 (the message's MSH-10), `text` what the receiver gives as
    its reason.
    """

    code: str
    control_id: str
    text: str

    @property
    def is_accepted(self) -> bool:
        return self.code in ACCEPTED

    @classmethod
    def read(cls, data: bytes) -> "Answer":
        """Raises NotAnAnswer."""
        segments = [line.strip().split("|") for line in data.decode("utf-8", "replace").split("\r")]
        fields = next((each for each in segments if each[0] == "MSA"), None)
        if fields is None or len(fields) < 3 or fields[1] not in ACCEPTED | REJECTED:
            raise NotAnAnswer(f"no acknowledgement with an MSA segment, but {data[:60]!r}")
        error = next((each for each in segments if each[0] == "ERR"), [])
        return cls(
            fields[1], fields[2], next(filter(None, [*fields[3:4], *error[8:9], *error[7:8]]), "")
        )
