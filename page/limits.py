"""Every limit and time-out of the page and its server, in one place.

Import the module (`from page import limits`) and read `limits.NAME` where it is used: a test, or a
person who tries another value, then changes it in one place. Bytes, seconds and counts, unless a
comment names another unit.
"""

# --- Requests: what one request may bring, and how long it may take.

# A photo of 4096x4096 pixels, well compressed, fits.
MAX_UPLOAD_BYTES = 20_000_000
# A drawing in a data URI, in characters. 400x400 pixels, each of its own colour, need less.
MAX_DATA_URI_LENGTH = 1_000_000
# The rest of a body: the form around an upload, or a JSON body without a drawing.
MAX_FORM_BYTES = 100_000
# Fields beside the file in an upload's form. The page sends none.
MAX_FORM_FIELDS = 10
# Lists, objects and commas in a JSON body, together; those inside strings count too. Gradio copies
# every value several times: a megabyte of short lists blocked the server for 2 s. The page's own
# requests have up to 18, and up to 783 if a file's name is full of brackets.
MAX_JSON_PARTS = 1_000
# Bodies that arrive at the same time, except images: of one address ten of the largest drawings.
MAX_BODY_BYTES_PER_ADDRESS = 12_000_000
MAX_BODY_BYTES = 100_000_000
# Images for the API, from their request to its answer. Of one address two of the largest, or one in
# JSON, which is held as text and as an image.
MAX_IMAGE_BODY_BYTES_PER_ADDRESS = 40_500_000
MAX_IMAGE_BODY_BYTES = 120_000_000
# The server reads and discards this much of the body of a refused request: most clients read the
# response only after they have sent the whole body.
MAX_DISCARDED_BYTES = 3 * MAX_UPLOAD_BYTES
# Time for a body to arrive. The largest photo needs 0.7 MB/s.
BODY_TIMEOUT = 30.0
# Path and query string, in characters. The addresses of visitors' files have about 300; Gradio
# keeps parts of some addresses in memory.
MAX_ADDRESS_LENGTH = 2_000
# The names of this many clients' addresses are kept, if they have at most so many characters: the
# longest IPv6 address and the name of its interface.
KEPT_CLIENT_NAMES, MAX_KEPT_CLIENT_LENGTH = 1_000, 64
# Digits of a Content-Length header. Python refuses to convert a number of thousands of digits.
MAX_CONTENT_LENGTH_DIGITS = 20
# Requests that are open at the same time, apart from those to /healthz and /readyz. Many systems
# let a process open 1,024 files.
MAX_OPEN_REQUESTS = 800
# Those of one address. Many visitors may share it: a school, or all of them behind a proxy that
# FORWARDED_ALLOW_IPS doesn't name.
MAX_OPEN_REQUESTS_PER_ADDRESS = 250
# If all room is taken, an address still gets the second number, and all together the first: a few
# addresses that hold as many as they can shut no other one out. A drawing takes two.
MAX_RESERVED_OPEN_REQUESTS, MAX_OPEN_REQUESTS_IN_RESERVE = 100, 10
# Heartbeats that are held open: one by each open page, which doesn't need it. The server answers
# more of them at once.
MAX_HEARTBEATS = 400
MAX_HEARTBEATS_PER_ADDRESS = 100

# Connections, with and without a request. Beyond it, one without a request is closed: the oldest
# one of the address that has the most.
MAX_CONNECTIONS = 1_000
# Time for the headers of a request to arrive: from the connection, or from their first byte.
HEADERS_TIMEOUT = 30.0
# File descriptors that the process allows itself, if the system does; and those that it needs for
# other things than connections.
MAX_DESCRIPTORS = 4_096
RESERVED_DESCRIPTORS = 150

# --- The log.

# Lines that each place in the code may log in one period.
MAX_LOG_LINES = 10
# Seconds.
LOG_PERIOD = 60.0

# --- Queue and sessions: how many prediction requests wait, and what the server keeps of a session.

