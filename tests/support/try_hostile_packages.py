"""Try to load every hostile package, and print the error, memory and time of each.

    python -m tests.support.try_hostile_packages FOLDER PACKAGE

They are made of PACKAGE, in FOLDER, in subfolders numbered as in `CASES`. Prints JSON:
`{"FILE: CASE": [error class, message, rise of peak memory so far in MB, seconds]}`.
"""

import json
import os
import shutil
import sys
import time
from pathlib import Path

from sketchdigits import DigitClassifier
from sketchdigits.package.files import (
    LITERT_FILE,
    ROW_LITERT_FILE,
    ROW_WEIGHTS_FILE,
    SETTINGS_FILE,
    WEIGHTS_FILE,
)
from sketchdigits.package.load import RuntimeName
from tests.support.hostile_packages import CASES, make_hostile
from tests.support.memory import peak_megabytes

RUNTIMES: dict[str, RuntimeName] = {
    WEIGHTS_FILE: "keras",
    SETTINGS_FILE: "keras",
    LITERT_FILE: "litert",
    ROW_WEIGHTS_FILE: "keras",
    ROW_LITERT_FILE: "litert",
}


def try_all(scratch: Path, good_package: Path) -> None:
    """Load all packages in one process, after a good one."""
    packages = {}
    for number, (file_name, case) in enumerate(CASES):
        package = packages[f"{file_name}: {case}"] = scratch / str(number)
        shutil.copytree(good_package, package)
        # In another process: creating a bomb needs memory too.
        if os.fork() == 0:
            make_hostile(package, file_name, case)
            os._exit(0)
        os.wait()
    for runtime in RUNTIMES.values():
        DigitClassifier.from_pretrained(good_package, runtime=runtime)
    good = peak_megabytes()
    refusals = {}
    for case, package in packages.items():
        started = time.monotonic()
        try:
            runtime = RUNTIMES[case.split(":")[0]]
            DigitClassifier.from_pretrained(package, runtime=runtime)
        except Exception as error:  # noqa: BLE001  the test checks its class
            refused = [type(error).__name__, str(error)]
        else:
            refused = ["nothing", ""]
        refusals[case] = [*refused, peak_megabytes() - good, time.monotonic() - started]
    print(json.dumps(refusals))


if __name__ == "__main__":
    try_all(Path(sys.argv[1]), Path(sys.argv[2]))
