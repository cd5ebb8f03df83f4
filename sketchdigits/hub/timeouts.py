"""Every time limit of this folder, in seconds. Change here how long we wait for the Hub.

Code reads `timeouts.NAME` for each request, so that a test can replace it. Only the two defaults
of arguments, `DOWNLOAD_TIMEOUT` and `EXTRAS_TIMEOUT`, are fixed at import.
"""

# How long to wait while nothing arrives from the Hub; default of `from_pretrained`.
DOWNLOAD_TIMEOUT = 20.0
# Loading a model that arrives all the time, but slowly, may take this many times as long: 5 minutes
# by default, in which a line of 100 kB/s brings 30 MB.
MAX_SLOWNESS = 15.0
# One response during a download; the default of huggingface_hub too.
REQUEST_TIMEOUT = 10.0
# The request by which the Hub counts a download, after the files have arrived.
COUNT_TIMEOUT = 2.0
# At least this for each file of a model, even if the files before used up the whole time limit.
MIN_FILE_TIMEOUT = 2.0
# Downloading examples and report, and listing them; default of the functions in `extras`.
EXTRAS_TIMEOUT = 20.0
# All requests of an upload together, without the time to send the files.
UPLOAD_REQUESTS_TIMEOUT = 12.0
# Bytes per second. The time to send the files of an upload is their size divided by this speed.
MIN_UPLOAD_BYTES_PER_SECOND = 200_000
# The longest time limit that a caller may set: a day.
MAX_TIMEOUT = 86_400.0
