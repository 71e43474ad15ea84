"""The feed itself: message after message, each when it is due and the one before has been
answered.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

from lazaret.mllp.answer import Answer
from lazaret.mllp.link import Link
from lazaret.mllp.message import Message
from lazaret.mllp.pace import Pace
from lazaret.mllp.position import Position, Progress
from shared.clock import Clock


class Rejected(Exception):
    """The receiver answered with an error, and the feed was to stop at the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """How to send. `stop_when_rejected`: the rejected message is the first one of the next run.

    `on_progress` is told after every answer; `on_rejected` is told of every rejection that the feed
    goes on after.
    """

    pace: Pace
    clock: Clock
    stop_when_rejected: bool
    on_progress: Callable[[Progress], object]
    on_rejected: Callable[[str], object]

    async def send(self, messages: Iterable[Message], link: Link, position: Position) -> None:
        """Send what has not been answered yet. Raises Rejected, NoAnswer, OSError."""
        due_s = self.pace.start(self.clock.monotonic())
        try:
            for message in islice(messages, position.progress.answered, None):
                if (wait_s := due_s(message) - self.clock.monotonic()) > 0:
                    await asyncio.sleep(wait_s)
                self._note(message, await link.deliver(message.data, message.control_id), position)
        finally:
            link.close()

    def _note(self, message: Message, answer: Answer, position: Position) -> None:
        if not answer.is_accepted:
            reason = (
                f"{message.type} {message.control_id} was rejected with {answer.code}: "
                f"{answer.text or 'no reason given'}"
            )
            if self.stop_when_rejected:
                raise Rejected(reason)
            self.on_rejected(reason)
        position.advance(rejected=not answer.is_accepted)
        self.on_progress(position.progress)
