"""`sketchdigits serve`: which program it runs, with which settings."""

import os
import sys

import pytest

from sketchdigits.cli import main, serve
from tests.conftest import REPOSITORY


@pytest.fixture
def started(monkeypatch):
    """What the command would run: `[(program, command, environment)]`."""
    calls = []
    monkeypatch.setattr(os, "execve", lambda *arguments: calls.append(arguments))
    return calls


def test_page_of_the_checkout_runs_with_the_options_as_settings(started, monkeypatch):
    monkeypatch.setenv("MODEL_REVISION", "of another model")
    monkeypatch.setenv("FEEDBACK", "off")
    main(["serve", "--model", "owner/name", "--host", "0.0.0.0", "--port", "8000"])
    [(program, command, environment)] = started
    assert program == sys.executable
    assert command == [sys.executable, str(REPOSITORY / "app.py")]
    expected = {
        "MODEL_ID": "owner/name",
        "MODEL_REVISION": "",
        "GRADIO_SERVER_NAME": "0.0.0.0",
        "GRADIO_SERVER_PORT": "8000",
        "FEEDBACK": "off",
    }
    assert expected.items() <= environment.items()


def test_settings_stay_as_they_are_without_options(started, monkeypatch):
    monkeypatch.setenv("MODEL_ID", "owner/name")
    monkeypatch.setenv("MODEL_REVISION", "v1")
    main(["serve"])
    assert started[0][2] == dict(os.environ)


def test_missing_gradio_is_reported_with_what_to_install(started, monkeypatch, capsys):
    monkeypatch.setattr(serve, "find_spec", lambda name: None)
    assert main(["serve"]) == 1
    assert "pip install 'sketchdigits[page]'" in capsys.readouterr().err
    assert not started


def test_missing_page_is_reported(started, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(serve, "APP", tmp_path / "app.py")
    assert main(["serve"]) == 1
    assert "The page is not installed" in capsys.readouterr().err
    assert not started