# Prediction requests that run at the same time: one per CPU core on a small machine.
MAX_CONCURRENT_READS = 2
# Time for which a thread that reads an image keeps Python's interpreter while the event loop waits.
# The loop waits after each message that it sends or receives, and a thread with a small image after
# each operation of NumPy. With Python's own 5 ms, two threads with large images and some uploads
# can delay every response by seconds; with 0.5 ms, by half a second more than with 0.1 ms.
THREAD_SWITCH_INTERVAL = 0.0001
# Pause between two looks for requests that could start. They start without it, as soon as there is
# a place; but a client may get an extra place only because some time has passed.
QUEUE_POLL_INTERVAL = 0.05
# Time to answer a prediction request, once it runs; it takes less than 2 s of CPU time. The client
# of a late one gets an error, and /readyz says that the server is not ready until it ends.
PREDICTION_TIMEOUT = 20.0
# Memory for the images that are decoded at the same time. One of the largest size fits, with small
# ones beside it; another waits.
MAX_DECODING_BYTES = 140_000_000
# Small images don't count, so that they never wait for large ones. The canvas has 400x400 pixels,
# which take 640,000 bytes.
SMALL_DECODING_BYTES = 1_000_000
# Prediction requests that wait. The next one gets "busy" (503) ...
MAX_QUEUE_SIZE = 64
# ... unless its client has none that waits: for one of each such client there are more places.
MAX_RESERVED_QUEUE_SIZE = 32
# Of those that wait, the client who used the least CPU time lately is next. What a client used
# counts half after this time.
USAGE_HALF_LIFE = 10.0
# CPU time. Each request that runs counts as this much, until it is known.
RUNNING_USAGE = 1.0
# CPU time. If no request of a client took longer lately (a longer one counts half after the same
# time), and none runs, its next small one need not wait until one of the places is free. A drawing
# takes a few hundredths; the most expensive images take more than a second.
MAX_LIGHT_REQUEST = 0.25
# Extra places for such requests. One of them at most is for a client who has asked nothing yet.
MAX_EXTRA_READS = 2
# Bytes of a small request's body; it names no uploaded file. The page's drawings take 5 to 30 kB.
MAX_LIGHT_BODY = 60_000
# Clients whose CPU time is known. Those who have asked nothing for the longest time are forgotten.
MAX_KNOWN_CLIENTS = 2_000
# Seconds after which a client that got "busy" should try again (the `Retry-After` header).
BUSY_RETRY_AFTER = 1
# The same for a server that closes: another one takes its place.
CLOSING_RETRY_AFTER = 60
# Characters. Gradio's own session hashes have at most 36.
MAX_SESSION_HASH_LENGTH = 100
# Messages that wait in one session until the client reads them. A prediction request causes three
# or four.
MAX_UNREAD_MESSAGES = 200
MAX_UNREAD_BYTES_PER_SESSION = 200_000
# The messages that nobody has read, of all sessions together. The oldest sessions are dropped.
MAX_UNREAD_BYTES = 20_000_000
MAX_UNREAD_SESSIONS = 500
# Sessions whose state (the last drawing) is kept. The oldest are dropped.
MAX_SESSION_STATES = 200
# Time that a visitor's last drawing is kept for "why?" and for a correction.
SESSION_STATE_TIMEOUT = 3600

# --- Cleanup: visitors' files on the disk, and notes that Gradio keeps in memory.

# Pause between two cleanups.
CLEANUP_INTERVAL = 20.0
# Age at which a visitor's file is deleted. The server reads it within seconds; the page shows a
# photo for a while.
MAX_FILE_AGE = 1800.0
# Age at which an empty folder is deleted. A new one may be about to get its file.
MAX_EMPTY_FOLDER_AGE = 20.0
# All visitors' files together, with those that are being uploaded: ten of the largest. In a
# container with `--tmpfs /tmp` they are in its memory.
MAX_FILES_BYTES = 200_000_000
MAX_FILES = 5_000
# Files that one address may upload at the same time: three of the largest.
MAX_UPLOADING_BYTES_PER_ADDRESS = 60_500_000
# Part of the disk that stays free. On a nearly full disk, visitors' files get less room.
MIN_FREE_BYTES = 20_000_000
# Age at which a file is idle: if there is no room, it is deleted before any other. A full queue is
# answered within this time.
MIN_IDLE_AGE = 60.0
# Seconds after which a client whose file had no room should try again (`Retry-After`).
NO_ROOM_RETRY_AFTER = 30
# Uploads whose progress Gradio keeps in memory. The oldest are dropped.
MAX_TRACKED_UPLOADS = 500

