"""How many questions one client may ask: `RATE_LIMIT=600/minute`. Without it there is no limit.

Behind a proxy, such as a Space's, all clients have the proxy's address, unless uvicorn is told to
believe it: `FORWARDED_ALLOW_IPS=*`, where nobody gets past the proxy.
"""

from __future__ import annotations

from collections.abc import Mapping

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.types import Scope


class RateLimit:
    """A limit, and who has used how much of it, in this process's memory."""

    def __init__(self, text: str) -> None:
        """Parse such as "10/second" or "600/minute".

        Raises:
            ValueError: it is no limit.
        """
        self.text = text
        self._limit: RateLimitItem = parse(text)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def admits(self, scope: Scope) -> bool:
        """Count a request of the client that `scope` names; False once it has had its share."""
        host = (scope.get("client") or ("",))[0]
        return self._limiter.hit(self._limit, host)


def open_rate_limit(environment: Mapping[str, str]) -> RateLimit | None:
    """The limit that `RATE_LIMIT` names, if it is set.

    Raises:
        ValueError: it is no limit; the message says what would be one.
    """
    text = environment.get("RATE_LIMIT", "")
    if not text:
        return None
    try:
        return RateLimit(text)
    except ValueError as error:
        raise ValueError(
            f"RATE_LIMIT must be such as 600/minute. Received: {text[:40]!r}"
        ) from error
