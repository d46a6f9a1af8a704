"""Proxies that the environment names: which one leads to a URL, and which variable is wrong, without its secrets.

httpx reads these variables itself; here stands only what it says too little about.
"""

import os
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass

_SCHEMES: Final = ("http", "https")


def complaint(error: Exception) -> str:
    """Which variable it is that no client can be made with, and what is wrong with it, in one line."""
    for name in sorted(os.environ):
        value = os.environ[name].strip()
        if name.upper() in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY") and value:
            if problem := _problem(value):
                return f"{name}={shown(value)}: {problem}"
        elif name.upper() == "NO_PROXY" and (odd := _odd_entry(value)):
            return f"{name}: {odd} is no host; write addresses of IPv6 without brackets, and hosts without a scheme"
    return (
        f"a proxy of the environment cannot be used: {type(error).__name__}; check HTTPS_PROXY and NO_PROXY"
    )


def leading_to(url: str) -> tuple[str, str] | None:
    """(the variable, the proxy without its secrets) that a URL is reached through; `None` where there is none."""
    parts = urlsplit(url)
    proxies = getproxies_environment()
    for scheme in (parts.scheme, "all"):
        if scheme in proxies and not proxy_bypass(parts.netloc.rpartition("@")[2]):
            name = next(each for each in os.environ if each.lower() == f"{scheme}_proxy" and os.environ[each])
            return name, shown(proxies[scheme])
    return None


def shown(value: str) -> str:
    """A proxy's address without user and password."""
    scheme, mark, rest = value.rpartition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"


def _problem(value: str) -> str:
    scheme = value.partition("://")[0].lower() if "://" in value else "http"
    if scheme.startswith("socks"):
        return "SOCKS proxies are not supported; name an HTTP proxy, or unset it"
    if scheme not in _SCHEMES:
        return "is no proxy; write http://HOST:PORT"
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        named = False
    return "" if named else "names no host and port; write http://HOST:PORT"


def _odd_entry(value: str) -> str:
    entries = (each.strip() for each in value.split(","))
    return next((each for each in entries if set(each) & set("[]{} \t@?#")), "")
