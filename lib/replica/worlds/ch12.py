"""The world of article 12: a firm's sources with planted faults, and the statements that load, check and cost them.

Three systems write what they know in their own form: orders as csv, production runs of machines as parquet, service
tickets with free text as json lines. Row i of each is a function of ``hash(i, column, seed)``, so that any number of
rows is the same whatever the threads. Products, minutes and faults are assumed; the article prints none.

The statements (`CHECKED`, `STAR`, `COSTED`) are plain SQL that DuckDB runs here and sqlglot translates for a
distributed engine. `load` runs them in one transaction: a batch is in the warehouse whole, or not at all.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from replica import check

# Assumed: orders of 100; yuan and direct cost a unit; mean units an order; machine minutes a unit; units a run, minutes
# to set one up; minutes to handle an order; tickets of 100 orders; share of these on site.
PRODUCTS = pd.DataFrame(
    [
        ("P01", "standard", 15, 120, 76, 40, 0.50, 400, 45, 6, 5, 0.1),
        ("P02", "standard", 14, 130, 82, 40, 0.55, 400, 45, 6, 6, 0.1),
        ("P03", "standard", 12, 110, 68, 40, 0.45, 420, 45, 6, 5, 0.1),
        ("P04", "standard", 11, 95, 73, 40, 0.50, 440, 40, 5, 4, 0.1),
        ("P05", "variant", 9, 300, 190, 12, 1.20, 60, 60, 10, 12, 0.3),
        ("P06", "variant", 8, 320, 200, 12, 1.30, 60, 60, 10, 12, 0.3),
        ("P07", "variant", 7, 280, 180, 12, 1.10, 70, 55, 10, 10, 0.3),
        ("P08", "variant", 6, 310, 195, 12, 1.25, 50, 65, 12, 14, 0.4),
        ("P09", "custom", 6, 1700, 850, 3, 4.0, 8, 80, 20, 20, 0.5),
        ("P10", "custom", 5, 900, 495, 3, 3.8, 6, 90, 25, 24, 0.6),
        ("P11", "custom", 4, 950, 520, 3, 4.2, 6, 90, 25, 28, 0.7),
        ("P12", "custom", 3, 880, 480, 3, 4.0, 5, 100, 30, 30, 0.7),
    ],
    columns=["product", "kind", "orders", "price", "direct", "units", "run_minutes", "batch", "setup_minutes",
             "order_minutes", "tickets", "on_site"],
).set_index("product")  # fmt: skip
REGIONS = ("south", "east", "north", "west", "overseas")
SOURCES = {"orders": "csv", "runs": "parquet", "tickets": "json"}


# --- the sources -----------------------------------------------------------------------------------------------------
def _slots(weights: pd.Series) -> str:
    """SQL list of 1,000 product numbers in proportion to `weights`: largest remainders."""
    exact = 1000 * weights / weights.sum()
    counts = exact.astype(int)
    short = (exact - counts).sort_values(ascending=False).index[: 1000 - int(counts.sum())]
    counts[short] += 1
    return str([number for number, count in enumerate(counts) for _ in range(count)])


def sources(folder: Path, orders: int, seed: int) -> dict[str, int]:
    """Write ``orders.csv``, ``runs.parquet`` and ``tickets.json`` to `folder` and return their numbers of rows.

    About one order in a hundred has a planted fault: a product missing or unknown, a date, quantity or price that
    cannot be, or a row sent twice; about one run in 300 has impossible minutes, one ticket in 50 none in its text.

    Parameters
    ----------
    folder : Path
        An existing folder.
    orders : int
        Number of orders, at least 1,000; runs are about a fifth of it, tickets a tenth.
    seed : int

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sources(Path(folder), 1000, seed=1)
    {'orders': 1001, 'runs': 196, 'tickets': 106}
    """
    n, seed = check.whole("orders", orders, 1000), check.whole("seed", seed)
    p = PRODUCTS
    counts = {
        "orders": n + n // 1000,
        "runs": round(n * float((p.orders * p.units / p.batch).sum()) / 100),
        "tickets": round(n * float((p.orders * p.tickets).sum()) / 10_000),
    }
    with duckdb.connect() as db:
        db.execute("SET threads = 1")
        db.register("frame", p.reset_index())
        db.execute("CREATE TABLE p AS SELECT *, row_number() OVER (ORDER BY product) - 1 AS k FROM frame")
        db.execute(f"CREATE MACRO u(i, c) AS (hash(i, c, {seed}) % 1000000) / 1000000.0")
        weights = {"orders": p.orders, "runs": p.orders * p.units / p.batch, "tickets": p.orders * p.tickets}
        for name, weight in weights.items():
            where = (Path(folder) / f"{name}.{SOURCES[name]}").as_posix().replace("'", "''")
            form = {"csv": "(HEADER)", "parquet": "(FORMAT parquet)", "json": "(FORMAT json)"}[SOURCES[name]]
            drawn = f"""SELECT i, [{_slots(weight)[1:-1]}][1 + CAST(hash(i, '{name}', {seed}) % 1000 AS INTEGER)] AS k
                FROM range({counts[name]}) t(j), LATERAL (SELECT if(j < {n}, j, (j - {n}) * 997) AS i)"""
            db.execute(f"COPY ({_WRITTEN[name].format(drawn=drawn)}) TO '{where}' {form}")
    return counts


_WRITTEN = {
    "orders": """SELECT i AS order_id,
        CASE WHEN u(i, 'fault') < 0.001 THEN '2025-02-30'
            ELSE CAST(DATE '2025-01-01' + CAST(365 * u(i, 'day') AS INTEGER) % 365 AS VARCHAR) END AS day,
        CASE WHEN u(i, 'fault') BETWEEN 0.001 AND 0.003 THEN '' WHEN u(i, 'fault') BETWEEN 0.003 AND 0.005 THEN 'X99'
            WHEN u(i, 'case') < 0.05 THEN ' ' || lower(product) ELSE product END AS product,
        CAST(CASE WHEN u(i, 'fault') BETWEEN 0.005 AND 0.007 THEN -units
            ELSE greatest(1, CAST(round(units * (0.5 + u(i, 'units'))) AS INTEGER)) END AS VARCHAR) AS quantity,
        CASE WHEN u(i, 'fault') BETWEEN 0.007 AND 0.009 THEN '0.00' ELSE CAST(CAST(price * (0.95 + 0.1 * u(i, 'price'))
            AS DECIMAL(10, 2)) AS VARCHAR) END AS price,
        CASE WHEN u(i, 'channel') < 0.6 THEN 'online' ELSE 'offline' END AS channel
        FROM ({drawn}) JOIN p USING (k)""",
    "runs": """SELECT i AS run_id,
        CAST(DATE '2025-01-01' + CAST(365 * u(i, 'rday') AS INTEGER) % 365 AS VARCHAR) AS day,
        product, CAST(1 + hash(i, 'machine') % 20 AS INTEGER) AS machine, batch AS units,
        CAST(CASE WHEN u(i, 'rfault') < 0.003 THEN -1
            ELSE round(setup_minutes * (0.7 + 0.6 * u(i, 'setup')) * CASE WHEN hash(i, 'machine') % 20 = 6
                AND 365 * u(i, 'rday') BETWEEN 211.5 AND 242.5 THEN 1.08 ELSE 1 END) END AS INTEGER) AS setup_minutes,
        CAST(greatest(1, round(batch * run_minutes * (0.9 + 0.2 * u(i, 'run')))) AS INTEGER) AS run_minutes
        FROM ({drawn}) JOIN p USING (k)""",
    "tickets": """SELECT i AS ticket_id, product,
        list_value{regions}[1 + CAST(hash(i, 'home') % 5 AS INTEGER)] AS region,
        list_value{regions}[1 + CAST(hash(i, 'team') % 5 AS INTEGER)] AS team,
        CASE WHEN u(i, 'tfault') < 0.02 THEN 'Customer called, problem solved.'
            WHEN u(i, 'site') < on_site THEN 'On site: travel ' || CAST(CAST((20 + 40 * u(i, 'travel')) *
                (CASE WHEN hash(i, 'home') % 5 = hash(i, 'team') % 5 THEN 1 ELSE 2 END) AS INTEGER) AS VARCHAR)
                || ' min, repair ' || CAST(CAST(30 + 40 * u(i, 'work') AS INTEGER) AS VARCHAR) || ' min.'
            ELSE 'Hotline: call ' || CAST(CAST(5 + 15 * u(i, 'work') AS INTEGER) AS VARCHAR) || ' min.' END AS text
        FROM ({drawn}) JOIN p USING (k)""".replace("{regions}", str(REGIONS)),
}


# --- the statements, for DuckDB and, through sqlglot, for Spark -------------------------------------------------------
CHECKED = {
    "orders": """
