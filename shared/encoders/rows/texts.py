"""Many short byte strings in one buffer."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Texts:
    """Text i is `data[starts[i]:starts[i + 1]]`; `starts` has one more entry than there are
    texts.
    """

    data: NDArray[np.uint8]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Iterable[bytes]) -> Self:
        listed = list(texts)
        starts = np.zeros(len(listed) + 1, np.int64)
        np.cumsum([len(text) for text in listed], out=starts[1:])
        return cls(np.frombuffer(bytearray(b"".join(listed)), np.uint8), starts)

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def longest(self) -> int:
        """Bytes of the longest text."""
        return int(np.diff(self.starts).max(initial=0))

    @property
    def size(self) -> int:
        """Bytes of all texts, also of those before the first start and behind the last."""
        return len(self.data)

    def joined(self, offsets: NDArray[np.int32]) -> "Texts":
        """Texts `offsets[i]` to before `offsets[i + 1]` as one, for each i: a list column's rows
        from its items'.
        """
        return Texts(self.data, self.starts[offsets])

    def chosen(self, places: NDArray[np.int64]) -> "Texts":
        """The texts at these places, in this order."""
        sizes = np.diff(self.starts)[places]
        starts = np.zeros(len(places) + 1, np.int64)
        np.cumsum(sizes, out=starts[1:])
        source = np.arange(starts[-1]) + np.repeat(self.starts[places] - starts[:-1], sizes)
        return Texts(self.data[source], starts)

    def to_bytes(self) -> bytes:
        """All texts, one behind the other."""
        return self.data[self.starts[0] : self.starts[-1]].tobytes()
