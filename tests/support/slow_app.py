"""`app.py`, whose classifier keeps every question until the file `$GATE/open` is there.

`$GATE/most`, a number, becomes how many were with it at once, at most. Visitors' files are cleared
away ten times a second, and stay for two seconds.
"""

import os
import runpy
import sys
import threading
import time
from functools import partial
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent.parent
sys.path.insert(0, str(REPOSITORY))
gate = Path(os.environ["GATE"])
lock = threading.Lock()
working: list[str] = []


def wait_at_the_gate() -> None:
    if threading.current_thread() is threading.main_thread():  # the page is being built
        return
    with lock:
        working.append(threading.current_thread().name)
        most = max(len(working), int((gate / "most").read_text()))
        (gate / "most").write_text(str(most))
    while not (gate / "open").exists():
        time.sleep(0.02)
    working.pop()


if __name__ == "__main__":
    from page.server import cleanup
    from sketchdigits import DigitClassifier

    read = DigitClassifier.predict

    def read_at_last(classifier, image):
        wait_at_the_gate()
        return read(classifier, image)

    DigitClassifier.predict = read_at_last  # type: ignore[method-assign]
    cleanup.EVERY = 0.1
    cleanup.delete_old = partial(cleanup.delete_old, most_age=2.0)
    runpy.run_path(str(REPOSITORY / "app.py"), run_name="__main__")