SELECT order_id, code, day, quantity, price, channel,
       CASE WHEN code = '' THEN 'product missing'
            WHEN known IS NULL THEN 'product unknown'
            WHEN day IS NULL THEN 'date unreadable'
            WHEN quantity IS NULL OR quantity < 1 THEN 'quantity out of range'
            WHEN price IS NULL OR price < 1 THEN 'price out of range'
            WHEN copy > 1 THEN 'duplicate' END AS reason
FROM (SELECT order_id, upper(trim(coalesce(r.product, ''))) AS code,
             p.product AS known, try_cast(day AS DATE) AS day,
             try_cast(quantity AS INTEGER) AS quantity,
             try_cast(r.price AS DECIMAL(10, 2)) AS price, channel,
             row_number() OVER (PARTITION BY order_id ORDER BY day) AS copy
      FROM raw_orders AS r LEFT JOIN dim_product AS p
        ON p.product = upper(trim(coalesce(r.product, '')))) AS cleaned""",
    "runs": """
SELECT run_id, product AS code, CAST(day AS DATE) AS day, machine, units, setup_minutes, run_minutes,
       CASE WHEN setup_minutes < 0 OR run_minutes < 1 THEN 'minutes out of range' END AS reason
FROM raw_runs""",
    "tickets": """
