"""SECURITY.md states the figures of the code: whoever changes a limit changes the promise too."""

import pytest

from page import limits
from page.server import client_address
from page.server.environment import prepare_environment
from sketchdigits.numbers import line_image, line_reading, reader
from sketchdigits.package import hdf5_check
from sketchdigits.preprocessing import decode, file_headers, image_limits
from tests.conftest import REPOSITORY

TEXT = " ".join((REPOSITORY / "SECURITY.md").read_text().split())


def megabytes(count: float) -> str:
    """Rounded down: what is refused is above it."""
    return f"{count / 1e6:g} MB" if count < 10**7 else f"{count // 10**6:g} MB"


def square(pixels: int) -> str:
    side = round(pixels**0.5)
    assert side**2 == pixels
    return f"{side}x{side}"


NUMBER_WORDS = {0.1: "a tenth", 0.25: "a quarter", 2: "two"}
SENTENCES = (
    f"limited to {megabytes(limits.MAX_UPLOAD_BYTES)} for a file or an image",
    f"{megabytes(limits.MAX_DATA_URI_LENGTH + limits.MAX_FORM_BYTES)} for a drawing",
    f"{megabytes(limits.MAX_FORM_BYTES)} for a prediction request",
    f"must arrive within {limits.BODY_TIMEOUT:g} seconds",
    f"take {megabytes(limits.MAX_BODY_BYTES)} at most, "
    f"and {megabytes(limits.MAX_BODY_BYTES_PER_ADDRESS)} from one address",
    f"at most {limits.MAX_JSON_PARTS:,} lists, objects and commas together",
    f"at most {megabytes(limits.MAX_IMAGE_BODY_BYTES)} together "
    f"and {megabytes(limits.MAX_IMAGE_BODY_BYTES_PER_ADDRESS)} from one address",
    f"at most {square(image_limits.MAX_PIXELS)} pixels, twice as many for JPEG, "
    f"{square(decode.MAX_WEBP_PIXELS)} for WebP, "
    f"{square(file_headers.MAX_ANIMATED_PNG_PIXELS)} for an animated PNG",
    f"share {megabytes(limits.MAX_DECODING_BYTES)}, "
    f"apart from those of less than {megabytes(limits.SMALL_DECODING_BYTES)}",
    f"at most {limits.MAX_QUEUE_SIZE} wait in the queue "
    f"and {NUMBER_WORDS[limits.MAX_CONCURRENT_READS]} are processed at a time",
    f"A small request ({limits.MAX_LIGHT_BODY // 1000} kB, no uploaded file)",
    f"more than {NUMBER_WORDS[limits.MAX_LIGHT_REQUEST]} of a second lately",
    f"there are {NUMBER_WORDS[limits.MAX_EXTRA_READS]} more places",
    f"When {limits.MAX_QUEUE_SIZE} wait, each client with none among them still gets one place, "
    f"up to {limits.MAX_RESERVED_QUEUE_SIZE} in all",
    f"runs longer than {limits.PREDICTION_TIMEOUT:g} seconds",
    f"at most {reader.MAX_DIGITS} digits, {reader.MAX_MARKS} marks, "
    f"and {line_reading.MAX_PIECES_OF_LINES} pieces into which these are cut",
    f"At most {line_reading.MAX_SEGMENTS} places where a digit may be are read",
    f"wider than {line_reading.MAX_WIDTH_OF_LINES:,} pixels, "
    f"with digits of {line_image.DIGIT_HEIGHT:g}",
    f"at most {limits.MAX_OPEN_REQUESTS} at a time, "
    f"and {limits.MAX_OPEN_REQUESTS_PER_ADDRESS} from one address",
    f"When {limits.MAX_OPEN_REQUESTS} are open, an address with less than "
    f"{limits.MAX_OPEN_REQUESTS_IN_RESERVE} still gets one, "
    f"up to {limits.MAX_RESERVED_OPEN_REQUESTS} in all",
    f"at most {limits.MAX_HEARTBEATS} are heartbeats, which open pages hold, "
    f"and {limits.MAX_HEARTBEATS_PER_ADDRESS} from one address",
    f"its name has at most {limits.MAX_SESSION_HASH_LENGTH} characters",
    f"more than {limits.MAX_UNREAD_MESSAGES} messages "
    f"or {megabytes(limits.MAX_UNREAD_BYTES_PER_SESSION)} wait for it",
    f"unread messages of all sessions take {megabytes(limits.MAX_UNREAD_BYTES)} at most",
    f"The last drawings of {limits.MAX_SESSION_STATES} visitors are kept",
    f"at most {limits.MAX_CONNECTIONS:,}; then one without a request is closed",
    f"headers of a request must arrive within {limits.HEADERS_TIMEOUT:g} seconds",
    f"at most {limits.MAX_LOG_LINES} lines a minute from each place",
    f"visitors' files never exceed {megabytes(limits.MAX_FILES_BYTES)} "
    f"and {limits.MAX_FILES:,} files, and {megabytes(limits.MIN_FREE_BYTES)} of the disk stay free",
    f"One address may upload {megabytes(limits.MAX_UPLOADING_BYTES_PER_ADDRESS)} at the same time",
    f"stores at most {limits.MAX_CORRECTIONS_PER_MINUTE} a minute "
    f"and {limits.MAX_CORRECTIONS_PER_DAY} a day",
    f"and {NUMBER_WORDS[limits.MAX_CLIENT_SHARE]} of all, also over restarts",
    f"All together at most {limits.DEFAULT_MAX_CORRECTIONS_MB:g} MB and {limits.MAX_CORRECTIONS:,}",
    f"accepted ones have {limits.ANSWER_TIMEOUT:g} seconds to be answered, "
    f"and {limits.SHUTDOWN_TIMEOUT:g} seconds after the signal the process ends",
    f"All addresses of an IPv6 network (`/{client_address._IPV6_NETWORK_BITS}`) count as one; "
    f"for corrections, those of a `/{client_address.IPV6_SITE_BITS}` network",
    f"with at most {hdf5_check.COPY_TIMEOUT:g} seconds "
    f"and {hdf5_check.MAX_COPY_MEMORY / 2**30:g} GB of memory",
)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_figure_is_that_of_the_code(sentence):
    assert sentence in TEXT


def test_figures_in_words_are_those_of_the_code():
    assert decode.MAX_JPEG_PIXELS == 2 * image_limits.MAX_PIXELS
    assert limits.MAX_FILE_AGE == 30 * 60  # "deleted after half an hour"
    assert limits.MIN_IDLE_AGE == 60  # "files older than a minute"
    assert limits.LOG_PERIOD == 60
    # As a data URI, "the picture of a number on the page takes less than 0.1 MB".
    assert limits.MAX_NUMBER_PICTURE_BYTES * 4 / 3 < 100_000


def test_proxies_of_a_space_are_those_that_it_trusts(tmp_path):
    environment = {"SYSTEM": "spaces", "GRADIO_TEMP_DIR": str(tmp_path)}
    prepare_environment(environment)
    assert f"On a Space the default is `{environment['FORWARDED_ALLOW_IPS']}`" in TEXT
