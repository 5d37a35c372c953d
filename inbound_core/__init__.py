"""The rules of inbound SMS: who answered, what the answer means, and what follows from it.

Importing this loads neither pandas nor a database driver: `Workspace` is fetched when it is first asked for.
"""

from typing import TYPE_CHECKING, Any

from inbound_core.errors import InboundError, SetupError
from inbound_core.inbound import Context, Decision, decide
from inbound_core.keywords import KeywordAction, match_keyword
from inbound_core.messages import InboundMessage, OutboundMessage
from inbound_core.phones import PhoneReading, PhoneStatus, read_phone
from inbound_core.policy import Policy
from inbound_core.profiles import Profile, resolve_profile
from inbound_core.senders import Sender

if TYPE_CHECKING:
    from inbound_core.workspace import Workspace

__all__ = [
    "Context",
    "Decision",
    "InboundError",
    "InboundMessage",
    "KeywordAction",
    "OutboundMessage",
    "PhoneReading",
    "PhoneStatus",
    "Policy",
    "Profile",
    "Sender",
    "SetupError",
    "Workspace",
    "decide",
    "match_keyword",
    "read_phone",
    "resolve_profile",
]


def __getattr__(name: str) -> Any:
    """Load the workspace, and with it the database layer, on first use."""
    if name == "Workspace":
        from inbound_core.workspace import Workspace

        return Workspace
    raise AttributeError(f"module 'inbound_core' has no attribute {name!r}")
