"""Inputs as people have them: fifteen kinds, each in the form in which it is found, with its right answer."""

from __future__ import annotations

import pytest

from replica import cli
from replica.audit import FaultyInput, audit


@pytest.fixture
def paper(tmp_path):
    """Writes a folder: claims as (id, printed, formula), tables as text; returns {id: verdict} and the report."""

    def write(*claims, **tables):
        lines = ["id,printed,formula"]
        for identity, printed, formula in claims:
            lines.append(",".join([identity, *('"' + x.replace('"', '""') + '"' for x in (printed, formula))]))
        (tmp_path / "claims.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        for name, text in tables.items():
            (tmp_path / f"table-{name[1:]}.csv").write_text(text, encoding="utf-8")
        report = audit(tmp_path, strict=False)
        return {row.id: row.verdict for row in report.rows}, report

    return write


def test_02_a_one_sided_test_has_a_direction(paper):
    greater, less = "p_from_t(-1.8608, 18, one_sided=1)", "p_from_t(-1.8608, 18, one_sided=-1)"
    found, _ = paper(
        ("right", ".9604", greater),
        ("halved", ".0396", greater),
        ("other", ".0396", less),
        ("stated", "< .04", "p_from_t(1.80, 40, one_sided=1)"),
    )
    assert found == {"right": "consistent", "halved": "inconsistent", "other": "consistent", "stated": "consistent"}


def test_03_a_statistic_without_decimals_is_rounded(paper):
    found, _ = paper(
        ("t", ".009", "p_from_t(3, 10)"),
        ("wrapped", ".009", "p_from_t(rounded(3), 10)"),
        ("no", ".05", "p_from_t(3, 10)"),
        ("means", "0.8", "welch_t(13, 3, 20, 12, 2, 20)"),
    )
    assert found == {"t": "consistent", "wrapped": "consistent", "no": "inconsistent", "means": "consistent"}


def test_05_p_printed_as_zero_below_zero_and_negative(paper):
    f, t = "p_from_f(51.32, 7, 378)", "p_from_t(-2.22, 198)"
    found, _ = paper(
        ("zero", ".00000", f), ("below", "< .000", f), ("minus", "-.22", t), ("eta", ".48", "7*51.32/(7*51.32 + 378)")
    )
    assert found == {"zero": "consistent", "below": "inconsistent", "minus": "inconsistent", "eta": "last digit"}


def test_07_not_significant_and_below_one(paper):
    found, report = paper(
        ("ns", "ns", "p_from_t(0.67, 309)"),
        ("ns2", "n.s.", "p_from_t(2.12, 309)"),
        ("f", ".812", 'p_from_f("< 1", 1, 138)'),
        ("f2", ".012", 'p_from_f("< 1", 1, 138)'),
    )
    assert found == {"ns": "consistent", "ns2": "inconsistent", "f": "consistent", "f2": "inconsistent"}
    assert not report.faults


def test_08_fractional_degrees_of_freedom(paper):
    f, t = "p_from_f(2.20, 2.1, 28.1)", "p_from_t(2.20, 28.1)"
    found, _ = paper(("f", ".03", f), ("f2", ".128", f), ("t", ".03", t), ("t2", ".036", t))
    assert found == {"f": "inconsistent", "f2": "consistent", "t": "last digit", "t2": "consistent"}


def test_11_granularity_row_by_row(paper):
    table = "study,mean,sd,n,items\nA,3.33,1.234,250,1\nB,3.44,2.47,18,1\nC,5.21,1.60,28,1\nD,1.95,1.55,20,3\n"
    found, _ = paper(
        ("all", "", 'item_statistics(T1, mean="mean", sd="sd", n="n")'),
        ("items", "", 'item_statistics(T1, mean="mean", sd="sd", n="n", items="items")'),
        *[(f"g{n}", m, f"grim({m}, {n})") for m, n in (("5.19", 28), ("5.93", 49), ("3.48", 20))],
        ("two", "5.18", "grim(5.18, 14, items=2)"),
        T1=table,
    )
    assert [k for k, v in found.items() if v == "inconsistent"] == ["g28", "g20"]
    assert [k for k, v in found.items() if v == "last digit"] == [  # 2.4787 and 5.9388 cut off, impossible if rounded
        "all.B.grimmer",
        "items.B.grimmer",
        "g49",
    ]
    assert found["all.A.grimmer"] == found["all.C.grimmer"] == found["all.D.grimmer"] == found["two"] == "consistent"


def test_13_binary_variables(paper):
    rows = ["0.53 0.50", "0.44 0.50", "0.77 0.42", "0.19 0.35", "0.34 0.47", "0.93 0.25", "0.12 0.33"]
    table = "variable,mean,sd\n" + "\n".join(f"v{i},{row.replace(' ', ',')}" for i, row in enumerate(rows, 1))
    cells = [f'T1["v{i}", "{c}"]' for i in range(1, 8) for c in ("mean", "sd")]
    found, _ = paper(
        *[(f"v{i + 1}", cells[2 * i + 1], f"debit({cells[2 * i]}, {cells[2 * i + 1]}, 1683)") for i in range(7)],
        T1=table,
    )
    assert [k for k, v in found.items() if v == "inconsistent"] == ["v4"]


def test_15_only_the_total_is_known(paper):
    claims = [(f"n{n}", str(n), f"split_size({n}, 4.71, 5.3, 40)") for n in (14, 17, 20, 21, 24, 28)]
    found, _ = paper(("half", "4.71", "grim(4.71, 20)"), *claims)
    assert found.pop("half") == "inconsistent" and found.pop("n20") == "inconsistent"
    assert set(found.values()) == {"consistent"}


def test_16_parts_of_a_mean(paper):
    table = "measure,first,second,third\nn,32,38,45\ntaken,17.1,14.6,19.4\neaten,11.3,4.7,6.8\nleft,6.7,10.3,13.2\n"
    claims = [
        (c, f'T1["taken", "{c}"]', f'T1["eaten", "{c}"] + T1["left", "{c}"]') for c in ("first", "second", "third")
    ]
    found, _ = paper(("n", "113", 'sum(T1["n", "first":"third"])'), *claims, T1=table)
    assert set(found.values()) == {"inconsistent"}


NOTE = '"* p < 0.1, ** p < 0.05, *** p < 0.01",\n'


@pytest.mark.parametrize("note", [NOTE, ""])
def test_19_p_below_the_coefficient(paper, note):
    rows = ",Model 1|(Intercept),-17.579***|,(0.012)|speed,3.932***|,(0.000)|Num.Obs.,50|R2,0.651|R2 Adj.,0.644|"
    table = rows.replace("|", "\n") + note
    cell = 'T1["{}", "Model 1"]'.format
    found, report = paper(
        ("reg", "", 'regression(T1, coefficient="Model 1", p="Model 1")'),
        ("adj", cell("R2 Adj."), f"adjusted_r2({cell('R2')}, {cell('Num.Obs.')}, 1)"),
        T1=table,
    )
    assert found["reg.Intercept.Model-1.stars"] == "inconsistent" and not report.faults
    assert found["reg.speed.Model-1.stars"] == found["adj"] == "consistent" and len(found) == 3


def test_21_whole_percentages_under_a_percent_sign(paper):
    table = "stage,n,%\nT1,53,27\nT2,54,27\nT3,43,22\nT4,50,25\n"
    found, _ = paper(
        ("both", "", 'frequency(T1, count="n", percent="%", n=200)'),
        ("alone", "", 'frequency(T1, percent="%")'),
        ("plain", "100", 'sum(T1[:, "%"])'),
        T1=table,
    )
    assert set(found.values()) == {"consistent"} and len(found) == 7


def test_24_groups_of_digits(paper):
    rows = (
        "w,100,35,4 157,4292",
        "x,80,37,1\u202f541,1\u00a0658",
        'y,1\u2009394,448,14 925,"16,767"',
        "z,574,203,18'850,19’627",
    )
    table = "\n".join(("site,a,b,c,all", *rows))
    claims = [(r, f'T1["{r}", "all"]', f'sum(T1["{r}", "a":"c"])') for r in "wxyz"]
    found, report = paper(*claims, T1=table)
    assert set(found.values()) == {"consistent"} and not report.faults


def test_27_mean_of_subgroups(paper):
    found, _ = paper(
        ("all", "7.3", "weighted_mean([6.2, 7.4], [30, 11])"), ("fine", "6.5", "weighted_mean([6.2, 7.4], [30, 11])")
    )
    assert found == {"all": "inconsistent", "fine": "consistent"}


def test_29_chi_square_of_counts(paper):
    counts = "[75, 6, 73, 5]"
    found, _ = paper(
        ("wrong", ".000", "p_from_chi2(0, 1)"),
        ("right", "1.000", "p_from_chi2(0, 1)"),
        ("corrected", "1.000", f"p_from_chi2(chi2_of_counts({counts}, 2, yates=1), 1)"),
        ("plain", "> .99", f"p_from_chi2(chi2_of_counts({counts}, 2), 1)"),
        ("grade", "0.87", "p_from_chi2(chi2_of_counts([35, 33, 32, 36, 31, 33], 2), 2)"),
    )
    assert found == {
        "wrong": "inconsistent",
        "right": "consistent",
        "corrected": "consistent",
        "plain": "inconsistent",
        "grade": "consistent",
    }


def test_31_conventions_of_rounding(paper):
    found, _ = paper(
        *[
            (k, m, f"grim({m}, {n})")
            for k, m, n in (("up", "1.13", 8), ("even", "1.12", 8), ("cut", "5.17", 28), ("none", "5.19", 28))
        ]
    )
    assert found == {"up": "consistent", "even": "consistent", "cut": "last digit", "none": "inconsistent"}


# --- other cases of the same kinds -----------------------------------------------------------------------------------
def test_percentages_of_people(paper):
    found, _ = paper(
        ("no", "40.9 %", 'grim("40.9 %", 80)'),
        ("bare", "40.9", "grim(40.9, 80, percent=1)"),
        ("yes", "41.3 %", 'grim("41.3 %", 80)'),
        ("cut", "41.2", "grim(41.2, 80, percent=1)"),
    )
    assert found == {"no": "inconsistent", "bare": "inconsistent", "yes": "consistent", "cut": "consistent"}


def test_correlations_by_degrees_of_freedom_or_by_n(paper):
    found, report = paper(
        ("df", ".003", "p_from_r(.22, df=178)"),
        ("n", ".003", "p_from_r(.22, n=180)"),
        ("both", ".003", "p_from_r(.22, 180, df=178)"),
        ("one", ".000", "p_from_r(1.00, 20)"),
    )
    assert found == {"df": "consistent", "n": "consistent", "one": "consistent"}
    assert "n, df: one of the two is needed" in report.faults[0]


def test_without_stars_nothing_is_claimed_and_levels_come_from_the_note(paper):
    plain, starred = "x,r\na,.11\nb,.62\n", "x,r\na,.11\nb,.62*\n"
    call = 'correlations(T1, r="r", n=100)'
    assert paper(("c", "", call), T1=plain)[0] == {"c.a.r.size": "consistent", "c.b.r.size": "consistent"}
    found, _ = paper(("c", "", call), T1=starred + '"* p < .001",\n')
    assert found["c.b.r.stars"] == found["c.a.r.stars"] == "consistent"
    assert paper(("c", "", call), T1=starred)[0]["c.b.r.stars"] == "inconsistent"  # p < .001 under no usual scale


def test_weak_by_definition_for_bounds(paper):
    _, report = paper(
        ("far", "below .8", "abs(.496)"),
        ("near", "at most .496", "abs(.496)"),
        ("any", "at most 0.05", "p_from_t(9.1, 30)"),
    )
    assert [report[k].discriminates for k in ("far", "near", "any")] == ["no", "yes", "no"]


def test_cells_that_allow_everything_are_not_checkable(paper):
    table = "x,b,se\na,0.0000,0.0000\nb,0.5000,0.1000\n"
    call = 'regression(T1, coefficient="b", se="se", levels=["0.10", "0.05", "0.01"])'
    found, _ = paper(
        ("r", "", call),
        ("p", "0.04", 'p_from_t(T1["a", "b"] / T1["a", "se"], 30)'),
        T1=table.replace("0.5000", "0.5000***"),
    )
    assert found == {"r.a.b.stars": "not checkable", "r.b.b.stars": "consistent", "p": "not checkable"}


def test_commas(paper):
    found, report = paper(("sum", "0,97", 'T1["a", "x"] + T1["b", "x"]'), T1='r,x\na,"0,452"\nb,"0,518"\n')
    assert found == {"sum": "consistent"} and not report.warnings
    with pytest.raises(FaultyInput, match="stands beside decimal commas"):
        audit_strict(paper, T1='r,x\na,"0,452"\nb,"1,518"\n')
    _, report = paper(("sum", "3000", 'T1["a", "x"] + T1["b", "x"]'), T1='r,x\na,"1,452"\nb,"1,548"\n')
    assert any("read as thousands" in text for text in report.warnings)


def audit_strict(paper, **tables):
    _, report = paper(("sum", "1", 'T1["a", "x"] + 1'), **tables)
    audit(report.transcriptions[0].folder)


def test_formulas_over_several_lines_mean_what_they_say(paper):
    found, _ = paper(("a", "120", "(48 + 51\n+21)"), ("b", "147", "(48 + 51\n+21)"), ("c", "120", "48 +\r\n 51\t+ 21"))
    assert found == {"a": "consistent", "b": "inconsistent", "c": "consistent"}


@pytest.mark.parametrize(
    "formula", ["0x105 + 1", "1_0.5 + 1", "1 + 2 # 3", "\U0001d7d9 + 1", "１ + 2", '"1\n2" + 1', "1 + 0b1"]
)
def test_what_is_no_part_of_the_language_is_refused(paper, formula):
    with pytest.raises(FaultyInput):
        paper(("a", "3", formula))


# --- the command -----------------------------------------------------------------------------------------------------
def test_one_unreadable_cell_does_not_stop_the_rest(paper, tmp_path, capsys):
    table = "item,mean,n\nA,2.36,92\nB,two or so,88\nC,1.41,70\n"
    claims = [(r, "1.00", f'T1["{r}", "mean"] / 2') for r in "ABC"] + [("bad", "1", "2 +"), ("bad", "1", "1 + 1")]
    found, report = paper(*claims, T1=table)
    assert set(found) == {"A", "C"} and len(report.faults) == 3
    assert any("table-1.csv, row 'B', column 'mean': 'two or so' cannot be read" in f for f in report.faults)
    assert cli.main(["audit", str(tmp_path), "--out", str(tmp_path / "out.csv")]) == 4
    assert "'two or so'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text, code, word",
    [
        ("t(28) = 2.20, p = .036", 0, "consistent"),
        ("t(28) = 2.20, p = .06", 1, "decision at 0.05"),
        ("F(2, 57) = 4.12, p < .05", 0, "consistent"),
        ("F(2.1, 28.1) = 2.20, p = .03", 1, "inconsistent"),
        ("r(178) = .22, p = .003", 0, "consistent"),
        ("χ²(1, N = 80) = 3.84, p = .05", 0, "consistent"),
        ("chi2(3) = 7.9, p = .048", 0, "another last digit"),
        ("chi-square (3) = 7.9, p = .02", 1, "inconsistent"),
        ("z = −1.97, p = .049", 0, "consistent"),
        ("Q(4) = 10.2, p = .037", 0, "consistent"),
        ("t(309) = 2.12, ns", 1, "inconsistent"),
        ("F(1, 138) < 1, p = .812", 0, "consistent"),
        ("one-tailed: t(40) = 1.80, p < .04", 0, "consistent"),
        ("t(40) = 1.80, p < .04", 1, "one-sided"),
        ("t(10) = 3, p = .009", 0, "consistent"),
        ("nothing here", 2, ""),
        ("F(2) = 3.1, p = .06", 2, ""),
    ],
)
def test_one_sentence_one_verdict(text, code, word, capsys):
    assert cli.main(["check", text]) == code
    assert word in capsys.readouterr().out
