"""axe-core: the accessibility of the page in Chromium."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

ACCESSIBILITY = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}


def violations(page: Page) -> list[tuple[str, list[str]]]:
    """axe-core's violations on the page: the rule, and the HTML of the elements."""
    found = Axe().run(page, options=ACCESSIBILITY).response["violations"]
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]
