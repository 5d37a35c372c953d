"""Pages: each module lists the routes that it answers."""

from simulator.web.pages import audiences, control, details, handsets, own, platform, setup
from simulator.web.routes import Route

ROUTES: tuple[Route, ...] = tuple(
    route for part in (own, handsets, details, platform, audiences, setup, control) for route in part.ROUTES
)
