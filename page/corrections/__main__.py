"""List who sent the corrections in a folder, or drop those of one client.

python -m page.corrections corrections
python -m page.corrections corrections --drop 3f9a1c2b7d5e8a60
"""

from __future__ import annotations

import argparse
from pathlib import Path

from page.corrections.drop import drop_client, list_clients


def main(arguments: list[str] | None = None) -> None:
    """Run the command.

    Raises:
        SystemExit: the arguments are invalid, or no correction has the code.
    """
    parser = argparse.ArgumentParser(prog="python -m page.corrections", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("folder", type=Path, help="FEEDBACK_DIR, or the dataset from the Hub")
    parser.add_argument("--drop", metavar="CODE", help="delete all corrections of this client")
    options = parser.parse_args(arguments)
    if not options.folder.is_dir():
        parser.error(f"{options.folder} is no folder.")
    if options.drop is None:
        print("client            corrections  first              last")
        for client in list_clients(options.folder):
            print(f"{client.code:16}  {client.corrections:11}  {client.first}  {client.last}")
        return
    dropped = drop_client(options.folder, options.drop)
    if not dropped:
        parser.error(f"No correction in {options.folder} has the code {options.drop}.")
    print(f"Corrections of {options.drop} that were dropped: {dropped}")


if __name__ == "__main__":
    main()
