"""Asks the warehouse and checks the answer."""

from __future__ import annotations

import duckdb

SQL = "SELECT order_id, amount FROM orders ORDER BY order_id"


def main() -> None:
    with duckdb.connect("/data/warehouse.duckdb", read_only=True) as connection:
        rows = connection.execute(SQL).fetchall()
    if len(rows) < 10:
        raise SystemExit(f"table orders has {len(rows)} rows, at least 10 are needed")
    if any(order is None or not isinstance(amount, float) for order, amount in rows):
        raise SystemExit("table orders: order_id is null or amount is no number")
    if len({order for order, _ in rows}) != len(rows):
        raise SystemExit("table orders: order_id is not unique")
    with open("amounts.csv", "w") as file:
        file.write("order_id,amount\n")
        file.writelines(f"{order},{amount}\n" for order, amount in rows)


if __name__ == "__main__":
    main()