# --- Shutdown: Docker allows ten seconds between SIGTERM and SIGKILL.

# Pause between two looks whether a signal has come.
SIGNAL_POLL_INTERVAL = 0.2
# Time to answer the accepted requests.
ANSWER_TIMEOUT = 5.0
# Time for clients to fetch the last answers: they send a request and fetch its answer in two steps.
FETCH_TIMEOUT = 1.5
# Time for open connections to close. Each open page holds one.
CONNECTION_TIMEOUT = 1
# Time from the signal after which the process ends, whatever it still does. The rest of the ten
# seconds is for a machine so busy that the process itself gets little of it.
SHUTDOWN_TIMEOUT = 8.5
# Pause between two looks at the queue.
SHUTDOWN_POLL_INTERVAL = 0.02

# --- The page.

# A probability below this gets "not sure: this could be a 4 or a 9".
MIN_SURE_PROBABILITY = 0.6
# The page never says 100 % sure: the sentence shows at most 999 of 1000, the bars at most 99 %,
# because `gr.Label` rounds to whole percent.
MAX_SHOWN_PERMILLE = 999
MAX_BAR = 0.99
# Strokes side by side are read as a number if each of two is at least this high, as a share of the
# whole ink: a dot or a dash is not. So is a part that is wider than the second share of the ink's
# height: it may be several digits that touch.
MIN_PART_HEIGHT = 0.4
MIN_ROW_WIDTH = 1.25
# Pixels on the screen: a number's picture is shown at most this high. If fewer pixels of the image
# than the second number lie side by side on it, they are shown as squares.
MAX_NUMBER_PICTURE_HEIGHT = 360
MIN_SMOOTH_WIDTH = 200
# Pixels of the longer side of a number's picture, and its bytes: the first side with which it has
# at most so many, or else the last one. The longer text of a data URI must fit in a session's
# messages. Noise of 320x320 pixels takes 70 kB.
NUMBER_PICTURE_SIDES = (640, 320)
MAX_NUMBER_PICTURE_BYTES = 60_000
# Digits of scikit-learn among which the gallery chooses. Reading all 1,797 would delay the start.
MAX_GALLERY_CANDIDATES = 400

# --- The model from the Hub, at the start. (The download's own limits are in sketchdigits/hub.)

# Time for the package's examples and report. The page starts without them.
SHOWN_FILES_TIMEOUT = 8.0

# --- Corrections.

# Megabytes of all corrections, unless FEEDBACK_MAX_MB says otherwise.
DEFAULT_MAX_CORRECTIONS_MB = 100.0
MAX_CORRECTIONS = 5_000
# Corrections of one client: in a minute, in a day, and its share of the store's number and bytes.
# A client is an address, or for IPv6 a network of 48 bits, which one provider's customer may have.
# Many visitors may share an address, such as a school's.
MAX_CORRECTIONS_PER_MINUTE = 10
MAX_CORRECTIONS_PER_DAY = 100
MAX_CLIENT_SHARE = 0.1
# Age at which an unfinished file is deleted at the start: its process was killed.
MIN_UNFINISHED_AGE = 60.0
# Pixels of a stored drawing's longer side. The canvas has 400; a larger drawing is scaled down. A
# PNG of this size takes 0.8 MB at worst, and a usual drawing a few kB.
MAX_CORRECTION_SIDE = 512
# Minutes between two uploads to the Hub, and between two attempts to open the dataset.
CORRECTIONS_UPLOAD_INTERVAL = 5.0
# Minutes. The pause between two attempts doubles up to this.
MAX_CORRECTIONS_UPLOAD_INTERVAL = 60.0
# Time after which an upload counts as failed, and the log says so.
CORRECTIONS_UPLOAD_TIMEOUT = 30.0
