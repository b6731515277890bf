"""The one way out to the network, as a deployment's settings allow it; it calls nobody."""

from __future__ import annotations

from blocks.sdk.addresses import EgressPolicy
from blocks.sdk.egress import GuardedHttp
from blocks.sdk.outgoing import Watch, unwatched
from deploy.settings import Settings


def http(settings: Settings, watch: Watch = unwatched) -> GuardedHttp:
    """Build the one way out to the network."""
    return GuardedHttp(policy(settings), watch=watch)


def policy(settings: Settings) -> EgressPolicy:
    """Give what may be reached by it."""
    allowed = frozenset(entry.strip() for entry in settings.egress_allow.split(",") if entry.strip())
    return EgressPolicy(allowed_hosts=allowed)
