"""Writing audiences to the destination, and reading them back.

The destination is named by `AUDIENCE_DEST` in the environment: a folder, or an address that fsspec
understands, such as `s3://bucket/audiences`. An audience is two files there: `<name>.parquet` and
`<name>.manifest.json`.
"""

from __future__ import annotations

import io
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from audience_io.errors import AudienceError, DestinationError, InvalidAudience, ManifestError
from audience_io.manifest import AudienceManifest, build_manifest, verify_manifest
from audience_io.schema import GROUP_COLUMN, SCORE_COLUMN, USER_COLUMN, validate_schema

DESTINATION_VARIABLE = "AUDIENCE_DEST"

_NAME = re.compile(r"[a-z][a-z0-9_]{0,79}")


@dataclass(frozen=True)
class Destination:
    """A place that holds audiences.

    Attributes:
        url: A folder, or an address for fsspec.
    """

    url: str

    @classmethod
    def from_environment(cls) -> Destination:
        """Read the destination from the environment variable `AUDIENCE_DEST`.

        Returns:
            The destination.

        Raises:
            DestinationError: If the variable is not set.
        """
        url = os.environ.get(DESTINATION_VARIABLE, "").strip()
        if not url:
            raise DestinationError(
                f"{DESTINATION_VARIABLE} is not set; set it to the folder for audiences"
            )
        return cls(url)

    def read(self, file: str) -> bytes:
        """Read a file of the destination.

        Args:
            file: Its name, without a folder.

        Returns:
            Its bytes.

        Raises:
            FileNotFoundError: If there is no such file.
        """
        filesystem, root = self._filesystem()
        with filesystem.open(f"{root}/{file}", "rb") as stream:
            return stream.read()

    def write(self, file: str, data: bytes) -> None:
        """Write a file, replacing one of the same name in one step.

        Args:
            file: Its name, without a folder.
            data: Its bytes.

        Raises:
            DestinationError: If the destination cannot be written.
        """
        try:
            filesystem, root = self._filesystem()
            filesystem.makedirs(root, exist_ok=True)
            staged = f"{root}/.{file}.part"
            with filesystem.open(staged, "wb") as stream:
                stream.write(data)
            if filesystem.protocol == "file" or "file" in filesystem.protocol:
                os.replace(staged, f"{root}/{file}")
            else:
                filesystem.mv(staged, f"{root}/{file}")
        except OSError as error:
            raise DestinationError(f"cannot write {file} to {self.url}: {error}") from error

    def files(self) -> list[str]:
        """List the files of the destination.

        Returns:
            File names in alphabetical order; none if the folder does not exist yet.
        """
        filesystem, root = self._filesystem()
        if not filesystem.exists(root):
            return []
        return sorted(path.rsplit("/", 1)[-1] for path in filesystem.ls(root, detail=False))

    def _filesystem(self) -> tuple[Any, str]:
        from fsspec.core import url_to_fs

        filesystem, root = url_to_fs(self.url)
        return filesystem, root.rstrip("/")


def write_audience(
    df: pd.DataFrame,
    name: str,
    holdout_col: str | None = "group",
    *,
    destination: Destination | str | None = None,
) -> str:
    """Validate an audience and write it with its manifest.

    This is the only way out for an audience: the activation platform takes no file without a
    manifest. Rows are written by falling score, equal scores by `user_id`. An audience of the same
    name is replaced.

    Args:
        df: The audience, with `user_id`, `score` and the group column. The holdout is part of it.
        name: Its name in lower case, without `.parquet`: "write to x.parquet" is `name="x"`.
        holdout_col: The group column, or `None` for an audience that has no holdout on purpose.
        destination: Where to write; by default the place in `AUDIENCE_DEST`.

    Returns:
        The audience id. It depends on name and content only, so a second run returns it again.

    Raises:
        InvalidAudience: If the audience breaks the schema; the message lists every problem.
        AudienceError: If the name is not usable.
        DestinationError: If the destination is not set or cannot be written.

    Example:
        >>> audience = audience_io.assign_holdout(audience, share=0.2, seed=SEED)
        >>> audience_io.write_audience(audience, name="winback_march", holdout_col="group")
        'aud_6f0c1d0b5a3e9f42'
    """
    _require_name(name)
    problems = validate_schema(df, holdout_col=holdout_col)
    if problems:
        raise InvalidAudience(name, problems)
    place = _as_destination(destination)
    frame = _canonical_frame(df)
    manifest = build_manifest(frame, name, holdout_col)
    place.write(manifest.file, _parquet_bytes(frame))
    place.write(f"{name}.manifest.json", manifest.to_json().encode())
    return manifest.audience_id