SELECT ticket_id, product AS code, region, team, travel, work,
       CASE WHEN work IS NULL THEN 'no minutes in the text' END AS reason
FROM (SELECT ticket_id, product, region, team,
             coalesce(try_cast(regexp_extract(text, 'travel ([0-9]+) min', 1) AS INTEGER), 0) AS travel,
             try_cast(regexp_extract(text, '(call|repair) ([0-9]+) min', 2) AS INTEGER) AS work
      FROM raw_tickets) AS parsed""",
}
STAR = {
    "fact_order": """SELECT order_id, day, code AS product, channel, quantity,
       CAST(c.price * quantity AS DECIMAL(18, 2)) AS amount, p.order_minutes AS order_minutes
FROM checked_orders AS c JOIN dim_product AS p ON p.product = c.code WHERE reason IS NULL""",
    "fact_run": """SELECT run_id, day, code AS product, machine, units, setup_minutes, run_minutes
FROM checked_runs WHERE reason IS NULL""",
    "fact_ticket": """SELECT ticket_id, code AS product, region, team, travel, travel + work AS minutes
FROM checked_tickets WHERE reason IS NULL""",
    "quarantine": """SELECT 'orders' AS source, order_id AS row_id, reason FROM checked_orders WHERE reason IS NOT NULL
