"""The HTTP server below the application: what the parser refuses is told as a problem document too,
and slow readers are cut.
"""

import asyncio
import socket
import struct
from typing import Any, Self

from aiohttp import web
from aiohttp.web_server import Server

from services.gateway.config import GatewayConfig
from services.gateway.http.problems import http_problem, parse_problem, unexpected_problem
from services.gateway.http.security_headers import add_security_headers
from services.gateway.http.tls import Certificate, CertificateFiles

# An unread body is read on for this long before the connection is closed, so that its sender can
# see the answer.
LINGERING_S = 2.0
LINGER_NOT = struct.pack("ii", 1, 0)


class ProblemProtocol(web.RequestHandler):
    """One connection."""

    __slots__ = ("_write_timeout_s",)

    def __init__(self, server: Server, *, write_timeout_s: float, **options: Any) -> None:
        super().__init__(server, **options)
        self._write_timeout_s = write_timeout_s

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the kernel give up a peer that takes nothing, even when all is written and only the
        closing waits for it.
        """
        super().connection_made(transport)
        connection: socket.socket = transport.get_extra_info("socket")
        connection.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(self._write_timeout_s * 1000)
        )

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what could not be parsed; the application answers its own errors, so a 500 here is
        the server's.
        """
        if request.writer.output_size > 0:
            raise ConnectionError("the response has begun, an error can no longer be told") from exc
        response = unexpected_problem() if status >= 500 else parse_problem(status, message or "")
        add_security_headers(response)
        return response

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send what is left of a response, within the time for one write."""
        if isinstance(resp, web.HTTPException):
            resp = http_problem(request, resp)
        try:
            async with asyncio.timeout(self._write_timeout_s):
                return await super().finish_response(request, resp, start_time)
        except TimeoutError:
            self._reset()
            return resp, True

    def _reset(self) -> None:
        """Drop the connection with what the kernel still holds for it: a plain close would wait for
        the reader.
        """
        if self.transport is not None:
            connection: socket.socket = self.transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
            self.transport.abort()


class _ProblemServer(Server):
    """Makes the connections."""

    def __init__(self, inner: Server, write_timeout_s: float, options: dict[str, Any]) -> None:
        # A client that has hung up is not worked for any longer.
        super().__init__(
            inner.request_handler,
            request_factory=inner.request_factory,
            handler_cancellation=True,
        )
        self._write_timeout_s = write_timeout_s
        self._options = options

    def __call__(self) -> ProblemProtocol:
        return ProblemProtocol(
            self,
            loop=asyncio.get_running_loop(),
            write_timeout_s=self._write_timeout_s,
            **self._options,
        )


class _Runner(web.AppRunner):
    """An application runner whose connections are `ProblemProtocol`s."""

    def __init__(self, app: web.Application, config: GatewayConfig) -> None:
        super().__init__(app, shutdown_timeout=config.drain_timeout_s)
        self._config = config

    async def _make_server(self) -> Server:
        options = {
            # In aiohttp the one limit is both the deadline for headers and the life of an idle
            # connection.
            "keepalive_timeout": self._config.http_header_timeout_s,
            "lingering_time": LINGERING_S,
            "auto_decompress": False,
            "access_log": None,
        }
        return _ProblemServer(await super()._make_server(), self._config.write_timeout_s, options)


class HttpServer:
    """The listening server; `port` is the one it really has."""

    def __init__(self, runner: web.AppRunner, port: int, certificate: Certificate | None) -> None:
        self._runner = runner
        self.port = port
        self.certificate = certificate

    @classmethod
    async def open(cls, app: web.Application, config: GatewayConfig) -> Self:
        """Start the application and listen. Raises OSError when the port is taken, or the
        certificate cannot be used.
        """
        certificate = _certificate(config)
        runner = _Runner(app, config)
        await runner.setup()
        await web.TCPSite(
            runner,
            config.http_host,
            config.http_port,
            reuse_port=config.http_reuse_port or None,
            ssl_context=None if certificate is None else certificate.context,
        ).start()
        port: int = runner.addresses[0][1]
        return cls(runner, port, certificate)

    async def close(self) -> None:
        """Stop listening, let requests in flight end within `drain_timeout_s`, then cut them."""
        await self._runner.cleanup()
        if self.certificate is not None:
            self.certificate.close()


def _certificate(config: GatewayConfig) -> Certificate | None:
    if config.http_tls_certificate is None or config.http_tls_key is None:
        return None
    return Certificate.open(CertificateFiles(config.http_tls_certificate, config.http_tls_key))
