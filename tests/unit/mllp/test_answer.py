"""What receivers say."""

import pytest

from lazaret.mllp.answer import Answer, NotAnAnswer

HEADER = b"MSH|^~\\&|ENGINE||LAZARET||20270101000000||ACK^A04^ACK|7|T|2.5.1\r"


@pytest.mark.parametrize(
    ("segments", "answer"),
    [
        (b"MSA|AA|abcdef.1.1\r", Answer("AA", "abcdef.1.1", "")),
        (b"MSA|AA|abcdef.1.1", Answer("AA", "abcdef.1.1", "")),
        (b"\nMSA|CA|abcdef.1.1|fine\r\n", Answer("CA", "abcdef.1.1", "fine")),
        (b"MSA|AR|abcdef.1.1|unknown patient\r", Answer("AR", "abcdef.1.1", "unknown patient")),
        (
            b"MSA|AE|abcdef.1.1\rERR||PID^1^3|204^Unknown key|E|||stack|No such patient\r",
            Answer("AE", "abcdef.1.1", "No such patient"),
        ),
        (
            b"MSA|AE|abcdef.1.1\rERR||PID^1^3|204^Unknown key|E|||line 7\r",
            Answer("AE", "abcdef.1.1", "line 7"),
        ),
    ],
)
def test_an_answer_is_read(segments: bytes, answer: Answer) -> None:
    """Code, control id, and the reason from wherever the receiver puts it: MSA-3, ERR-8 or
    ERR-7.
    """
    assert Answer.read(HEADER + segments) == answer
    assert answer.is_accepted == (answer.code in {"AA", "CA"})


@pytest.mark.parametrize(
    "data", [b"", HEADER, HEADER + b"MSA|AA\r", HEADER + b"MSA|OK|abcdef.1.1\r", b"\xff\xfe"]
)
def test_what_is_no_answer_is_refused(data: bytes) -> None:
    """Without MSA, without a control id, with a code that HL7 does not know."""
    with pytest.raises(NotAnAnswer):
        Answer.read(data)