def read_audience(
    name: str, *, destination: Destination | str | None = None, verify: bool = True
) -> pd.DataFrame:
    """Read an audience back.

    Args:
        name: Its name.
        destination: Where to read; by default the place in `AUDIENCE_DEST`.
        verify: Whether to compare it with its manifest.

    Returns:
        The audience in the order in which it was written.

    Raises:
        AudienceError: If there is no such audience; the message lists those that exist.
        ManifestError: If `verify` is set and the manifest is missing or does not fit.
    """
    _require_name(name)
    place = _as_destination(destination)
    try:
        data = place.read(f"{name}.parquet")
    except FileNotFoundError:
        known = ", ".join(list_audiences(destination=place)) or "none"
        raise AudienceError(f"no audience '{name}' in {place.url}; there are: {known}") from None
    frame = pq.read_table(io.BytesIO(data)).to_pandas()
    if verify:
        problems = verify_manifest(frame, read_manifest(name, destination=place))
        if problems:
            raise ManifestError(f"audience '{name}': {'; '.join(problems)}")
    return frame


def read_manifest(name: str, *, destination: Destination | str | None = None) -> AudienceManifest:
    """Read the manifest of an audience.

    Args:
        name: The audience's name.
        destination: Where to read; by default the place in `AUDIENCE_DEST`.

    Returns:
        The manifest.

    Raises:
        ManifestError: If it is missing or unreadable.
    """
    place = _as_destination(destination)
    try:
        text = place.read(f"{name}.manifest.json").decode()
    except FileNotFoundError:
        raise ManifestError(f"audience '{name}' in {place.url} has no manifest") from None
    return AudienceManifest.from_json(text)


def list_audiences(*, destination: Destination | str | None = None) -> list[str]:
    """List the audiences of a destination.

    Args:
        destination: Where to look; by default the place in `AUDIENCE_DEST`.

    Returns:
        Names of the audiences that have a manifest, in alphabetical order.
    """
    suffix = ".manifest.json"
    files = _as_destination(destination).files()
    return [file[: -len(suffix)] for file in files if file.endswith(suffix)]


@contextmanager
def destination_override(url: str) -> Iterator[Destination]:
    """Send audiences elsewhere for the length of a block, for dry runs and tests.

    Args:
        url: A folder, or an address for fsspec.

    Yields:
        The destination. The previous one is back afterwards, also after an error.

    Example:
        >>> with audience_io.destination_override("memory://dry-run"):
        ...     audience_io.write_audience(audience, name="winback_march")
    """
    previous = os.environ.get(DESTINATION_VARIABLE)
    os.environ[DESTINATION_VARIABLE] = url
    try:
        yield Destination(url)
    finally:
        if previous is None:
            del os.environ[DESTINATION_VARIABLE]
        else:
            os.environ[DESTINATION_VARIABLE] = previous


def export_audience(df: pd.DataFrame, filename: str) -> str:
    """Write an audience under a file name.

    .. deprecated:: 3.0
        Use :func:`write_audience` instead; it takes the audience's name, not a file name.

    Args:
        df: The audience.
        filename: A name that ends in `.parquet`.

    Returns:
        The audience id.
    """
    warnings.warn(
        "audience_io.export_audience is deprecated, use audience_io.write_audience",
        DeprecationWarning,
        stacklevel=2,
    )
    holdout_col = GROUP_COLUMN if GROUP_COLUMN in df.columns else None
    return write_audience(df, filename.removesuffix(".parquet"), holdout_col)


def _require_name(name: str) -> None:
    if name.endswith(".parquet"):
        raise AudienceError(
            f"'{name}' is a file name; the audience's name is '{name.removesuffix('.parquet')}'"
        )
    if not _NAME.fullmatch(name):
        raise AudienceError(
            f"'{name}' is no audience name; use lower-case letters, digits and underscores"
        )


def _as_destination(destination: Destination | str | None) -> Destination:
    if destination is None:
        return Destination.from_environment()
    return destination if isinstance(destination, Destination) else Destination(str(destination))


def _canonical_frame(df: pd.DataFrame) -> pd.DataFrame:
    frame = df.sort_values(
        [SCORE_COLUMN, USER_COLUMN], ascending=[False, True], kind="stable"
    ).reset_index(drop=True)
    for column in frame.columns:
        if isinstance(frame[column].dtype, pd.CategoricalDtype):
            frame[column] = frame[column].astype("str")
    return frame


def _parquet_bytes(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), buffer)
    return buffer.getvalue()
