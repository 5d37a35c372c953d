"""Pages: each module lists the routes that it answers."""

from simulator.web.pages import details, handsets, own, platform
from simulator.web.routes import Route

ROUTES: tuple[Route, ...] = (*own.ROUTES, *handsets.ROUTES, *details.ROUTES, *platform.ROUTES)
