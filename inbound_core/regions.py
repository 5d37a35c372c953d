"""Regions of the platform: each answers only for its own workspaces (R4)."""

from enum import StrEnum


class PlatformRegion(StrEnum):
    """Name where a workspace lives."""

    US = "us"
    EU = "eu"

    @property
    def host(self) -> str:
        """Give the host that receives for the region."""
        return "track.customer.io" if self is PlatformRegion.US else "track-eu.customer.io"

    @property
    def inbound_url(self) -> str:
        """Give the URL that the messaging service's Inbound Request Config must name (R4)."""
        return f"https://{self.host}/inbound/sms"
