"""The statements of chapter 12 on a distributed engine and on one machine, with equal results.

`make distributed` makes an environment of its own for this (requirements.txt beside this file), because the client of
Spark brings packages that would change pandas for every chapter. The engine is Sail, which speaks the protocol of
Spark Connect and needs no Java; for a Spark cluster give its address:

    python tests/distributed/compare.py [--orders 1000000] [--remote sc://HOST:15002]

On a cluster the folder of the sources must be one that its workers can read (--folder).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import sqlglot
from pysail.spark import SparkConnectServer
from pyspark.sql import SparkSession

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "lib"))
from replica.worlds import ch12

POOLS = {"running": 40_000_000_003, "set-up": 22_000_000_019, "orders": 18_000_000_007, "service": 20_000_000_033}
MEASURES = {
    "fact_order": "count(*), sum(amount), sum(quantity), sum(order_minutes), max(day)",
    "fact_run": "count(*), sum(units), sum(setup_minutes), sum(run_minutes), sum(run_id)",
    "fact_ticket": "count(*), sum(minutes), sum(travel), sum(ticket_id), 0",
}
SCHEMAS = {
    "orders": "order_id BIGINT, day STRING, product STRING, quantity STRING, price STRING, channel STRING",
    "tickets": "ticket_id BIGINT, product STRING, region STRING, team STRING, text STRING",
}


def spark_sql(statement: str) -> str:
    """The statement as Spark reads it: the whole translation."""
    return sqlglot.transpile(statement, read="duckdb", write="spark")[0]


def questions() -> dict[str, str]:
    """What both engines are asked, in the words of DuckDB."""
    asked = {table: f"SELECT product, {what} FROM {table} GROUP BY product" for table, what in MEASURES.items()}
    asked["quarantine"] = "SELECT source, reason, count(*), sum(row_id) FROM quarantine GROUP BY source, reason"
    asked["costed"] = f"SELECT product, activity, cents FROM ({ch12.COSTED}) AS result"
    return asked


def answers(ask) -> dict[str, list[tuple]]:
    return {name: sorted(tuple(map(str, row)) for row in ask(sql)) for name, sql in questions().items()}


def on_one_machine(folder: Path) -> dict[str, list[tuple]]:
    with ch12.connect() as db:
        ch12.load(db, folder)
        ch12.cost(db, POOLS)  # leaves the views `pools` and `drivers`
        return answers(lambda sql: db.execute(sql).fetchall())


def on_spark(folder: Path, remote: str) -> dict[str, list[tuple]]:
    spark = SparkSession.builder.remote(remote).getOrCreate()
    spark.createDataFrame(ch12.PRODUCTS.reset_index()).createOrReplaceTempView("dim_product")
    spark.createDataFrame(list(POOLS.items()), "activity STRING, cents BIGINT").createOrReplaceTempView("pools")
    spark.read.csv(f"{folder}/orders.csv", header=True, schema=SCHEMAS["orders"]).createOrReplaceTempView("raw_orders")
    spark.read.parquet(f"{folder}/runs.parquet").createOrReplaceTempView("raw_runs")
    spark.read.schema(SCHEMAS["tickets"]).json(f"{folder}/tickets.json").createOrReplaceTempView("raw_tickets")
    views = {f"checked_{name}": sql for name, sql in ch12.CHECKED.items()} | ch12.STAR | {"drivers": ch12.DRIVERS}
    for name, statement in views.items():
        spark.sql(spark_sql(statement)).createOrReplaceTempView(name)
    found = answers(lambda sql: spark.sql(spark_sql(sql)).collect())
    spark.stop()
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--remote", help="address of a Spark Connect server; without it Sail is started here")
    parser.add_argument("--folder", type=Path, help="where the sources are written (default: a temporary folder)")
    options = parser.parse_args()
    server = None
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        print(f"sources: {ch12.sources(folder, options.orders, options.seed)}")
        start = time.perf_counter()
        here = on_one_machine(folder)
        print(f"DuckDB, one machine: {time.perf_counter() - start:.1f} s")
        if options.remote is None:
            server = SparkConnectServer()
            server.start()
        address = options.remote or "sc://localhost:{1}".format(*server.listening_address)
        start = time.perf_counter()
        there = on_spark(folder, address)
        print(f"{options.remote or 'Sail'}: {time.perf_counter() - start:.1f} s")
        if server is not None:
            server.stop()
    for name in here:
        same = here[name] == there[name]
        print(f"{name}: {len(here[name])} rows, {'equal' if same else 'DIFFERENT'}")
        if not same:
            print(*[pair for pair in zip(here[name], there[name], strict=False) if pair[0] != pair[1]][:3], sep="\n")
    return 0 if here == there else 1


if __name__ == "__main__":
    sys.exit(main())
