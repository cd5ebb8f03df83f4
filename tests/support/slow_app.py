"""`app.py` with a classifier that holds every prediction at the gate `$GATE`, see `gate.py`.

The cleanup runs ten times a second. A shutdown waits half a second for answers to be fetched. If
`$PREDICTION_TIMEOUT` is set, it is the deadline of a prediction in seconds. Otherwise no prediction
at the gate is late, and a shutdown waits for all of them, also on a slow machine.
"""

import os
import runpy
import sys
import threading
import time
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent.parent
sys.path.insert(0, str(REPOSITORY))

from tests.support.gate import most_held, write_most  # noqa: E402

gate = Path(os.environ["GATE"])
lock = threading.Lock()
held: list[str] = []


def wait_at_the_gate() -> None:
    if threading.current_thread() is threading.main_thread():  # the page is being built
        return
    with lock:
        held.append(threading.current_thread().name)
        write_most(gate, max(len(held), most_held(gate)))
    while not (gate / "open").exists():
        time.sleep(0.02)
    held.pop()


if __name__ == "__main__":
    from page import limits
    from page.ui import image_answer
    from sketchdigits import DigitClassifier

    # The endpoint calls the first, and the page the second.
    predict, preprocess_inks = DigitClassifier.predict, image_answer.preprocess_inks

    def predict_behind_the_gate(classifier, image):
        wait_at_the_gate()
        return predict(classifier, image)

    def preprocess_behind_the_gate(inks):
        wait_at_the_gate()
        return preprocess_inks(inks)

    DigitClassifier.predict = predict_behind_the_gate  # type: ignore[method-assign]
    image_answer.preprocess_inks = preprocess_behind_the_gate
    limits.CLEANUP_INTERVAL = 0.1
    limits.FETCH_TIMEOUT = 0.5
    if "PREDICTION_TIMEOUT" in os.environ:
        limits.PREDICTION_TIMEOUT = float(os.environ["PREDICTION_TIMEOUT"])
    else:
        limits.PREDICTION_TIMEOUT = limits.ANSWER_TIMEOUT = limits.SHUTDOWN_TIMEOUT = 600.0
    runpy.run_path(str(REPOSITORY / "app.py"), run_name="__main__")
