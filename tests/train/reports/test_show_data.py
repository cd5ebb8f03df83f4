"""`python -m train show-data`: the description and the picture of each kind of dataset."""

from train.__main__ import main


def test_digits_are_described_and_drawn(tmp_path, capsys):
    assert main(["show-data", "--data", "digits", "--output", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "training: images (1197, 8, 8) uint8, 0-255; labels (1197,) int64, 0-9" in printed
    counts = {
        line.split()[0]: [int(word.replace(",", "")) for word in line.split()[1:]]
        for line in printed.splitlines()
        if line.strip().startswith(("training ", "validation ", "test "))
    }
    assert {part: row[-1] for part, row in counts.items()} == {
        "training": 1197,
        "validation": 300,
        "test": 300,
    }
    assert all(sum(row[:-1]) == row[-1] for row in counts.values())
    assert (tmp_path / "digits.png").stat().st_size > 5000


def test_pen_strokes_are_described_and_drawn(small_mnist, tmp_path, capsys):
    assert main(["show-data", "--data", "pendigits", "--output", str(tmp_path)]) == 0
    assert "training: 10 digits by 1 writers; 1.2 strokes" in capsys.readouterr().out
    assert (tmp_path / "pendigits.png").stat().st_size > 5000


def test_missing_dataset_is_an_error(tmp_path, capsys):
    assert main(["show-data", "--mnist", "nowhere.npz", "--output", str(tmp_path)]) == 1
    assert "No MNIST file at nowhere.npz" in capsys.readouterr().err
