"""Writes a header alone when a query yields nothing."""

from __future__ import annotations

import duckdb

SQL = "SELECT order_id, amount FROM orders WHERE amount IS NOT NULL ORDER BY order_id"


def main() -> None:
    with duckdb.connect("/data/warehouse.duckdb", read_only=True) as connection:
        rows = dict(connection.execute(SQL).fetchall())
    if any(not isinstance(amount, float) for amount in rows.values()) or None in rows:
        raise SystemExit("table orders: order_id is null or amount is no number")
    with open("amounts.csv", "w") as file:
        file.write("order_id,amount\n")
        file.writelines(f"{order},{amount}\n" for order, amount in rows.items())


if __name__ == "__main__":
    main()
