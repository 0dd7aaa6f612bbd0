"""Makes the data of these scripts, in its work folder."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq


def main() -> None:
    rows = [(f"u{i:03}", "DE" if i % 3 else "FR", f"{i % 7 + i / 100:.2f}", i) for i in range(60)]
    with open("users.csv", "w") as file:
        file.write("user_id,country,score,days\n")
        file.writelines(f"{user},{country},{score},{days}\n" for user, country, score, days in rows)
    with open("blocked.csv", "w") as file:
        file.write("user_id\nx1\nx2\nx3\nx4\nx5\n")
    visits = {"visit_id": list(range(50)), "seconds": [i / 4 for i in range(50)]}
    pq.write_table(pa.table(visits), "visits.parquet")
    with duckdb.connect("warehouse.duckdb", config={"threads": 1}) as connection:
        connection.execute("CREATE TABLE orders (order_id BIGINT, amount DOUBLE)")
        connection.execute("INSERT INTO orders SELECT i, i / 8 FROM range(1, 41) t(i)")
        connection.execute("CREATE TABLE people (user_id VARCHAR, spent DOUBLE, region VARCHAR)")
        connection.executemany(
            "INSERT INTO people VALUES (?, ?, 'EU')", [(f"u{i:03}", i / 3) for i in range(40)]
        )


if __name__ == "__main__":
    main()
