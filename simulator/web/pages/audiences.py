"""Audiences: segments and campaigns: who is in, what goes out, what would happen and what did."""

from flask import Response

from simulator.web.routes import Route
from simulator.web.site import Site

#: Members that one page names.
SHOWN = 100


def segments(site: Site) -> Response:
    """List the segments with how many are in them."""
    found = [(segment, site.workspace.segments.count(segment.name)) for segment in site.workspace.segments.all()]
    return site.render("segments.html", found=found)


def segment(site: Site, name: str) -> Response:
    """Show one segment: its condition and who is in it."""
    found = site.workspace.segments.get(name)
    members = site.workspace.segments.members(name, SHOWN)
    count = site.workspace.segments.count(name)
    return site.render("segment.html", segment=found, members=members, size=count)


def campaigns(site: Site) -> Response:
    """List the campaigns with what they did, and what they collide with."""
    found = [(campaign, site.workspace.campaigns.report(campaign.name)) for campaign in site.workspace.campaigns.all()]
    return site.render("campaigns.html", found=found, conflicts=site.workspace.campaigns.conflicts())


def campaign(site: Site, name: str) -> Response:
    """Show one campaign: what it would do, and what it did."""
    found = site.workspace.campaigns.get(name)
    report = site.workspace.campaigns.report(name)
    preview = site.workspace.campaigns.preview(name)
    return site.render("campaign.html", campaign=found, report=report, preview=preview)


ROUTES = (
    Route("/segments", segments),
    Route("/segments/<path:name>", segment),
    Route("/campaigns", campaigns),
    Route("/campaigns/<path:name>", campaign),
)
