"""Which client sent a correction, without its address; and how much one client may send.

Each row has a code of its client: a hash of the address, with a secret salt that is made at random
for each store. The same client has the same code in one store and another one in the next. So all
corrections of one client can be dropped (see drop.py), but the rows alone don't tell its address.
With the salt, the address can be found by trying all: the salt is never uploaded.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections import Counter
from contextlib import suppress
from pathlib import Path

from limits import RateLimitItemPerDay, RateLimitItemPerMinute  # the library, not page.limits
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from page import limits
from page.corrections.errors import CorrectionsQuotaError, Quota

SALT_FILE = "client-salt"
_SALT_BYTES = 32
_CODE_BYTES = 8


class ClientCodes:
    """Turns addresses into codes. The salt is in the store's folder, beside the data.

    Args:
        folder: the store's folder. It need not exist.
    """

    def __init__(self, folder: Path) -> None:
        """Create nothing yet."""
        self._folder = folder
        self._salt: bytes | None = None

    def code(self, address: str) -> str:
        """The code of a client's address: 16 hexadecimal digits. Creates the salt if needed.

        Raises:
            OSError: the salt can't be read or written.
        """
        if self._salt is None:
            self._salt = _read_salt(self._folder)
        keyed = hashlib.blake2b(address.encode(), key=self._salt, digest_size=_CODE_BYTES)
        return keyed.hexdigest()


class ClientQuotas:
    """How many corrections one client may send in a minute and a day, and its share of the store.

    The store's share is counted from its rows, so a restart does not reset it. The caller holds the
    store's lock.

    Args:
        max_bytes: of all corrections together.
    """

    def __init__(self, max_bytes: int) -> None:
        """Start without any correction."""
        self._max_bytes = int(max_bytes * limits.MAX_CLIENT_SHARE)
        self._max_count = int(limits.MAX_CORRECTIONS * limits.MAX_CLIENT_SHARE)
        self._count: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._rates = {
            Quota.MINUTE: RateLimitItemPerMinute(limits.MAX_CORRECTIONS_PER_MINUTE),
            Quota.DAY: RateLimitItemPerDay(limits.MAX_CORRECTIONS_PER_DAY),
        }

    def add_stored(self, client: str, size: int) -> None:
        """Count a correction of `size` bytes that is in the store."""
        self._count[client] += 1
        self._bytes[client] += size

    def add_sent(self, client: str) -> None:
        """Count a correction that was sent now."""
        for rate in self._rates.values():
            self._limiter.hit(rate, client)

    def check(self, client: str, size: int) -> None:
        """Check that the client may store `size` more bytes. Its first correction always fits.

        Raises:
            CorrectionsQuotaError: it may not.
        """
        if self._count[client] and (
            self._count[client] >= self._max_count or self._bytes[client] + size > self._max_bytes
        ):
            raise CorrectionsQuotaError(Quota.STORE)
        for quota in (Quota.DAY, Quota.MINUTE):
            if not self._limiter.test(self._rates[quota], client):
                raise CorrectionsQuotaError(quota)


def _read_salt(folder: Path) -> bytes:
    """Read the salt; write a new one first if there is none.

    Two processes that start at the same time get the same salt: the file appears complete, and a
    hard link doesn't replace it.
    """
    path = folder / SALT_FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        new = folder / f".{SALT_FILE}-{secrets.token_hex(4)}"
        with open(new, "xb", opener=_open_private) as stream:
            stream.write(secrets.token_bytes(_SALT_BYTES))
        try:
            os.link(new, path)
        except FileExistsError:  # another process was faster
            pass
        except OSError:  # this disk has no hard links
            os.replace(new, path)
        finally:
            with suppress(OSError):
                new.unlink(missing_ok=True)
    return path.read_bytes()[:_SALT_BYTES]


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
