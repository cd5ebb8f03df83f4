"""Patches for proxy variables, such as `http_proxy`: the server asks itself without a proxy.

At its launch, Gradio 6.31 sends a request to its own address. It went through the proxy that the
variables name, and the launch failed if that proxy could not reach this machine.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace

PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy")


@contextmanager
def hidden_proxies(environment: MutableMapping[str, str] = os.environ) -> Iterator[None]:
    """Hide the variables that name a proxy until the block ends. Import Gradio in it.

    Gradio 6.31 creates an HTTP client when it is imported, which fails if a variable names a SOCKS
    proxy and `socksio` is not installed, or a proxy of an unknown kind. Nothing here uses that
    client.
    """
    names = [each for name in PROXY_VARIABLES for each in (name, name.upper())]
    hidden = {name: environment.pop(name) for name in names if name in environment}
    try:
        yield
    finally:
        environment.update(hidden)


def ask_own_server_directly() -> None:
    """Let Gradio send the request of its launch without a proxy."""
    from gradio import blocks

    direct = partial(blocks.httpx.get, trust_env=False)
    blocks.httpx = SimpleNamespace(  # type: ignore[assignment]
        **{**vars(blocks.httpx), "get": direct}
    )
