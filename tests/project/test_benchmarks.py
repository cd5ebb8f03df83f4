"""The table of docs/benchmarks.md shows the measurements, and which limits are not met."""

import pytest

from benchmarks.__main__ import main
from benchmarks.table import END, START, format_table, make_rows, write_table
from tests.conftest import REPOSITORY

MEASURED = {
    "reading": {
        "forward": 0.0003,
        "forward_of_batch": 0.00015,
        "predict": 0.002,
        "predict_batch": 0.0006,
        "predict_preprocessed": 0.00016,
        "png": 0.0005,
        "scan_64": 0.002,
        "scan_128": 0.002,
        "resident": 80.0,
        "memory_growth": 1.0,
    },
    "runtimes": {"Keras call": 0.004, "LiteRT": 0.0003, "ONNX Runtime": 0.0002, "tutorial": 0.2},
    "serving": {
        "start": 3.0,
        "import_gradio": 2.5,
        "load": 0.1,
        "import": 0.15,
        "rate": 50.0,
        "p99": 0.2,
        "baseline_rate": 55.0,
        "baseline_p99": 0.19,
        "resident": 230.0,
    },
}


def test_rows_are_ratios_of_measurements():
    rows = {row.what: row for row in make_rows(MEASURED)}
    predict = next(row for what, row in rows.items() if what.startswith("`predict` of a 400x400"))
    assert predict.measured == pytest.approx(0.002 / 0.0003)
    assert not predict.is_met
    tutorials = next(row for what, row in rows.items() if "load_model" in what)
    assert tutorials.measured == pytest.approx(100)
    assert tutorials.is_met
    assert rows["resident memory while serving"].is_met


def test_litert_is_compared_with_the_fastest_runtime():
    [row] = [row for row in make_rows(MEASURED) if row.what.startswith("forward pass of one image")]
    assert "(ONNX Runtime)" in row.what
    assert row.measured == pytest.approx(1.5)
    assert not row.is_met


def test_scans_are_compared_with_images_of_28x28():
    rows = [row for row in make_rows(MEASURED) if "noisy scans" in row.what]
    assert [row.measured for row in rows] == [pytest.approx(0.25)] * 2
    assert [row.is_met for row in rows] == [False, True]


def test_missing_runtimes_are_named(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["benchmarks"])
    monkeypatch.setattr("benchmarks.__main__.find_spec", lambda name: None)
    assert main() == 2
    assert "pip install -r benchmarks/requirements.txt" in capsys.readouterr().err


def test_table_says_no_if_a_limit_is_not_met():
    table = format_table(make_rows(MEASURED), "a machine")
    assert "6.67 x (2.00 ms / 0.30 ms) | **no** |" in table
    assert table.endswith("Measured in one run on a machine.")


def test_new_table_replaces_the_old_one(tmp_path):
    page = tmp_path / "benchmarks.md"
    page.write_text(f"before\n{START}\nold\n{END}\nafter\n")
    write_table(page, "new")
    assert page.read_text() == f"before\n{START}\nnew\n{END}\nafter\n"
    page.write_text("no marks")
    with pytest.raises(ValueError, match="benchmarks: begin"):
        write_table(page, "new")


def test_committed_table_has_every_row_with_its_limit():
    page = (REPOSITORY / "docs" / "benchmarks.md").read_text()
    _, _, *committed = page.split(START)[1].split(END)[0].strip().splitlines()[:-2]
    current = format_table(make_rows(MEASURED), "").splitlines()[2:-2]
    first_columns = [[line.split(" | ")[:2] for line in table] for table in (committed, current)]
    assert first_columns[0] == first_columns[1]
