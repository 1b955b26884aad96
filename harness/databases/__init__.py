"""The databases that answers are run against, as the trusted side sees them: one backend each, one interface."""

from harness.databases.backend import Backend, Row, View
from harness.databases.choice import Choice, choose, split
from harness.databases.sqlite import SqliteBackend

__all__ = ["Backend", "Choice", "Row", "SqliteBackend", "View", "choose", "split"]
