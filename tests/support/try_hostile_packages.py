"""Try to load every hostile package, and tell what that ended in and cost.

    python -m tests.support.try_hostile_packages FOLDER

makes them in the folder and prints as JSON
`{"FILE: CASE": [kind of error, its text, MB that the peak has risen so far, seconds]}`.
"""

import json
import os
import shutil
import sys
import time
from pathlib import Path

from sketchdigits import DigitClassifier
from sketchdigits.package.files import LITERT_FILE, SETTINGS_FILE, WEIGHTS_FILE
from sketchdigits.package.load import RuntimeName
from tests.support.hostile_packages import CASES, REPOSITORY, make_hostile
from tests.support.memory import peak_megabytes

RUNTIMES: dict[str, RuntimeName] = {
    WEIGHTS_FILE: "keras",
    SETTINGS_FILE: "keras",
    LITERT_FILE: "litert",
}


def try_all(scratch: Path) -> None:
    """All in one process, after a good load."""
    packages = {}
    for number, (file_name, case) in enumerate(CASES):
        package = packages[f"{file_name}: {case}"] = scratch / str(number)
        package.mkdir()
        for name in (SETTINGS_FILE, WEIGHTS_FILE, LITERT_FILE):
            shutil.copy(REPOSITORY / "model" / name, package)
        # In a process of its own: making a bomb costs memory too.
        if os.fork() == 0:
            make_hostile(package, file_name, case)
            os._exit(0)
        os.wait()
    for runtime in RUNTIMES.values():
        DigitClassifier.from_pretrained(REPOSITORY / "model", runtime=runtime)
    good = peak_megabytes()
    refusals = {}
    for case, package in packages.items():
        started = time.monotonic()
        try:
            runtime = RUNTIMES[case.split(":")[0]]
            DigitClassifier.from_pretrained(package, runtime=runtime)
        except Exception as error:  # noqa: BLE001  the test looks at what it is
            refused = [type(error).__name__, str(error)]
        else:
            refused = ["nothing", ""]
        refusals[case] = [*refused, peak_megabytes() - good, time.monotonic() - started]
    print(json.dumps(refusals))


if __name__ == "__main__":
    try_all(Path(sys.argv[1]))
