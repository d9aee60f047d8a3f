"""What a user looks like in Graph's JSON (learn.microsoft.com/graph/api/resources/user)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from local.microsoft365.graph.errors import GraphError, not_implemented
from local.microsoft365.people import Person

DEFAULT = (
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
)
ATTRIBUTES = {
    "id": "id",
    "businessPhones": "business_phones",
    "displayName": "display_name",
    "givenName": "given_name",
    "jobTitle": "job_title",
    "mail": "mail",
    "mobilePhone": "mobile_phone",
    "officeLocation": "office_location",
    "preferredLanguage": "preferred_language",
    "surname": "surname",
    "userPrincipalName": "user_principal_name",
    "accountEnabled": "account_enabled",
    "userType": "user_type",
    "proxyAddresses": "proxy_addresses",
    "otherMails": "other_mails",
    "mailNickname": "mail_nickname",
    "showInAddressList": "show_in_address_list",
    "createdDateTime": "created_date_time",
    "creationType": "creation_type",
    "externalUserState": "external_user_state",
    "assignedLicenses": "assigned_licenses",
}
_BY_FOLDED_NAME = {name.lower(): name for name in ATTRIBUTES}
_SINGLE_USER_ONLY = frozenset(
    {
        "aboutme",
        "birthday",
        "hiredate",
        "interests",
        "mailboxsettings",
        "mysite",
        "pastprojects",
        "preferredname",
        "responsibilities",
        "schools",
        "skills",
    }
)
_NOT_HELD = frozenset(
    {
        "agegroup",
        "assignedplans",
        "city",
        "companyname",
        "country",
        "department",
        "employeeid",
        "identities",
        "imaddresses",
        "onpremisessyncenabled",
        "postalcode",
        "signinactivity",
        "state",
        "streetaddress",
        "usagelocation",
    }
)


@dataclass(frozen=True, slots=True)
class Selection:
    """The properties to show; ``named`` is False for Graph's default set."""

    names: tuple[str, ...]
    named: bool

    @property
    def context(self) -> str:
        return f"({','.join(self.names)})" if self.named else ""

    def renderer(self) -> Callable[[Person], dict[str, Any]]:
        """A function from person to JSON object; made once a page, since it runs a thousand times for it."""
        names = self.names
        if len(names) == 1:
            only = attrgetter(ATTRIBUTES[names[0]])
            return lambda person: {names[0]: only(person)}
        read = attrgetter(*(ATTRIBUTES[name] for name in names))
        return lambda person: dict(zip(names, read(person), strict=True))


def parse_select(text: str | None) -> Selection:
    """Names are matched without regard to case; single-user-only ones are 501, unknown ones 400."""
    if text is None:
        return Selection(DEFAULT, named=False)
    return Selection(tuple(dict.fromkeys(_property(name.strip()) for name in text.split(","))), named=True)


def parse_names(names: Iterable[str]) -> Selection:
    """A selection that was checked before, from a page token."""
    return Selection(tuple(names), named=True)


def _property(name: str) -> str:
    folded = name.lower()
    if folded in _BY_FOLDED_NAME:
        return _BY_FOLDED_NAME[folded]
    if folded in _SINGLE_USER_ONLY:
        raise GraphError(501, "NotImplemented", "This operation target is not yet supported.")
    if folded in _NOT_HELD:
        raise not_implemented(f"the user property '{name}'")
    text = f"Could not find a property named '{name}' on type 'microsoft.graph.user'."
    raise GraphError(400, "BadRequest", f"Parsing OData Select and Expand failed: {text}")
