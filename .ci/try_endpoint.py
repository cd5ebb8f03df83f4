"""Run the endpoint examples of README and docs as printed. Arguments: DRAWING DIGIT.

Each example must print the label DIGIT, or an answer with it, for the image file DRAWING. The app
must be running at the address that the examples name.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
# The languages of the code below each heading. Shell and Python are run.
EXAMPLES = {
    ("README.md", "## Over the network"): ["sh"],
    ("docs/serving.md", "## One request"): ["sh", "json", "python", "js"],
    ("docs/serving.md", "## Gradio's endpoint"): ["python", "sh"],
}

drawing, digit = Path(sys.argv[1]), sys.argv[2]
for (page, heading), languages in EXAMPLES.items():
    section = (REPOSITORY / page).read_text().split(f"{heading}\n")[1].split("\n## ")[0]
    blocks = re.findall(r"```(\w+)\n(.*?)```", section, re.DOTALL)
    if [language for language, _ in blocks] != languages:
        sys.exit(f"{page}, {heading!r}: expected examples in {languages}. Received: {blocks}")
    for language, code in blocks:
        if language not in ("python", "sh"):
            continue
        command = [sys.executable, "-c", code] if language == "python" else ["bash", "-c", code]
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(drawing, Path(folder) / "drawing.png")
            printed = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, check=True
            ).stdout
        shown = re.search(rf"""['"]label['"]: ?['"]{digit}['"]""", printed)
        if not shown and printed.strip() != digit:
            sys.exit(f"The {language} example of {page} did not read a {digit}:\n{printed}")
        print(f"{page}, {language}: {printed.strip().splitlines()[-1][:200]}")
