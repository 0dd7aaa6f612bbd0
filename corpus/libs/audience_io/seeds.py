"""Seed lists: CSV files of user ids that a marketer hands over."""

from __future__ import annotations

import csv
from pathlib import Path

from audience_io.errors import SeedListError

#: Below this a seed list says too little about the users that are wanted.
MIN_SEED_USERS = 50

_ID_COLUMNS = ("user_id", "userid", "user", "id")


def read_seed_list(
    path: str | Path, *, min_users: int = MIN_SEED_USERS, id_column: str | None = None
) -> list[str]:
    """Read and validate a seed list.

    The file is a CSV with a header. Seed users are never part of the audience that is built from
    them; see `exclude_users`.

    Args:
        path: The CSV file.
        min_users: The fewest users that are accepted. Lower it only when the requester knows what a
            tiny list means.
        id_column: The column with the user ids; by default `user_id` or a usual spelling of it.

    Returns:
        User ids in the order of the file.

    Raises:
        SeedListError: If the file is missing, empty or has no id column, if ids are blank or occur
            twice, or if there are fewer than `min_users`.

    Example:
        >>> seeds = audience_io.read_seed_list("/data/newsletter_fans.csv")
    """
    users = _read_ids(Path(path), id_column)
    blank = sum(1 for user in users if not user)
    if blank:
        raise SeedListError(f"{path}: {blank} row(s) have no user id")
    if repeated := _repeated(users):
        shown = ", ".join(repeated[:3])
        raise SeedListError(
            f"{path}: {len(repeated)} user id(s) occur more than once, e.g. {shown}"
        )
    if len(users) < min_users:
        raise SeedListError(
            f"{path}: {len(users)} seed user(s) are too few, at least {min_users} are needed; "
            "ask for a longer list, or pass min_users if this is on purpose"
        )
    return users


def write_seed_list(user_ids: list[str], path: str | Path) -> int:
    """Write a seed list that `read_seed_list` accepts.

    Args:
        user_ids: The users, without repetitions.
        path: The CSV file.

    Returns:
        The number of users written.

    Raises:
        SeedListError: If ids are blank or repeated.
    """
    if any(not str(user).strip() for user in user_ids):
        raise SeedListError("a seed list must not have blank user ids")
    if repeated := _repeated(list(user_ids)):
        raise SeedListError(f"user id(s) occur more than once, e.g. {', '.join(repeated[:3])}")
    lines = ["user_id", *user_ids]
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(user_ids)


def _read_ids(path: Path, id_column: str | None) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise SeedListError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SeedListError(f"{path}: cannot be read: {error}") from error
    rows = [row for row in csv.reader(text.splitlines()) if row]
    if not rows:
        raise SeedListError(f"{path}: the file is empty")
    header = [cell.strip() for cell in rows[0]]
    position = _id_position(header, id_column, path)
    return [row[position].strip() if position < len(row) else "" for row in rows[1:]]


def _id_position(header: list[str], id_column: str | None, path: Path) -> int:
    lowered = [cell.lower() for cell in header]
    for wanted in (id_column.lower(),) if id_column else _ID_COLUMNS:
        if wanted in lowered:
            return lowered.index(wanted)
    raise SeedListError(
        f"{path}: no column {id_column or 'user_id'}; the header is {', '.join(header)}"
    )


def _repeated(users: list[str]) -> list[str]:
    seen: set[str] = set()
    repeated: dict[str, None] = {}
    for user in users:
        if user in seen:
            repeated[user] = None
        seen.add(user)
    return list(repeated)
