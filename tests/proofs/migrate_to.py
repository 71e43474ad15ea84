"""`python -m tests.proofs.migrate_to FOLDER`: what `lazaret migrate` of a version with these
migrations does.
"""

import asyncio
import os
import sys
from pathlib import Path

from shared.db.migrate import migrate, read_migrations

if __name__ == "__main__":
    asyncio.run(migrate(os.environ["LAZARET_DATABASE_URL"], read_migrations(Path(sys.argv[1]))))
