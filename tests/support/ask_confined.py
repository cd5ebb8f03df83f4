"""Start the app without a network, except for loopback, and send it one prediction request.

    python -m tests.support.ask_confined FOLDER

Only FOLDER is writable. Prints the answer.
"""

import fcntl
import io
import socket
import struct
import sys
from pathlib import Path

from PIL import Image

from tests.support.plain_http import call_over_http, upload
from tests.support.polylines import draw
from tests.support.running_app import running_app

SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x8914, 0x1, 0x40


def raise_loopback() -> None:
    """Start the loopback interface: in a new network namespace it is down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP | IFF_RUNNING))


if __name__ == "__main__":
    raise_loopback()
    folder = Path(sys.argv[1])
    stream = io.BytesIO()
    Image.fromarray(draw(7)).save(stream, "PNG")
    with running_app(folder, forks=False, FEEDBACK="off", HOME="/nonexistent") as url:
        path = upload(url, stream.getvalue())
        print(call_over_http(url, {"path": path, "meta": {"_type": "gradio.FileData"}}))
