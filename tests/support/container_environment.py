"""Makes an environment as the Dockerfile's steps do, except those that need root.

    python3 -m tests.support.container_environment FOLDER

FOLDER is created. This needs no package, so `.ci/run` can do it while pip installs those of the
tests on the other core.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent.parent
DOCKERFILE = (REPOSITORY / "Dockerfile").read_text().replace("\\\n", " ")


def make_environment(folder: Path) -> None:
    """Create a virtual environment, and run the Dockerfile's installation in it."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    [steps] = re.findall(r"^RUN (pip install .+)$", DOCKERFILE, re.M)
    steps = steps.replace("/usr/local/lib", str(folder / "lib"))
    # Byte-compiling everything takes long, and few of these modules are imported.
    variables = {**os.environ, "PIP_COMPILE": "0"}
    variables["PATH"] = f"{folder / 'bin'}:{os.environ['PATH']}"
    options = {"cwd": REPOSITORY, "env": variables, "stdout": subprocess.DEVNULL}
    subprocess.run(steps, shell=True, check=True, **options)


if __name__ == "__main__":
    make_environment(Path(sys.argv[1]))
