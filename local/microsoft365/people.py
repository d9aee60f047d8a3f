"""A directory user and the mailbox behind it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.microsoft365.mailbox import Mailbox

GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
PRIVILEGED_ROLE_ADMINISTRATOR = "e8611ab8-c189-46e8-94e1-60213ab1f814"
APPLICATION_ADMINISTRATOR = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
CLOUD_APPLICATION_ADMINISTRATOR = "158c047a-c907-4556-b7ef-446551a6b5f7"

MAILBOX_LICENCE = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46"


@dataclass(slots=True, eq=False)
class Person:
    """One object of `/users`. A guest's ``home_tenant`` is the tenant whose account signs in; members have none."""

    id: str
    user_principal_name: str
    display_name: str | None = None
    mail: str | None = None
    proxy_addresses: list[str] = field(default_factory=list)
    account_enabled: bool | None = True
    user_type: str | None = "Member"
    given_name: str | None = None
    surname: str | None = None
    job_title: str | None = None
    mobile_phone: str | None = None
    office_location: str | None = None
    preferred_language: str | None = None
    business_phones: list[str] = field(default_factory=list)
    other_mails: list[str] = field(default_factory=list)
    mail_nickname: str | None = None
    show_in_address_list: bool | None = None
    created_at: datetime = datetime(2024, 1, 1, tzinfo=UTC)
    directory_roles: tuple[str, ...] = ()
    app_roles: tuple[str, ...] = ()
    licensed: bool = True
    mailbox_time_zone: str = "UTC"
    home_tenant: str | None = None
    mailbox: "Mailbox | None" = None

    def open_mailbox(self) -> "Mailbox":
        """The mailbox, made at first use: a tenant of 100,000 people opens only the few that somebody asks for."""
        address = self.mail or self.user_principal_name
        name = self.display_name or address
        if self.mailbox is None:
            from local.microsoft365.mailbox import Mailbox  # noqa: PLC0415 - mailbox.py names people itself

            self.mailbox = Mailbox(name, address, self.mailbox_time_zone, self.id)
        # Both may have been changed since.
        self.mailbox.time_zone = self.mailbox_time_zone
        self.mailbox.name_owner(name, address)
        return self.mailbox

    @property
    def is_guest(self) -> bool:
        return self.user_type == "Guest" or self.home_tenant is not None

    @property
    def assigned_licenses(self) -> list[dict[str, object]]:
        return [{"disabledPlans": [], "skuId": MAILBOX_LICENCE}] if self.licensed else []

    @property
    def creation_type(self) -> str | None:
        return "Invitation" if self.is_guest else None

    @property
    def external_user_state(self) -> str | None:
        return "Accepted" if self.is_guest else None

    @property
    def created_date_time(self) -> str:
        return self.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
