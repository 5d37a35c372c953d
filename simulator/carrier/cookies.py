"""Cookies: what an application set comes back to it, kept for each pair of numbers for four idle hours."""

import threading
from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from simulator.clock import Clock

IDLE = timedelta(hours=4)
Pair = tuple[str, str]


class CookieJars:
    """Hold one jar for each pair of numbers; a cookie goes back to the host that set it. Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._jars: dict[Pair, tuple[datetime, dict[str, dict[str, str]]]] = {}
        self._lock = threading.Lock()

    def header(self, pair: Pair, url: str) -> str:
        """Give the Cookie header for a request, or `""`; what is asked for is not idle."""
        with self._lock:
            used, jar = self._jars.get(pair, (None, {}))
            if used is None or self._clock.now() - used > IDLE:
                self._jars.pop(pair, None)
                return ""
            self._jars[pair] = (self._clock.now(), jar)
            return "; ".join(f"{name}={value}" for name, value in jar.get(_host(url), {}).items())

    def keep(self, pair: Pair, url: str, set_cookies: tuple[str, ...]) -> None:
        """Remember what an answer set; an empty value or Max-Age=0 forgets it."""
        if not set_cookies:
            return
        with self._lock:
            _, jar = self._jars.get(pair, (None, {}))
            cookies = jar.setdefault(_host(url), {})
            for line in set_cookies:
                for name, morsel in _parsed(line).items():
                    cookies[name] = morsel.coded_value
                    if morsel["max-age"] == "0" or not morsel.value:
                        del cookies[name]
            self._jars[pair] = (self._clock.now(), jar)


def _parsed(line: str) -> SimpleCookie:
    try:
        return SimpleCookie(line)
    except CookieError:
        return SimpleCookie()  # an illegal cookie is not kept, as browsers do


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]
