"""Made messages: fill both stores with many messages, as fast as the databases take them."""

import hashlib
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert

from inbound_core.storage import tables as platform
from simulator import Simulator
from simulator.carrier.store import to_micros
from simulator.carrier.tables import messages

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_BODIES = ("STOP", "yes please", "when do you open?", "Größe M, danke", "START", "see you at 9 👍", "100% sure_thing")


def sid_of(number: int) -> str:
    return "SM" + hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()


def fill(simulator: Simulator, count: int) -> None:
    """Put in `count` inbound messages of 100 handsets, a second apart; every fourth handset is nobody's."""
    number = simulator.carrier.numbers()[0]
    carried, happened = [], []
    for n in range(count):
        at, handset, body = START + timedelta(seconds=n), f"+12025550{100 + n % 100}", _BODIES[n % len(_BODIES)]
        carried.append(_carried(n, at, handset, number.phone_number, body))
        profile = None if n % 4 == 3 else f"person-{n % 100}"
        happened.append(_happened(n, at, handset, body, profile))
    with simulator.carrier.account.store.write() as connection:
        connection.execute(insert(messages), carried)
    with simulator.workspace.store.write() as connection:
        connection.execute(insert(platform.events), happened)


def _carried(n: int, at: datetime, handset: str, number: str, body: str) -> dict[str, object]:
    return {
        "sid": sid_of(n),
        "direction": "inbound",
        "origin": "handset",
        "from_phone": handset,
        "to_phone": number,
        "handset": handset,
        "number": number,
        "body": f"{body} #{n}" if n % 7 else body,
        "status": "received",
        "created_at": to_micros(at),
        "updated_at": to_micros(at),
        "sent_at": to_micros(at),
        "num_segments": 1,
        "num_media": 0,
        "listed": True,
        "status_callback_method": "POST",
        "validity_period": 36000,
        "provide_feedback": False,
    }


def _happened(n: int, at: datetime, handset: str, body: str, profile: str | None) -> dict[str, object]:
    return {
        "id": sid_of(n),
        "name": "inbound_sms",
        "at": at,
        "profile_id": profile,
        "phone": handset,
        "message_sid": sid_of(n),
        "keyword": "STOP" if n % 7 == 0 else "",
        "data": {"from": handset, "body": body},
    }
