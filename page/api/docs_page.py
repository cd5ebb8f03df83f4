"""The page `/api/docs`: how to ask, what comes back, in the visitor's language.

It loads nothing from other servers, as the tools that show an OpenAPI document do.
"""

from __future__ import annotations

import json
from html import escape

from page.api.openapi import EXAMPLE, NUMBER_EXAMPLE, STATUSES, describe_limits
from page.translations import LANGUAGES
from page.ui.api_tab import LOCAL_ADDRESS, NUMBER_CURL, ONE_REQUEST_SNIPPETS
from sketchdigits.numbers.reader import MAX_DIGITS

_PAGE = """<!doctype html>
<html lang="{language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; }}
body {{ max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }}
pre {{ background: #8882; padding: .7rem; border-radius: 6px; overflow-x: auto; }}
td {{ vertical-align: top; padding: .2rem .8rem .2rem 0; }}
:root {{ color-scheme: light dark; }}
</style>
<h1>{title}</h1>
<p>{help}</p>
{snippets}
<h2>{answer_title}</h2>
<pre>{answer}</pre>
<p>{answer_help}</p>
<h2>{number_title}</h2>
<p>{number_help}</p>
<pre>{number_code}</pre>
<pre>{number_answer}</pre>
<p>{number_answer_help}</p>
<h2>{errors_title}</h2>
<p>{errors_help}</p>
<table>{statuses}</table>
<h2>{limits_title}</h2>
<p>{limits}</p>
<p><a href="openapi.json">openapi.json</a></p>
<script>
for (const code of document.querySelectorAll("pre"))
  code.textContent = code.textContent.replaceAll(
    "{local}", location.href.replace(/[/]api[/]docs.*/, ""));
</script>
</html>
"""


def build_docs_page(texts: dict[str, str], rate_limit: str) -> str:
    """HTML. A script of its own puts the page's address into the code to copy.

    Args:
        texts: the sentences in the visitor's language.
        rate_limit: such as "600/minute"; "": none.
    """
    snippets = "\n".join(
        f"<h2>{_text(texts[title])}</h2>\n<pre>{escape(_code(snippet))}</pre>"
        for title, snippet in ONE_REQUEST_SNIPPETS.items()
    )
    statuses = "".join(
        f"<tr><td>{status}<td>{_text(texts[f'api_status_{status}'])}" for status in STATUSES
    )
    return _PAGE.format(
        language=next(tags[0] for tags, each in LANGUAGES.items() if each is texts),
        title=_text(texts["api_docs_title"]),
        help=_text(texts["api_bodies"]),
        snippets=snippets,
        answer_title=_text(texts["api_answer"]),
        answer=escape(json.dumps(EXAMPLE, indent=1)),
        answer_help=_text(texts["api_answer_help"]),
        number_title=_text(texts["snippet_number"]),
        number_help=_text(texts["api_number_help"]),
        number_code=escape(_code(NUMBER_CURL)),
        number_answer=escape(json.dumps(NUMBER_EXAMPLE)),
        number_answer_help=_text(texts["api_number_answer_help"].format(digits=MAX_DIGITS)),
        errors_title=_text(texts["api_errors"]),
        errors_help=_text(texts["api_errors_help"]),
        statuses=statuses,
        limits_title=_text(texts["api_limits_title"]),
        limits=_text(describe_limits(texts, rate_limit)),
        local=LOCAL_ADDRESS,
    )


def _code(snippet: str) -> str:
    """A snippet of the API tab without the fences of its Markdown."""
    return "\n".join(snippet.format(address=LOCAL_ADDRESS).splitlines()[1:-1])


def _text(sentence: str) -> str:
    """A sentence as HTML, with its code between backticks in <code>."""
    parts = escape(sentence).split("`")
    return "".join(
        f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts)
    )
