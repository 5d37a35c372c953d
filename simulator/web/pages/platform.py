"""Platform: what the platform knows: people, anonymous events, consent, segments, campaigns, its log."""

from datetime import UTC, datetime

from flask import Response, redirect, request
from sqlalchemy import func, or_, select

from inbound_core.activity import ActivityKind
from inbound_core.people import UnknownProfile
from inbound_core.storage import history, people
from inbound_core.storage.tables import activities, consent_changes, events, profiles
from simulator.places_in_lists import asked_place
from simulator.web.routes import Route
from simulator.web.site import Site

#: Rows on one page of a list.
ROWS = 50

#: Three people with fictional numbers, each written in another way: id, phone, year of creation.
EXAMPLES = (("ana", "(202) 555-0101", 2024), ("ben", "+12025550102", 2023), ("bea", "202.555.0102", 2025))


def people_page(site: Site) -> Response:
    """List people, those whose id or phone begins as asked."""
    wanted, after = request.args.get("q", "").strip(), asked_place("after") or 0
    with site.workspace.store.read() as connection:
        query = select(profiles.c.id).where(profiles.c.stored_order > after)
        if wanted:
            begins = wanted.replace("%", "").replace("_", r"\_") + "%"
            columns = (profiles.c.id, profiles.c.phone_e164)
            query = query.where(or_(*(column.like(begins, escape="\\") for column in columns)))
        ids = list(connection.scalars(query.order_by(profiles.c.stored_order).limit(ROWS)))
        found = [profile for key in ids if (profile := people.by_id(connection, key)) is not None]
        total, _ = people.counts(connection)
        shared = dict(people.shared_numbers(connection, ROWS))
    return site.render("people.html", found=found, total=total, shared=shared, more=len(ids) == ROWS)


def add_examples(site: Site) -> Response:
    """Put in three people, two of whom share a number."""
    for profile_id, phone, year in EXAMPLES:
        site.workspace.identify(profile_id, {"phone": phone}, datetime(year, 1, 1, tzinfo=UTC))
    return redirect("/people", 303)  # type: ignore[return-value]


def person(site: Site, profile_id: str) -> Response:
    """Show one person: attributes, consent, events, what the log says."""
    profile = site.workspace.profile(profile_id)
    if profile is None:
        raise UnknownProfile(f"Nobody has the id {profile_id!r}. It may have been deleted.")
    phone = profile.phone_e164
    sharing = site.timeline.with_number(phone) if phone else []
    with site.workspace.store.read() as connection:
        log = history.log(connection, limit=ROWS, profile_id=profile.id)[::-1]
        ledger = history.consent_of(connection, phone) if phone else None
    changes = ledger.changes[::-1] if ledger else ()
    return site.render("person.html", profile=profile, sharing=sharing, log=log, changes=changes)


def anonymous(site: Site) -> Response:
    """List the messages that nobody owned when they came."""
    before = asked_place("before")
    # Written so that the newest are found by walking back, not by sorting all that there ever were.
    nobodys = func.coalesce(events.c.profile_id, "") == ""
    query = select(events).where(nobodys).order_by(events.c.number.desc()).limit(ROWS)
    if before is not None:
        query = query.where(events.c.number < before)
    with site.workspace.store.read() as connection:
        found = connection.execute(query).all()
    return site.render("anonymous.html", found=found)


def consent(site: Site) -> Response:
    """List who opted out of or in to which sender, the newest change first."""
    before = asked_place("before")
    query = select(consent_changes).order_by(consent_changes.c.number.desc()).limit(ROWS)
    if before is not None:
        query = query.where(consent_changes.c.number < before)
    with site.workspace.store.read() as connection:
        found = connection.execute(query).all()
        count = connection.scalar(select(func.count()).select_from(consent_changes))
    blocked = site.carrier.opt_outs()[-ROWS:][::-1]
    return site.render("consent.html", found=found, count=count, blocked=blocked)


def activity(site: Site) -> Response:
    """List the activity log, the newest entry first."""
    before, kind = asked_place("before"), request.args.get("kind", "")
    query = select(activities).order_by(activities.c.number.desc()).limit(ROWS)
    if before is not None:
        query = query.where(activities.c.number < before)
    if kind in set(ActivityKind):
        query = query.where(activities.c.kind == kind)
    with site.workspace.store.read() as connection:
        found = [history.as_activity(row) for row in connection.execute(query)]
    return site.render("activity.html", found=found, kind=kind, kinds=list(ActivityKind))


ROUTES = (
    Route("/people", people_page),
    Route("/people/examples", add_examples, ("POST",), changes=True),
    Route("/people/<path:profile_id>", person),
    Route("/anonymous", anonymous),
    Route("/consent", consent),
    Route("/activity", activity),
)
