"""Run README's examples of the endpoint as printed, on a drawing: README DRAWING DIGIT."""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

readme, drawing, digit = Path(sys.argv[1]).read_text(), Path(sys.argv[2]), sys.argv[3]
section = readme.split("## Over the network")[1].split("\n## ")[0]
with tempfile.TemporaryDirectory() as folder:
    shutil.copy(drawing, Path(folder) / "drawing.png")
    for language, code in re.findall(r"```(\w+)\n(.*?)```", section, re.DOTALL):
        command = [sys.executable, "-c", code] if language == "python" else ["bash", "-c", code]
        printed = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=True
        ).stdout
        if not re.search(rf"""['"]label['"]: ['"]{digit}['"]""", printed):
            sys.exit(f"README's {language} example did not read a {digit}. It printed:\n{printed}")
        print(f"{language}: {printed.strip().splitlines()[-1][:200]}")
