"""The manifest beside every audience: what was written, under which id.

The id is a function of the audience's name and content alone: no clock, no host, no row order. The
same job on the same data always gets the same id.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from audience_io.errors import ManifestError
from audience_io.schema import SCORE_COLUMN, USER_COLUMN, group_counts

MANIFEST_SCHEMA = 1


@dataclass(frozen=True)
class AudienceManifest:
    """What is known about a written audience.

    Attributes:
        name: The audience's name.
        audience_id: The id that `write_audience` returned.
        rows: How many users it has.
        columns: Type of every column by name: `str`, `int`, `float`, `bool` or `time`.
        groups: Users by group; empty for an audience without a holdout.
        holdout_col: The name of the group column, or `None`.
        score_range: Smallest and largest score.
        content_sha256: Digest of the content, see `content_digest`.
        file: Name of the parquet file, in the same folder.
        schema: Version of this format.
    """

    name: str
    audience_id: str
    rows: int
    columns: dict[str, str]
    groups: dict[str, int]
    holdout_col: str | None
    score_range: tuple[float, float]
    content_sha256: str
    file: str
    schema: int = field(default=MANIFEST_SCHEMA)

    def to_json(self) -> str:
        """Return the manifest as JSON text with sorted keys."""
        return json.dumps(asdict(self), indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> AudienceManifest:
        """Read a manifest from JSON text.

        Args:
            text: What `to_json` returned.

        Returns:
            The manifest.

        Raises:
            ManifestError: If the text is not a manifest, or of a newer schema.
        """
        try:
            data: dict[str, Any] = json.loads(text)
            if data["schema"] > MANIFEST_SCHEMA:
                raise ManifestError(
                    f"manifest has schema {data['schema']}, newer than this library"
                )
            low, high = data["score_range"]
            return cls(**{**data, "score_range": (low, high)})
        except (ValueError, TypeError, KeyError) as error:
            raise ManifestError(f"this is not an audience manifest: {error}") from error


def content_digest(df: pd.DataFrame) -> str:
    """Digest the content of an audience.

    Rows are taken in the order of `user_id` and columns in the order of their names, so that
    neither order matters. Integers and floats of any width digest alike within their kind.

    Args:
        df: A frame with a `user_id` column.

    Returns:
        A SHA-256 digest in hexadecimal.
    """
    ordered = df.sort_values(USER_COLUMN, kind="stable")
    digest = hashlib.sha256()
    for column in sorted(ordered.columns):
        kind, data = _canonical(ordered[column])
        digest.update(f"{len(ordered)}\x1f{column}\x1f{kind}\x1e".encode())
        digest.update(data)
    return digest.hexdigest()


def audience_id(df: pd.DataFrame, name: str) -> str:
    """Compute the id of an audience from its content and name.

    Args:
        df: The audience.
        name: Its name.

    Returns:
        `aud_` and 16 hexadecimal digits.

    Example:
        >>> audience_io.audience_id(audience, "winback_march")
        'aud_6f0c1d0b5a3e9f42'
    """
    text = f"{name}\x1f{content_digest(df)}"
    return "aud_" + hashlib.sha256(text.encode()).hexdigest()[:16]


def build_manifest(df: pd.DataFrame, name: str, holdout_col: str | None) -> AudienceManifest:
    """Describe an audience that is about to be written.

    Args:
        df: A valid audience.
        name: Its name.
        holdout_col: The group column, or `None`.

    Returns:
        The manifest.
    """
    scores = df[SCORE_COLUMN].astype("float64")
    return AudienceManifest(
        name=name,
        audience_id=audience_id(df, name),
        rows=len(df),
        columns={str(column): _kind(df[column]) for column in df.columns},
        groups=group_counts(df, holdout_col) if holdout_col else {},
        holdout_col=holdout_col,
        score_range=(float(scores.min()), float(scores.max())),
        content_sha256=content_digest(df),
        file=f"{name}.parquet",
    )


def verify_manifest(df: pd.DataFrame, manifest: AudienceManifest) -> list[str]:
    """Compare an audience with its manifest.

    Args:
        df: The audience as it was read back.
        manifest: The manifest beside it.

    Returns:
        One sentence per difference; an empty list means that they fit.
    """
    actual = build_manifest(df, manifest.name, manifest.holdout_col)
    problems = []
    for key in ("audience_id", "content_sha256", "rows", "columns", "groups", "score_range"):
        stated, found = getattr(manifest, key), getattr(actual, key)
        if stated != found:
            problems.append(f"manifest says {key} {stated}, the audience has {found}")
    return problems


def _kind(values: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(values):
        return "bool"
    if pd.api.types.is_integer_dtype(values):
        return "int"
    if pd.api.types.is_float_dtype(values):
        return "float"
    if pd.api.types.is_datetime64_any_dtype(values):
        return "time"
    return "str"


def _canonical(values: pd.Series) -> tuple[str, bytes]:
    kind = _kind(values)
    if kind == "float":
        numbers = values.to_numpy(dtype="float64", na_value=np.nan) + 0.0
        return kind, np.where(np.isnan(numbers), np.nan, numbers).astype("<f8").tobytes()
    if kind in ("int", "bool") and not values.isna().any():
        return kind, values.to_numpy(dtype="int64").astype("<i8").tobytes()
    nulls = values.isna().to_numpy()
    if kind == "time":
        texts = [stamp.isoformat() if stamp is not pd.NaT else "" for stamp in values]
    else:
        texts = [str(value) for value in values]
    cells = ("\x00" if null else text for null, text in zip(nulls, texts, strict=True))
    return kind, "\x1f".join(cells).encode()
