"""How many requests one client may send: `RATE_LIMIT=600/minute`. Without it there is no limit.

Behind a proxy, such as a Space's, all clients share the proxy's address. `FORWARDED_ALLOW_IPS`
names the proxies whose headers uvicorn trusts. With `*`, a client could write its own address.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from limits import RateLimitItem, parse  # the library, not page.limits
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.types import Scope

from page.server.client_address import client_address


class RateLimit:
    """A limit per client, counted in this process's memory.

    Attributes:
        text: the limit as it was given, such as "600/minute".
    """

    def __init__(self, text: str) -> None:
        """Parse a limit such as "10/second" or "600/minute".

        Raises:
            ValueError: `text` is not a limit.
        """
        self.text = text
        self._limit: RateLimitItem = parse(text)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def admits(self, scope: Scope) -> bool:
        """Count a request from the client in `scope`; False if the client is over its limit."""
        return self._limiter.hit(self._limit, client_address(scope))

    def seconds_left(self, scope: Scope) -> float:
        """Seconds until the client in `scope` may send again, at least one."""
        end = self._limiter.get_window_stats(self._limit, client_address(scope)).reset_time
        return max(1.0, end - time.time())


def open_rate_limit(environment: Mapping[str, str]) -> RateLimit | None:
    """The limit in the variable `RATE_LIMIT`; None if it is not set.

    Raises:
        ValueError: the value is not a limit; the message says what was expected.
    """
    text = environment.get("RATE_LIMIT", "")
    if not text:
        return None
    try:
        return RateLimit(text)
    except ValueError as error:
        raise ValueError(
            f"RATE_LIMIT: expected a limit such as 600/minute. Received: {text[:40]!r}"
        ) from error
