"""Whose a row is, and who sees it: the one rule that every table of users' things follows.

A table has the columns of `COLUMNS`, filled from `owner()`; every statement that finds rows of users adds `VISIBLE`
with the values of `viewer()`. Tenants never see each other's rows. Within a tenant, a row is its user's; one that
nobody in particular made (no user is known) is everybody's there. Work in the background runs in its owner's context.
"""

from dataclasses import replace

from ..request_context import RequestContext, current

__all__ = ("COLUMNS", "VISIBLE", "on_behalf_of", "owner", "sees", "viewer")

COLUMNS = "tenant <text> NOT NULL, owner <text> NOT NULL"
VISIBLE = "tenant = ? AND (owner = '' OR owner = ?)"


def owner() -> tuple[str, str]:
    """The values of `COLUMNS` for what the caller makes."""
    context = current.get()
    return context.tenant, context.user


def viewer() -> tuple[str, str]:
    """The values of `VISIBLE` for the caller."""
    return owner()


def sees(tenant: str, user: str) -> bool:
    """`VISIBLE` for one thing: whether the caller sees what belongs to this user."""
    mine = viewer()
    return tenant == mine[0] and user in ("", mine[1])


def on_behalf_of(tenant: str, user: str) -> RequestContext:
    """The context of work that somebody asked for earlier: theirs, without the keys they sent."""
    return replace(RequestContext(), tenant=tenant, user=user)
