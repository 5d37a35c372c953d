"""Region: each of the platform's hosts answers only for the workspaces that live in its region (R4)."""

from inbound_core.regions import PlatformRegion


def wrong_region(region: PlatformRegion, host: str, path: str) -> str | None:
    """Say so when a request went to the other region's host; None when it did not.

    On one's own machine neither host is used, and the path alone stands in for both.
    """
    name = host.partition(":")[0].lower()
    if name not in {other.host for other in PlatformRegion} or name == region.host:
        return None
    return (
        f"This workspace lives in region {region}, whose host is {region.host}; the request went to {name}. "
        f"Correct the address: https://{region.host}{path}"
    )
