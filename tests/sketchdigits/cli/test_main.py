"""The command `sketchdigits`: how it starts, and how it reports errors."""

import os
import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint

import pytest

from sketchdigits.cli import main
from tests.conftest import REPOSITORY, run_python

DRAWING = REPOSITORY / "tests" / "golden" / "black-on-white.drawing.png"


def test_console_script_is_registered():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    script = EntryPoint("sketchdigits", project["scripts"]["sketchdigits"], "console_scripts")
    assert script.load() is main


def test_command_imports_no_tensorflow_and_takes_little_cpu_time():
    """It takes 0.3 s of CPU time; with TensorFlow it was 5.4 s."""
    code = (
        "import sys, time; from sketchdigits.cli import main;"
        f"print(main(['predict', {str(DRAWING)!r}]), main(['info']), time.process_time() < 1.5);"
        "print(sorted({'tensorflow', 'keras', 'h5py', 'gradio', 'train'} & set(sys.modules)))"
    )
    done = run_python("-c", code)
    assert done.stdout.splitlines()[-2:] == ["0 0 True", "[]"], done.stderr


def test_help_lists_the_commands_and_imports_no_hub_client():
    code = (
        "import sys; from sketchdigits.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: print('huggingface_hub' in sys.modules)"
    )
    done = run_python("-c", code)
    assert "predict" in done.stdout
    assert "info" in done.stdout
    assert done.stdout.splitlines()[-1] == "False"


@pytest.mark.parametrize("command", [["predict", str(DRAWING)], ["info"]])
def test_default_model_needs_no_option_in_any_folder(tmp_path, command):
    (tmp_path / "model").mkdir()  # somebody else's
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = run_python("-m", "sketchdigits", *command, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize("command", [["predict", str(DRAWING)], ["info"]])
def test_missing_model_is_reported_without_a_traceback(tmp_path, command):
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    arguments = ["-m", "sketchdigits", *command, "--model", "nowhere"]
    done = run_python(*arguments, cwd=tmp_path, env=environment)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"sketchdigits {command[0]}: No folder at 'nowhere'")
    assert "folder of a model package" in done.stderr
    assert "Traceback" not in done.stderr


def test_closed_pipe_ends_the_command_quietly():
    command = [sys.executable, "-m", "sketchdigits", "predict", str(DRAWING)]
    process = subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 1
    assert "Error" not in errors


def test_operating_system_errors_are_reported_without_a_traceback(monkeypatch, capsys):
    def refuse(*arguments, **options):
        raise PermissionError(13, "Permission denied", "drawing.png")

    monkeypatch.setattr("sketchdigits.cli.predict.find_files", refuse)
    monkeypatch.chdir(REPOSITORY)
    assert main(["predict", "drawing.png"]) == 1
    assert capsys.readouterr().err == "sketchdigits predict: Permission denied: drawing.png\n"
