"""The address that a client's limits are counted for.

Behind a proxy, uvicorn replaces the proxy's address by the forwarded one if `FORWARDED_ALLOW_IPS`
names the proxy.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from starlette.types import Scope

from page import limits

# Bits of an IPv6 address that name a network. One client can have all addresses of its network.
_IPV6_NETWORK_BITS = 64
# Bits of the largest network that providers give to one customer.
IPV6_SITE_BITS = 48


def client_address(scope: Scope, ipv6_bits: int = _IPV6_NETWORK_BITS) -> str:
    """The client's address; for IPv6 its network, such as "2001:db8::/64"; "" if unknown."""
    host = (scope.get("client") or ("",))[0]
    # Several limits ask for the address of each request. A proxy may forward any text as one.
    name = _name if len(host) <= limits.MAX_KEPT_CLIENT_LENGTH else _name.__wrapped__
    return name(host, ipv6_bits)


@lru_cache(limits.KEPT_CLIENT_NAMES)
def _name(host: str, ipv6_bits: int) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return host
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), ipv6_bits), strict=False))
