"""Senders: which number of a messaging service's pool writes to a person, and whether it may."""

from dataclasses import replace

from simulator.carrier import message_store
from simulator.carrier.account import Account
from simulator.carrier.errors import UnknownResource
from simulator.carrier.phone_numbers import region_of
from simulator.carrier.records import CarrierMessage
from simulator.carrier.resources import AlphaSender, MessagingService
from simulator.carrier.segments import count_segments


class Senders:
    """Pick senders for an account's services: sticky per person first, then by place, then in turn."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._turns: dict[str, int] = {}

    def picked(self, message: CarrierMessage) -> CarrierMessage:
        """Give an accepted message with its sender and as `queued`, or as `failed` with the reason."""
        sid = message.messaging_service_sid or ""
        opted_out = (message.handset, sid) in self._account.opt_outs
        if opted_out and self._account.config.toll_free_block_code == 21610:
            return replace(message, status="failed", error_code=21610)
        try:
            service = self._account.directory.get(MessagingService, sid)
        except UnknownResource:
            return replace(message, status="failed", error_code=21701)  # it was deleted meanwhile
        number = message.number or self._pick(service, message.handset) or self._name(service, message.handset)
        if number is None:
            empty = not self._account.directory.pool(sid)
            return replace(message, status="failed", error_code=21704 if empty else 21703)
        if opted_out and not self._account.blocked_by_network(number):
            return replace(message, status="failed", error_code=21610)
        segments = 1 if message.sid.startswith("MM") else count_segments(message.body)
        return replace(message, status="queued", from_phone=number, number=number, num_segments=segments)

    def _name(self, service: MessagingService, handset: str) -> str | None:
        """Give an alphanumeric sender for a country that takes them."""
        if handset.startswith("+1"):
            return None
        names = self._account.directory.every(AlphaSender, lambda one: one.service_sid == service.sid)
        return names[0].alpha_sender if names else None

    def _pick(self, service: MessagingService, handset: str) -> str | None:
        pool = [number.phone_number for number in self._account.directory.pool(service.sid)]
        if not pool:
            return None
        if service.sticky_sender and len(pool) > 1:
            with self._account.store.read() as connection:
                last = message_store.last_number_for(connection, handset, pool)
            if last is not None:
                return last
        near = pool
        if service.area_code_geomatch:
            same_area = [phone for phone in pool if phone[:5] == handset[:5] and phone.startswith("+1")]
            same_country = [phone for phone in pool if region_of(phone) == region_of(handset)]
            near = same_area or same_country or pool
        turn = self._turns.get(service.sid, 0)
        self._turns[service.sid] = turn + 1
        return near[turn % len(near)]
