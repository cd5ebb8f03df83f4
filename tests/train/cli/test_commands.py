"""The command line: the commands and their help, and messages for wrong options."""

import resource
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY, run_python
from train.__main__ import COMMANDS, build_parser, main

NAMES = (
    "fit",
    "fit-rows",
    "calibrate",
    "calibrate-numbers",
    "evaluate",
    "package",
    "publish",
    "publish-space",
    "compare",
    "crossval",
    "ablate",
    "predict",
    "show-data",
    "architectures",
    "layouts",
)
HEAVY_LIBRARIES = ("tensorflow", "keras", "sklearn", "matplotlib", "scipy", "ai_edge_litert")


def test_help_lists_all_commands(capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["--help"])
    assert exit_.value.code == 0
    printed = capsys.readouterr().out
    listed = [line.split()[0] for line in printed.splitlines() if line.startswith("    ")]
    assert [word for word in listed if word in NAMES] == list(NAMES)
    assert len(COMMANDS) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_command_has_a_help_with_a_description(name, capsys):
    with pytest.raises(SystemExit) as exit_:
        main([name, "--help"])
    assert exit_.value.code == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"usage: python -m train {name}")
    description = printed.split("\n\n")[1]
    assert description[0].isupper()
    assert description.rstrip().endswith(".")


def test_command_without_the_libraries_for_training_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "keras", None)  # as if it were not installed
    monkeypatch.delitem(sys.modules, "train.reports.list_architectures", raising=False)
    assert main(["architectures"]) == 1
    assert "pip install -r requirements-train.txt" in capsys.readouterr().err


def test_predict_starts_in_a_moment_without_a_log_of_its_libraries():
    drawing = "tests/golden/black-on-white.drawing.png"
    code = (
        "import sys; from train.__main__ import main;"
        f"print(main(['predict', {drawing!r}]));"
        f"print('loaded:', [name for name in {HEAVY_LIBRARIES[:-1]} if name in sys.modules])"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = run_python("-c", code)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.stdout.splitlines()[1:] == ["0", "loaded: []"], done.stderr
    assert done.stderr == ""
    # 0.3 s on an idle machine; with TensorFlow it was 5.4 s.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2


def test_closed_pipe_ends_a_command_quietly():
    command = f"{sys.executable} -m train predict tests/golden | true"
    done = subprocess.run(
        command, shell=True, cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""


def test_help_of_all_commands_needs_no_heavy_library():
    script = f"""
import sys
from train.__main__ import build_parser
for words in ([], *([name] for name in {NAMES})):
    try:
        build_parser().parse_args([*words, "--help"])
    except SystemExit:
        pass
print("loaded:", [name for name in {HEAVY_LIBRARIES} if name in sys.modules])
"""
    done = run_python("-c", script, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "loaded: []"


def test_command_must_be_named(capsys):
    with pytest.raises(SystemExit) as exit_:
        main([])
    assert exit_.value.code == 2
    assert "COMMAND" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["bake"], "invalid choice: 'bake'"),
        (["fit", "--epochs", "0"], "--epochs: must be a whole number of at least 1. Received: 0"),
        (
            ["fit", "--epochs", "many"],
            "--epochs: must be a whole number of at least 1. Received: many",
        ),
        (["fit", "--epochs", "3x"], "--epochs: must be a whole number of at least 1. Received: 3x"),
        (["fit", "--keep", "30"], "--keep: must be a number from 0 to 1. Received: 30"),
        (["fit", "--seed", "-1"], "--seed: must be a whole number from 0 to 4294967295. Received"),
        (["crossval", "--seed", str(2**32)], "--seed: must be a whole number from 0 to 4294967295"),
        (["fit", "--seed", "1e3"], "--seed: must be a whole number from 0 to 4294967295"),
        (["ablate", "--seeds", "1", "-1"], "--seeds: must be a whole number from 0 to 4294967295"),
        (["predict", "3.png", "--top", "11"], "--top: must be a whole number from 1 to 10"),
        (["publish", "--repo-id", "lonely", "--dry-run"], "--repo-id: 'lonely' is not a Hub id."),
        (["publish", "--repo-id", "a--b/c", "--dry-run"], "--repo-id: 'a--b/c' is not a Hub id."),
        (
            ["publish-space", "--model", "a/b", "--repo-id", "größe/x", "--dry-run"],
            "--repo-id: 'größe/x' is not a Hub id.",
        ),
        (["fit", "--learning-rate", "1"], "unrecognized arguments: --learning-rate 1"),
        (["show-data", "--data", "emnist"], "argument --data: invalid choice: 'emnist'"),
        (["publish"], "the following arguments are required: --repo-id"),
        (
            ["publish", "--repo-id", "owner/name", "--timeout", "soon"],
            "argument --timeout: must be a positive time in seconds. Received: soon",
        ),
    ],
)
def test_wrong_option_ends_with_the_usage_and_one_message(arguments, message, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    usage, *rest = capsys.readouterr().err.rsplit("\n", 2)
    assert usage.startswith("usage: python -m train")
    assert message in rest[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["fit", "--architecture", "vgg"],
            "Unknown architecture 'vgg'. Choose from: sketch-cnn",
        ),
        (["fit", "--data", "emnist"], "Unknown dataset 'emnist'"),
        (["fit", "--data", "mnist", "--mnist", "nowhere.npz"], "No MNIST file at nowhere.npz"),
        (["evaluate", "--run", "nowhere"], "No run.json in nowhere"),
        (["show-data", "--mnist", "nowhere.npz"], "No MNIST file at nowhere.npz"),
        (["package", "--run", "nowhere"], "No run.json in nowhere"),
    ],
)
def test_error_is_one_message_without_a_traceback(
    arguments, message, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    printed = capsys.readouterr().err
    assert printed.startswith(f"python -m train {arguments[0]}: {message}")
    assert printed.count("\n") == 1


def test_file_that_cannot_be_written_is_one_message(tmp_path, capsys):
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert main(["show-data", "--data", "digits", "--output", str(blocked / "data")]) == 1
    printed = capsys.readouterr().err
    assert printed.startswith("python -m train show-data: ")
    assert str(blocked) in printed
    assert printed.count("\n") == 1


def test_every_command_has_a_function_that_runs_it():
    parser = build_parser()
    required = {
        "publish": ["--repo-id", "owner/name"],
        "publish-space": ["--repo-id", "owner/space", "--model", "owner/name"],
        "predict": ["drawing.png"],
    }
    for name in NAMES:
        options = parser.parse_args([name, *required.get(name, [])])
        assert callable(options.run_command)