UNION ALL SELECT 'runs', run_id, reason FROM checked_runs WHERE reason IS NOT NULL
UNION ALL SELECT 'tickets', ticket_id, reason FROM checked_tickets WHERE reason IS NOT NULL""",
}
DRIVERS = """
SELECT p.product, 'running' AS activity, coalesce(sum(f.run_minutes), 0) AS driver
FROM dim_product AS p LEFT JOIN fact_run AS f ON f.product = p.product GROUP BY p.product
UNION ALL
SELECT p.product, 'set-up', coalesce(sum(f.setup_minutes), 0)
FROM dim_product AS p LEFT JOIN fact_run AS f ON f.product = p.product GROUP BY p.product
UNION ALL
SELECT p.product, 'orders', coalesce(sum(f.order_minutes), 0)
FROM dim_product AS p LEFT JOIN fact_order AS f ON f.product = p.product GROUP BY p.product
UNION ALL
SELECT p.product, 'service', coalesce(sum(f.minutes), 0)
FROM dim_product AS p LEFT JOIN fact_ticket AS f ON f.product = p.product GROUP BY p.product"""
COSTED = """
SELECT product, activity,
       base + CASE WHEN place <= cents - sum(base) OVER (PARTITION BY activity)
                   THEN 1 ELSE 0 END AS cents
