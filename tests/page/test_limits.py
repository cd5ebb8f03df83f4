"""`page/limits.py` is the one home of the page's limits and time-outs."""

import ast
import re

from page import limits
from tests.conftest import REPOSITORY

NAME_OF_A_LIMIT = re.compile(r"(^|_)(MAX|MIN|MOST|TIMEOUT|INTERVAL)(_|$)")


def assigned_names(path) -> set[str]:
    tree = ast.parse(path.read_text())
    targets = [node.targets for node in tree.body if isinstance(node, ast.Assign)]
    return {name.id for each in targets for name in each if isinstance(name, ast.Name)}


def test_no_other_file_of_the_page_defines_a_limit():
    for path in (REPOSITORY / "page").rglob("*.py"):
        if path.name != "limits.py":
            found = {name for name in assigned_names(path) if NAME_OF_A_LIMIT.search(name)}
            assert not found, f"{path}: move it to page/limits.py"


def test_shutdown_fits_into_the_ten_seconds_of_a_container():
    steps = limits.ANSWER_TIMEOUT + limits.FETCH_TIMEOUT + limits.CONNECTION_TIMEOUT
    assert steps < limits.SHUTDOWN_TIMEOUT <= 8.5
