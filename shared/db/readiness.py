"""Whether a process can work with its database now."""

from shared.db.migrate import QUERIES, check_schema_version
from shared.db.pool import Database


async def check_database(database: Database) -> None:
    """Ask for what all work needs: the right schema, on a server that can be written.

    A server that cannot, since a fail-over, costs all connections to it, so the next question
    reaches the one that can.

    Raises:
        Unavailable: the database is unavailable, cannot be written, or has refused to write
        just now. SchemaMismatch: its schema is older than this program's.
    """
    database.check_writes()
    async with database.connection() as connection:
        await check_schema_version(connection)
        await connection.execute(QUERIES["check_writable"])
