"""Exceptions of the audience library; all derive from `AudienceError`."""

from __future__ import annotations

from collections.abc import Sequence


class AudienceError(Exception):
    """Base class of all errors raised by `audience_io`."""


class InvalidAudience(AudienceError):
    """An audience breaks the schema and was not written.

    Attributes:
        problems: Every problem that was found, one sentence each.
    """

    def __init__(self, name: str, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        listed = "\n".join(f"  - {problem}" for problem in self.problems)
        super().__init__(f"audience '{name}' has {len(self.problems)} problem(s):\n{listed}")


class SeedListError(AudienceError):
    """A seed or suppression list cannot be used as it is."""


class DestinationError(AudienceError):
    """The place for audiences is not set or cannot be written."""


class ManifestError(AudienceError):
    """A manifest is missing, unreadable, or does not fit its audience."""
