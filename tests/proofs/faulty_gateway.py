"""The gateway with a fault: `python -m tests.proofs.faulty_gateway --delay-ms 400`, or
`--error-every 100`.

It is healthy in every respect that a probe can see.
"""

import asyncio
import itertools

import click
from aiohttp import web

from services.gateway import __main__ as gateway
from services.gateway.config import read_config
from services.gateway.http.problems import Handler
from shared.lifecycle import serve

OWN = ("/health", "/metrics")


@click.command()
@click.option("--delay-ms", type=int, default=0)
@click.option("--error-every", type=int, default=0)
def main(delay_ms: int, error_every: int) -> None:
    """Serve as the gateway does, but slower, or with an error among so many requests."""
    made = gateway.create_app
    numbers = itertools.count(1)

    @web.middleware
    async def fault(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(OWN):
            return await handler(request)
        if delay_ms:
            never = asyncio.get_running_loop().create_future()
            await asyncio.wait([never], timeout=delay_ms / 1000)
        if error_every and next(numbers) % error_every == 0:
            raise web.HTTPInternalServerError
        return await handler(request)

    def create_app(context: gateway.Gateway) -> web.Application:
        app = made(context)
        app.middlewares.append(fault)
        return app

    gateway.create_app = create_app
    serve(gateway.main, read_config)


if __name__ == "__main__":
    main()
