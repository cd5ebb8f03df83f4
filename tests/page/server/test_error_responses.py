"""Whose fault an error is: the client's, in one line of the log, or ours, with a traceback."""

import pytest

from page.errors import Refusal
from page.server.error_responses import describe_error, describe_failure
from page.translations import EXPECTED_REQUEST, SERVER_FAILED
from page.ui.sketchpad import decode_drawing
from sketchdigits import InvalidImageError, classifier
from sketchdigits.preprocessing.decode import read_image


def caught(function, *arguments):
    """The error that a call raises, with its traceback."""
    with pytest.raises(Exception) as found:  # noqa: PT011  any error
        function(*arguments)
    return found.value


def errors_of_ours():
    """A TypeError, a KeyError and an AttributeError, as bugs in our code would raise them."""
    yield caught(decode_drawing, 7)
    yield caught(decode_drawing, "x", {})
    yield caught(classifier.DigitClassifier.predict, None, None)


def test_bug_in_our_code_is_no_fault_of_the_client_and_has_a_traceback(caplog):
    for error in errors_of_ours():
        assert isinstance(error, AttributeError | KeyError)
        caplog.clear()
        assert describe_failure(error, "/gradio_api/call/predict") == (500, SERVER_FAILED)
        assert describe_error(error, show_error=False)["error"] == SERVER_FAILED
        [record] = caplog.records
        assert record.exc_info


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("x"), TypeError("x")])
def test_error_of_gradio_is_the_clients_fault_and_has_one_line(caplog, error):
    def fail():
        raise error

    status, _ = describe_failure(caught(fail), "/gradio_api/call/predict")
    assert status == 422
    assert describe_error(error, show_error=False)["error"] == EXPECTED_REQUEST
    assert not any(record.exc_info for record in caplog.records)


def test_refusal_of_ours_keeps_its_message():
    def refuse():
        raise Refusal("Send less.")

    assert describe_error(caught(refuse), show_error=False)["error"] == "Send less."


@pytest.mark.parametrize("text", ["\ud800", "手", "A", "===="])
def test_drawing_that_is_not_base64_is_refused_and_no_bug(text):
    with pytest.raises(InvalidImageError):
        read_image(decode_drawing("data:image/png;base64," + text) or b"")


def test_failure_of_the_server_is_reported_without_its_details(caplog):
    assert describe_failure(RuntimeError("/secret/path"), "/") == (500, SERVER_FAILED)
    assert "/secret/path" in caplog.text
    payload = describe_error(RuntimeError("/secret/path"), show_error=False)
    assert payload["error"] == SERVER_FAILED
    assert describe_error(None, show_error=False)["error"] is None
