"""Client of the customer data platform: the one way in which jobs read the warehouse.

The warehouse is named by `CDP_DSN` in the environment. Nothing here writes.

Example:
    >>> import cdp_client
    >>> cdp_client.query("SELECT count(*) AS users FROM user_features")
"""

from cdp_client.catalog import (
    ColumnInfo,
    TableInfo,
    count_rows,
    describe_table,
    list_tables,
    sample_rows,
)
from cdp_client.errors import (
    CdpError,
    QueryError,
    UnknownColumn,
    UnknownName,
    UnknownTable,
    UnknownUsers,
    WarehouseUnavailable,
)
from cdp_client.events import (
    get_campaign_results,
    get_events,
    get_order_totals,
    get_orders,
    get_signups,
    get_touchpoints,
    load_orders,
    snapshot_date,
)
from cdp_client.features import (
    NullPolicy,
    clean_features,
    feature_nulls,
    fetch_features,
    get_all_user_features,
    get_user_features,
    percentile_ranks,
    rename_legacy_columns,
    standardize_features,
)
from cdp_client.segments import (
    EU_COUNTRIES,
    Segment,
    eu_users,
    filter_segment,
    segment_sizes,
    segment_users,
    users_in_countries,
)
from cdp_client.warehouse import (
    LEGACY_COLUMNS,
    Warehouse,
    connect,
    near_matches,
    query,
    query_batches,
    query_value,
)

__all__ = [
    "EU_COUNTRIES",
    "LEGACY_COLUMNS",
    "CdpError",
    "ColumnInfo",
    "NullPolicy",
    "QueryError",
    "Segment",
    "TableInfo",
    "UnknownColumn",
    "UnknownName",
    "UnknownTable",
    "UnknownUsers",
    "Warehouse",
    "WarehouseUnavailable",
    "clean_features",
    "connect",
    "count_rows",
    "describe_table",
    "eu_users",
    "feature_nulls",
    "fetch_features",
    "filter_segment",
    "get_all_user_features",
    "get_campaign_results",
    "get_events",
    "get_order_totals",
    "get_orders",
    "get_signups",
    "get_touchpoints",
    "get_user_features",
    "list_tables",
    "load_orders",
    "near_matches",
    "percentile_ranks",
    "query",
    "query_batches",
    "query_value",
    "rename_legacy_columns",
    "sample_rows",
    "segment_sizes",
    "segment_users",
    "snapshot_date",
    "standardize_features",
    "users_in_countries",
]
