"""A start with another Gradio says so, and one that the patches can't work with ends clearly."""

import re
import sys

import pytest
import yaml

from page.server.gradio_version import GRADIO_VERSION, check_gradio, require_attributes
from tests.conftest import REPOSITORY, run_python

# `app.py` with a Gradio of another version, which lacks what one patch replaces.
START_WITH_ANOTHER_GRADIO = """
import runpy
import gradio.queueing
gradio.__version__ = "7.1.0"
del gradio.queueing.error_payload
runpy.run_path("app.py", run_name="__main__")
"""


def test_pinned_gradio_is_the_one_that_the_patches_are_for():
    requirements = (REPOSITORY / "requirements.txt").read_text()
    assert f"\ngradio=={GRADIO_VERSION}\n" in requirements
    lock = (REPOSITORY / "requirements.lock").read_text()
    assert re.search(rf"^gradio=={re.escape(GRADIO_VERSION)} ", lock, re.M)
    header = yaml.safe_load((REPOSITORY / "README.md").read_text().split("---")[1])
    assert header["sdk_version"] == GRADIO_VERSION


def test_pinned_gradio_passes_without_a_word(caplog):
    check_gradio()
    assert not caplog.records


def test_another_gradio_gets_one_warning_with_both_versions(monkeypatch, caplog):
    monkeypatch.setattr("gradio.__version__", "7.1.0")
    check_gradio()
    [record] = caplog.records
    assert "gradio 7.1.0 is installed" in record.getMessage()
    assert f"pip install gradio=={GRADIO_VERSION}" in record.getMessage()


@pytest.mark.parametrize(
    "name", ["gradio.queueing.Queue.push", "gradio.routes.file_upload_statuses._signals"]
)
def test_gradio_without_what_a_patch_needs_ends_the_start_and_names_it(monkeypatch, name):
    monkeypatch.delattr(name)
    with pytest.raises(SystemExit, match=re.escape(f"has no {name}, which a patch")):
        check_gradio()


def test_gradio_without_a_module_that_a_patch_needs_ends_the_start(monkeypatch):
    monkeypatch.setitem(sys.modules, "gradio.state_holder", None)
    with pytest.raises(SystemExit, match=r"has no gradio\.state_holder"):
        check_gradio()


def test_missing_attribute_of_a_page_is_named():
    with pytest.raises(SystemExit, match=r"has no Blocks\._queue\.push, which a patch"):
        require_attributes(object(), ("_queue.push",), "Blocks")


def test_start_with_an_unfit_gradio_prints_two_lines_and_no_traceback():
    done = run_python("-c", START_WITH_ANOTHER_GRADIO, timeout=60)
    assert done.returncode == 1
    warning, message = done.stderr.strip().splitlines()
    assert "gradio 7.1.0 is installed" in warning
    assert "has no gradio.queueing.error_payload" in message
