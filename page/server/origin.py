"""Whether a browser sends a request for another website: its uploads would come from its visitors.

Programs send no `Origin`, and browsers let no script change it or `Sec-Fetch-Site`.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.types import Scope

_DEFAULT_PORTS = {"http": 80, "https": 443}


def is_from_another_site(scope: Scope) -> bool:
    """Whether the page that sends the request has another origin than the server.

    Browsers say it themselves over https and on localhost (`Sec-Fetch-Site`). Otherwise `Origin` is
    compared with the host that the client, or the proxy, names. A proxy may change the scheme.
    """
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    if b"sec-fetch-site" in headers:
        return headers[b"sec-fetch-site"] not in ("same-origin", "none")
    if b"origin" not in headers:
        return False
    origin = headers[b"origin"]
    hosts = [headers.get(name, "") for name in (b"host", b"x-forwarded-host")]
    return not any(_is_host_of(origin, host) for host in hosts if host)


def _is_host_of(origin: str, host: str) -> bool:
    """Whether an origin such as "https://example.org" is that of a host such as "example.org:443".

    A host without a port has the default port of the origin's scheme.
    """
    try:
        sent, own = urlsplit(origin), urlsplit(f"//{host}")
        default = _DEFAULT_PORTS.get(sent.scheme)
        same_port = default is not None and (sent.port or default) == (own.port or default)
    except ValueError:  # no number
        return False
    return (
        default is not None and same_port and bool(own.hostname) and sent.hostname == own.hostname
    )
