"""Who renders: reads and searches have processes of their own, so that nobody who asks for a
resource waits behind a download.
"""

from typing import Self

from services.gateway.config import GatewayConfig
from services.gateway.limits.slots import Slots
from services.gateway.rendering.render_pool import RenderPool

# Of two that want the same processor, one that is five steps nicer gets a quarter of it.
EXPORT_NICENESS = 5
# An export goes through its parts once, in order; reads come back to the same ones.
EXPORT_KEPT_BYTES_MAX = 32 * 1024**2
READ_KEPT_BYTES_MAX = 128 * 1024**2
RETRY_AFTER_S = 5.0


class Rendering:
    """Two pools, both started at once: `reads` for what is asked for by a person or a client in
    pages, `exports` for `downloads`.
    """

    def __init__(self, config: GatewayConfig) -> None:
        self.reads = RenderPool(config.read_workers, niceness=0, kept_bytes_max=READ_KEPT_BYTES_MAX)
        self.exports = RenderPool(
            config.export_workers, niceness=EXPORT_NICENESS, kept_bytes_max=EXPORT_KEPT_BYTES_MAX
        )
        self.downloads = Slots(
            "exports",
            config.exports_in_flight_max,
            config.exports_in_flight_tenant_max,
            retry_after_s=RETRY_AFTER_S,
        )
        self._is_up = False

    @classmethod
    async def open(cls, config: GatewayConfig) -> Self:
        """Start a process of each pool; `check` says when they are up."""
        opened = cls(config)
        opened.reads.start()
        opened.exports.start()
        return opened

    async def check(self) -> None:
        """Wait for the first answer of each pool; later ones are not asked for: work may be
        queueing. Raises Unavailable.
        """
        if not self._is_up:
            await self.reads.priority()
            await self.exports.priority()
            self._is_up = True

    async def close(self) -> None:
        """Let the processes end; what they were doing is not waited for."""
        self.reads.close()
        self.exports.close()
