"""PostgreSQL: a database and a role for each worker on a server that is there, and one socket inside that leads to it.

Imported only when PostgreSQL is asked for.
"""

from harness.databases.postgresql.backend import PostgresBackend
from harness.databases.postgresql.inspection import Inspection, inspect
from harness.databases.postgresql.server import Server

__all__ = ["Inspection", "PostgresBackend", "Server", "inspect"]
