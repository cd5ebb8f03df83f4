"""`python -m sketchdigits` is the command `sketchdigits`."""

import sys

from sketchdigits.cli import main

if __name__ == "__main__":
    sys.exit(main())
