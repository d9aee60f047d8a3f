"""What a tenant's directory says of a person, and only as long as a match looks at it."""

from dataclasses import dataclass

from shared_code.core.ids import UserId


@dataclass(frozen=True, slots=True)
class DirectoryUser:
    """Addresses as the directory spells them; never stored, never logged."""

    user_id: UserId
    mail: str | None = None
    user_principal_name: str | None = None
    proxy_addresses: tuple[str, ...] = ()  # with their ``SMTP:`` or ``smtp:`` prefix
    account_enabled: bool | None = None  # absent or null is not disabled
    user_type: str | None = None  # Member, Guest, or nothing


@dataclass(frozen=True, slots=True)
class RemovedUser:
    user_id: UserId
    permanently: bool  # reason ``deleted``; ``changed`` is a soft deletion that can be undone
