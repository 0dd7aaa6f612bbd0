"""Exceptions of the warehouse client.

Everything that `cdp_client` raises on purpose derives from `CdpError`, so that a job can catch one
class.
"""

from __future__ import annotations

from collections.abc import Sequence


class CdpError(Exception):
    """Base class of all errors raised by `cdp_client`."""


class WarehouseUnavailable(CdpError):
    """The warehouse cannot be reached: the DSN is missing, malformed or points nowhere."""


class QueryError(CdpError):
    """The warehouse refused a statement for a reason other than a wrong name.

    Attributes:
        sql: The statement as it was given to `query`.
    """

    def __init__(self, message: str, sql: str = "") -> None:
        super().__init__(message)
        self.sql = sql


class UnknownName(QueryError):
    """A statement names something that the warehouse does not have.

    Attributes:
        name: The name that was not found.
        near: Existing names that are likely to be meant, best first.
    """

    kind = "name"

    def __init__(self, name: str, near: Sequence[str] = (), where: str = "", sql: str = "") -> None:
        self.name = name
        self.near = list(near)
        place = f" in {where}" if where else ""
        near_text = f"near matches: {', '.join(self.near)}" if self.near else "nothing is similar"
        super().__init__(f"unknown {self.kind} '{name}'{place}; {near_text}", sql)


class UnknownTable(UnknownName):
    """A statement names a table that the warehouse does not have."""

    kind = "table"


class UnknownColumn(UnknownName):
    """A statement names a column that none of its tables has."""

    kind = "column"


class UnknownUsers(CdpError):
    """Some of the requested users are not in the warehouse.

    Attributes:
        user_ids: The ids that were not found, in the order of the request.
    """

    def __init__(self, user_ids: Sequence[str], table: str) -> None:
        self.user_ids = list(user_ids)
        shown = ", ".join(self.user_ids[:5])
        more = f" and {len(self.user_ids) - 5} more" if len(self.user_ids) > 5 else ""
        super().__init__(f"{len(self.user_ids)} user(s) are not in {table}: {shown}{more}")
