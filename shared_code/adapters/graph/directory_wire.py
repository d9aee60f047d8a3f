"""A page of users as Graph sends it, and as Orgcal knows it.

https://learn.microsoft.com/graph/api/user-list and …/user-delta; only the fields used are named, nothing else of an
answer ever becomes an object.
"""

from msgspec import Struct, field

from shared_code.core.directory import DirectoryUser, RemovedUser
from shared_code.core.ids import UserId

USER_FIELDS = ("id", "mail", "userPrincipalName", "proxyAddresses", "accountEnabled", "userType")


class WireUser(Struct, rename="camel"):
    """In a delta a property that was never set is absent, one that was set to nothing is null."""

    id: str
    mail: str | None = None
    user_principal_name: str | None = None
    proxy_addresses: list[str] | None = None
    account_enabled: bool | None = None
    user_type: str | None = None

    def read(self) -> DirectoryUser:
        return DirectoryUser(
            UserId(self.id.lower()),
            self.mail,
            self.user_principal_name,
            tuple(self.proxy_addresses or ()),
            self.account_enabled,
            self.user_type,
        )


class WireUsersPage(Struct):
    value: list[WireUser]
    next_link: str | None = field(name="@odata.nextLink", default=None)


class Removal(Struct):
    reason: str = "changed"  # ``changed``: soft deletion, can be restored; ``deleted``: for good


class WireChange(WireUser):
    removed: Removal | None = field(name="@removed", default=None)


class WireChangesPage(Struct):
    value: list[WireChange]
    next_link: str | None = field(name="@odata.nextLink", default=None)
    delta_link: str | None = field(name="@odata.deltaLink", default=None)


def read_change(change: WireChange) -> DirectoryUser | RemovedUser:
    if change.removed is None:
        return change.read()
    return RemovedUser(UserId(change.id.lower()), permanently=change.removed.reason == "deleted")
