"""What commands share that speak with the database themselves: an operator's, which work before any
key exists.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from getpass import getuser
from typing import Generic, TypeVar
from uuid import UUID

import click

from services.gateway.identity.audit import append
from services.gateway.identity.audit_chain import Entry
from shared.clock import SystemClock
from shared.config import DatabaseSettings, IdentitySettings
from shared.db.migrate import check_schema_version
from shared.db.pool import Connection, Database

NAME_CHARACTERS_MAX = 100

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Changed(Generic[Answer]):
    """What was changed, of which tenant; `details` is for the audit log."""

    answer: Answer
    tenant_id: UUID | None
    details: Mapping[str, str]


def ask(question: Callable[[Connection], Awaitable[Answer]]) -> Answer:
    """Return the question's answer, asked in one transaction of the database that the environment
    names.
    """
    return asyncio.run(_in_transaction(DatabaseSettings.load(os.environ), question))


def change(
    action: str, question: Callable[[Connection, IdentitySettings], Awaitable[Changed[Answer]]]
) -> Answer:
    """Change something in one transaction, and leave its entry in the audit log: there is none
    without the other. `action` is the command.
    """
    settings = IdentitySettings.load(os.environ)

    async def changed(connection: Connection) -> Answer:
        done = await question(connection, settings)
        entry = Entry(
            entry_no=0,
            at=SystemClock().now(),
            tenant_id=done.tenant_id,
            way="command",
            subject=getuser(),
            address="",
            action=action,
            details=done.details,
            trace_id=None,
        )
        await append(connection, entry, settings.seal_key)
        return done.answer

    return ask(changed)


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
