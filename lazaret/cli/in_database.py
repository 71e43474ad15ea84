"""What commands share that speak with the database themselves: an operator's, which work before any
key exists.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from shared.config import DatabaseSettings
from shared.db.migrate import check_schema_version
from shared.db.pool import Connection, Database

NAME_CHARACTERS_MAX = 100

Answer = TypeVar("Answer")


def ask(question: Callable[[Connection], Awaitable[Answer]]) -> Answer:
    """Return the question's answer, asked in one transaction of the database that the environment
    names.
    """
    return asyncio.run(_in_transaction(DatabaseSettings.load(os.environ), question))


def check_names(**names: str) -> None:
    """Refuse names that are empty, too long or would play tricks on a terminal, under the options
    that they came by.
    """
    for option, value in names.items():
        if not value.strip() or len(value) > NAME_CHARACTERS_MAX or not value.isprintable():
            raise click.BadParameter(
                f"must have 1 to {NAME_CHARACTERS_MAX} printable characters",
                param_hint=f"--{option}",
            )


async def _in_transaction(
    settings: DatabaseSettings, question: Callable[[Connection], Awaitable[Answer]]
) -> Answer:
    database = await Database.open(settings, "lazaret-cli")
    try:
        async with database.transaction() as connection:
            await check_schema_version(connection)
            return await question(connection)
    finally:
        await database.close()
