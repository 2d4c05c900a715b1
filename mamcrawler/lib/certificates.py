"""Which certificates of outside systems are believed."""

import ssl
from functools import cache

import httpx


@cache
def trusted() -> ssl.SSLContext:
    """What every client checks certificates with; read once per process, since that takes longer than a request."""
    return httpx.create_ssl_context()
