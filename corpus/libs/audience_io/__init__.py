"""Audiences: seed lists in, selection and holdout, validation, and the one way out.

House rules: an audience built from seeds never contains them; shares are of the eligible users,
rounded half up to the row; the holdout is part of the audience and is assigned with a seed.

Example:
    >>> import audience_io
    >>> audience = audience_io.assign_holdout(best, share=0.2, seed=SEED)
    >>> audience_io.write_audience(audience, name="winback_march")
"""

from audience_io.errors import (
    AudienceError,
    DestinationError,
    InvalidAudience,
    ManifestError,
    SeedListError,
)
from audience_io.holdout import assign_holdout, assign_holdout_by, holdout_draw, holdout_share
from audience_io.manifest import (
    AudienceManifest,
    audience_id,
    build_manifest,
    content_digest,
    verify_manifest,
)
from audience_io.schema import GROUPS, Group, group_counts, is_valid, validate_schema
from audience_io.seeds import MIN_SEED_USERS, read_seed_list, write_seed_list
from audience_io.selection import (
    exclude_users,
    overlap,
    select_top_count,
    select_top_share,
    share_to_rows,
)
from audience_io.store import (
    Destination,
    destination_override,
    export_audience,
    list_audiences,
    read_audience,
    read_manifest,
    write_audience,
)
from audience_io.suppression import (
    Purpose,
    apply_suppression,
    filter_consented,
    is_suppression_file,
    merge_suppressions,
    read_suppression_list,
)

__all__ = [
    "GROUPS",
    "MIN_SEED_USERS",
    "AudienceError",
    "AudienceManifest",
    "Destination",
    "DestinationError",
    "Group",
    "InvalidAudience",
    "ManifestError",
    "Purpose",
    "SeedListError",
    "apply_suppression",
    "assign_holdout",
    "assign_holdout_by",
    "audience_id",
    "build_manifest",
    "content_digest",
    "destination_override",
    "exclude_users",
    "export_audience",
    "filter_consented",
    "group_counts",
    "holdout_draw",
    "holdout_share",
    "is_suppression_file",
    "is_valid",
    "list_audiences",
    "merge_suppressions",
    "overlap",
    "read_audience",
    "read_manifest",
    "read_seed_list",
    "read_suppression_list",
    "select_top_count",
    "select_top_share",
    "share_to_rows",
    "validate_schema",
    "verify_manifest",
    "write_audience",
    "write_seed_list",
]
