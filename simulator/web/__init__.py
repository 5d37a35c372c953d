"""The page: handset, wire and platform in one look, rendered on the server; it reads and works without script."""

from simulator.web.site import Site, page_blueprint

__all__ = ["Site", "page_blueprint"]
