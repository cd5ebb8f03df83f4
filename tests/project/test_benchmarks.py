"""README's table of speed is made of what was measured, and says what isn't met."""

import pytest

from benchmarks.__main__ import main
from benchmarks.table import END, START, format_table, make_rows, write_table
from tests.conftest import REPOSITORY

MEASURED = {
    "reading": {
        "forward": 0.0003,
        "forward_of_many": 0.00015,
        "predict": 0.002,
        "predict_batch": 0.0006,
        "predict_preprocessed": 0.00016,
        "resident": 80.0,
        "risen": 1.0,
    },
    "runtimes": {"Keras call": 0.004, "LiteRT": 0.0003, "ONNX Runtime": 0.0002, "tutorial": 0.2},
    "serving": {
        "start": 3.0,
        "import_gradio": 2.5,
        "load": 0.1,
        "import": 0.15,
        "rate": 50.0,
        "p99": 0.2,
        "nothing_rate": 55.0,
        "nothing_p99": 0.19,
        "resident": 230.0,
    },
}


def test_rows_are_ratios_of_what_was_measured():
    rows = {row.what: row for row in make_rows(MEASURED)}
    predict = next(row for what, row in rows.items() if what.startswith("`predict`, a 400x400"))
    assert predict.measured == pytest.approx(0.002 / 0.0003)
    assert not predict.is_met
    tutorials = next(row for what, row in rows.items() if "load_model" in what)
    assert tutorials.measured == pytest.approx(100)
    assert tutorials.is_met
    assert rows["resident memory, serving"].is_met


def test_reading_is_held_against_the_fastest_runtime():
    [row] = [row for row in make_rows(MEASURED) if row.what.startswith("one image, bare forward")]
    assert "(ONNX Runtime)" in row.what
    assert row.measured == pytest.approx(1.5)
    assert not row.is_met


def test_what_is_missing_for_measuring_is_named(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["benchmarks"])
    monkeypatch.setattr("benchmarks.__main__.find_spec", lambda name: None)
    assert main() == 2
    assert "pip install -r benchmarks/requirements.txt" in capsys.readouterr().err


def test_table_says_no_where_a_promise_is_not_kept():
    table = format_table(make_rows(MEASURED), "a machine")
    assert "6.67 x (2.00 ms / 0.30 ms) | **no** |" in table
    assert table.endswith("Measured in one run on a machine.")


def test_table_takes_the_place_of_the_old_one_in_readme(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{START}\nold\n{END}\nafter\n")
    write_table(readme, "new")
    assert readme.read_text() == f"before\n{START}\nnew\n{END}\nafter\n"
    readme.write_text("no marks")
    with pytest.raises(ValueError, match="benchmarks: begin"):
        write_table(readme, "new")


def test_readme_has_every_row():
    table = (REPOSITORY / "README.md").read_text().split(START)[1].split(END)[0]
    assert len([line for line in table.splitlines() if line.startswith("| ")]) == 1 + len(
        make_rows(MEASURED)
    )
