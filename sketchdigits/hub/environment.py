"""Environment variables that keep requests from the Hub: a wrong HF_ENDPOINT, or a failing proxy.

Messages name the variable and never its value: a proxy's address may contain a password.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

import httpx2
from huggingface_hub import constants

_SCHEMES = ("http", "https")
_SOCKS = ("socks5", "socks5h")


def find_wrong_variable(error: BaseException) -> str | None:
    """What is wrong with the variable that made a request fail, and what to do; None if none did.

    Args:
        error: what `huggingface_hub` or its HTTP client raised.
    """
    if urlsplit(constants.ENDPOINT).scheme not in _SCHEMES:
        return "HF_ENDPOINT must begin with https:// or http://. Correct or unset it"
    if isinstance(error, ImportError) and "SOCKS" in str(error):
        names = _proxy_variables(_SOCKS)
        return f"{names} names a SOCKS proxy. Install `socksio`, or unset {names}"
    if isinstance(error, ValueError) and "scheme for proxy" in str(error):
        names = _proxy_variables()
        return f"{names} must begin with http://, https:// or socks5://. Correct or unset it"
    if isinstance(error, httpx2.InvalidURL) and (names := _proxy_variables()):
        return f"{names} is not a valid address. Correct or unset it"
    failed = isinstance(error, (httpx2.ProxyError, httpx2.ConnectError, httpx2.ConnectTimeout))
    if failed and (name := proxy_in_use()):
        return f"the proxy in {name} gives no connection. Correct or unset {name}"
    return None


def _proxy_variables(schemes: tuple[str, ...] = ()) -> str:
    """The set variables that name a proxy, of these schemes or of any, joined by " and "."""
    kinds = [f"{kind}_proxy" for kind in (*_SCHEMES, "all")]
    names = [name for kind in kinds for name in (kind, kind.upper()) if os.environ.get(name)]
    if schemes:
        names = [name for name in names if os.environ[name].startswith(schemes)]
    return " and ".join(names)


def proxy_in_use() -> str | None:
    """The variable that names the proxy for requests to the Hub; None if no proxy is used."""
    address = urlsplit(constants.ENDPOINT)
    if proxy_bypass(address.hostname or ""):
        return None
    kinds = [f"{kind}_proxy" for kind in (address.scheme, "all")]
    names = [name for kind in kinds for name in (kind, kind.upper())]
    return next((name for name in names if os.environ.get(name)), None)