FROM (SELECT product, activity, cents,
             CAST(round((whole - whole % total) / total) AS BIGINT) AS base,
             row_number() OVER (PARTITION BY activity
                                ORDER BY whole % total DESC, product) AS place
      FROM (SELECT d.product, d.activity, c.cents,
                   CAST(c.cents AS DECIMAL(38, 0)) * d.driver AS whole,
                   sum(d.driver) OVER (PARTITION BY d.activity) AS total
            FROM drivers AS d JOIN pools AS c ON c.activity = d.activity) AS shared) AS floored"""


# --- one machine -----------------------------------------------------------------------------------------------------
def connect(path: Path | str = ":memory:", memory: str = "2GB") -> duckdb.DuckDBPyConnection:
    """A warehouse with its dimension of products and empty facts, on one thread, in at most `memory`."""
    db = duckdb.connect(str(path), config={"threads": 1, "memory_limit": memory})
    db.register("product_frame", PRODUCTS.reset_index())
    db.execute("CREATE OR REPLACE TABLE dim_product AS SELECT * FROM product_frame")
    db.execute("""CREATE TABLE IF NOT EXISTS fact_order (order_id BIGINT, day DATE, product VARCHAR, channel VARCHAR,
        quantity INTEGER, amount DECIMAL(18, 2), order_minutes BIGINT, batch VARCHAR)""")
    db.execute("""CREATE TABLE IF NOT EXISTS fact_run (run_id BIGINT, day DATE, product VARCHAR, machine INTEGER,
        units BIGINT, setup_minutes INTEGER, run_minutes INTEGER, batch VARCHAR)""")
    db.execute("""CREATE TABLE IF NOT EXISTS fact_ticket (ticket_id BIGINT, product VARCHAR, region VARCHAR,
        team VARCHAR, travel INTEGER, minutes INTEGER, batch VARCHAR)""")
    db.execute("CREATE TABLE IF NOT EXISTS quarantine (source VARCHAR, row_id BIGINT, reason VARCHAR, batch VARCHAR)")
    return db


def read(folder: Path | str) -> dict[str, str]:
    """How DuckDB reads each source; the one part of the load that every engine has in its own words."""
    where = {name: (Path(folder) / f"{name}.{form}").as_posix().replace("'", "''") for name, form in SOURCES.items()}
    return {
        "orders": f"SELECT * FROM read_csv('{where['orders']}', columns = {{'order_id': 'BIGINT', 'day': 'VARCHAR', "
        "'product': 'VARCHAR', 'quantity': 'VARCHAR', 'price': 'VARCHAR', 'channel': 'VARCHAR'})",
        "runs": f"SELECT * FROM read_parquet('{where['runs']}')",
        "tickets": f"SELECT * FROM read_json('{where['tickets']}', columns = {{'ticket_id': 'BIGINT', "
        "'product': 'VARCHAR', 'region': 'VARCHAR', 'team': 'VARCHAR', 'text': 'VARCHAR'})",
    }


def load(db: duckdb.DuckDBPyConnection, folder: Path | str, batch: str = "2025") -> None:
    """Read, check and load one batch in one transaction; a batch that is there already is replaced, not doubled.

    Every row of the sources ends in exactly one place: a fact, or the quarantine with its reason.

    Raises
    ------
    ValueError
        If a source is not in `folder`.
    """
    for name, form in SOURCES.items():
        if not (Path(folder) / f"{name}.{form}").is_file():
            raise ValueError(f"folder: there is no {name}.{form} in it")
    db.execute("BEGIN")
    try:
        for name, reading in read(folder).items():
            db.execute(f"CREATE OR REPLACE TEMP VIEW raw_{name} AS {reading}")
            db.execute(f"CREATE OR REPLACE TEMP TABLE checked_{name} AS {CHECKED[name]}")
        for table, statement in STAR.items():
            db.execute(f"DELETE FROM {table} WHERE batch = ?", [batch])
            db.execute(f"INSERT INTO {table} SELECT *, ? FROM ({statement})", [batch])
        for name in SOURCES:
            db.execute(f"DROP TABLE checked_{name}")
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def fingerprint(db: duckdb.DuckDBPyConnection) -> dict[str, tuple]:
    """Rows of each table, and a digest of them that does not depend on their order."""
    found = {}
    for table in STAR:
        row = db.execute(f"SELECT count(*), coalesce(bit_xor(hash(t)), 0) FROM {table} AS t").fetchall()[0]
        found[table] = (int(row[0]), int(row[1]))
    return found


def cost(db: duckdb.DuckDBPyConnection, pools: dict[str, int]) -> pd.DataFrame:
    """Costs of activities shared out by their drivers, in whole cents that add up to the pools (largest remainder).

    Parameters
    ----------
    pools : dict of activity to cents

    Returns
    -------
    DataFrame
        Cents; one row a product, one column an activity.
    """
    db.execute("CREATE OR REPLACE TEMP TABLE pools (activity VARCHAR, cents BIGINT)")
    db.executemany("INSERT INTO pools VALUES (?, ?)", [[a, check.whole(f"pools: {a}", c)] for a, c in pools.items()])
    db.execute(f"CREATE OR REPLACE TEMP VIEW drivers AS {DRIVERS}")
    frame = pd.DataFrame(db.execute(COSTED).fetchall(), columns=["product", "activity", "cents"])
    return frame.pivot(index="product", columns="activity", values="cents").astype("int64")[list(pools)]


def expected_minutes() -> pd.DataFrame:
    """What the sources are made from: minutes of each activity that 100 orders are expected to take, by product.

    Travel takes 40 minutes on average within the region and twice as long out of it, a repair 50, a call 12.5.
    """
    p = PRODUCTS
    ticket = p.on_site * (40 * (0.2 + 0.8 * 2) + 50) + (1 - p.on_site) * 12.5
    return pd.DataFrame({
        "running": p.orders * p.units * p.run_minutes,
        "set-up": p.orders * p.units / p.batch * p.setup_minutes,
        "orders": p.orders * p.order_minutes,
        "service": p.orders * p.tickets / 100 * ticket,
    }).astype(float)  # fmt: skip


# --- firms at random -------------------------------------------------------------------------------------------------
def costing_errors(
    sample: pd.DataFrame, rng: np.random.Generator, products: int = 20, activities: int = 12
) -> tuple[np.ndarray, np.ndarray]:
    """Share of overhead that volume-based costing, and costing by a few pools, charge to the wrong products.

    In the manner of Labro & Vanhoucke (2007). Twelve activities, half of which follow volume v and half the number of
    batches, v^g, times a lognormal use of each product with sd `s`. True cost is by every activity's own driver. The
    refined system has `k` pools: the k largest activities lead one each, the others join one, of their own kind with
    chance `q`; each pool is shared out by the driver of its leader, measured with lognormal error `t`. Volume is
    measured without error.

    Parameters
    ----------
    sample : DataFrame
        One row a firm. h: share of overhead that does not follow volume; g: exponent, as above; s: diversity of
        products; t: error of measured drivers; k: number of pools, at most `activities`; q: as above. Logarithms
        have sd `s` and `t`.

    Returns
    -------
    ndarray, ndarray
        For each point half the sum of absolute errors of the products' shares: by volume, by pools.
    """
    check.array("h", sample["h"], 0, 1), check.array("k", sample["k"], 1, activities + 1, open_high=True)
    n = len(sample)
    volume = np.exp(rng.normal(0, 1.2, (n, products, 1)))
    batch = rng.permuted(np.tile(np.arange(activities) % 2 == 0, (n, 1)), axis=1)
    size = rng.lognormal(0, 0.8, (n, activities))
    h, g, s, t, q = (sample[name].to_numpy()[:, None] for name in "hgstq")
    parts = [size * kind / (size * kind).sum(axis=1, keepdims=True) for kind in (batch, ~batch)]
    weight = h * parts[0] + (1 - h) * parts[1]
    use = volume ** np.where(batch, g, 1.0)[:, None, :] * np.exp(
        s[..., None] * rng.normal(size=(n, products, activities))
    )
    measured = use * np.exp(t[..., None] * rng.normal(size=use.shape))
    truth = np.einsum("npa,na->np", use / use.sum(axis=1, keepdims=True), weight)
    by_pools = np.zeros_like(truth)
    own, lot = rng.random((n, activities)) < q, rng.random((n, activities))
    for i, pools in enumerate(sample["k"].astype(int)):
        order = np.argsort(-weight[i], kind="stable")
        leaders, pooled = order[:pools], np.zeros(activities)
        pooled[leaders] = weight[i, leaders]
        for a in order[pools:]:
            alike = leaders[batch[i, leaders] == batch[i, a]]
            choice = alike if own[i, a] and alike.size else leaders
            pooled[choice[int(lot[i, a] * choice.size)]] += weight[i, a]
        by_pools[i] = measured[i] / measured[i].sum(axis=0) @ pooled
    by_volume = (volume / volume.sum(axis=1, keepdims=True))[..., 0]
    return tuple(np.abs(found - truth).sum(axis=1) / 2 for found in (by_volume, by_pools))


def largest_driver(sample: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Whether a regression of monthly cost on four drivers finds the one that carries most of it.

    Parameters
    ----------
    sample : DataFrame
        One row a firm. T: months, more than 4; r: share of the drivers' movement that is common; m: movement of a
        driver from month to month, sd over mean; e: noise of monthly cost, sd over mean.

    Returns
    -------
    ndarray
        1 where the largest coefficient is that of the right driver and has t > 2, -1 where it is another's and has
        t > 2, 0 where the largest coefficient has t of at most 2.
    """
    check.array("T", sample["T"], 5)
    found = np.zeros(len(sample))
    for i, (months, common, movement, noise) in enumerate(sample[list("Trme")].to_numpy()):
        months = int(months)
        moves = np.sqrt(common) * rng.normal(size=(months, 1)) + np.sqrt(1 - common) * rng.normal(size=(months, 4))
        x, true = 1 + movement * moves, np.sort(rng.dirichlet(np.full(4, 4.0)))[::-1]
        y = x @ true + noise * rng.normal(size=months)
        inverse = np.linalg.inv(x.T @ x)
        slopes = inverse @ x.T @ y
        error = np.sqrt(((y - x @ slopes) ** 2).sum() / (months - 4) * np.diag(inverse))
        first = int(np.argmax(slopes))
        found[i] = (1 if first == 0 else -1) if slopes[first] > 2 * error[first] else 0
    return found
