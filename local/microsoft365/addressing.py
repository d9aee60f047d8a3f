"""What a request is about: its kind, the tenant segment, the user and whether it goes to a mailbox."""

import re
from dataclasses import dataclass

_USER = r"/v1\.0/(?:users/(?P<user>[^/]+)|(?P<me>me))"
_CALENDAR = _USER + r"/(?:calendar|calendars/[^/]+)"
_AGAIN = _CALENDAR.replace("user>", "user2>").replace("me>", "me2>")
_ENTRA = r"/(?P<tenant>[^/]+)"

_KINDS: tuple[tuple[str, str], ...] = (
    ("token", _ENTRA + r"/oauth2/v2\.0/token"),
    ("authorize", _ENTRA + r"/oauth2/v2\.0/authorize"),
    ("adminconsent", _ENTRA + r"/(?:v2\.0/)?adminconsent"),
    ("openid_configuration", _ENTRA + r"/v2\.0/\.well-known/openid-configuration"),
    ("jwks", _ENTRA + r"/discovery/v2\.0/keys"),
    ("users", r"/v1\.0/users/?"),
    ("users_count", r"/v1\.0/users/\$count"),
    ("users_delta", r"/v1\.0/users/delta(?:\(\))?"),
    ("user", _USER),
    ("calendars", _USER + r"/calendars"),
    ("calendar", _CALENDAR),
    ("calendar_view", rf"(?:{_USER}|{_AGAIN})/calendarView"),
    ("calendar_view_delta", rf"(?:{_USER}|{_AGAIN})/calendarView/delta(?:\(\))?"),
    ("get_schedule", rf"(?:{_USER}|{_AGAIN})/(?:microsoft\.graph\.)?getSchedule"),
    ("events", rf"(?:{_USER}|{_AGAIN})/events"),
    ("event", rf"(?:{_USER}|{_AGAIN})/events/.+"),
    ("mailbox", _USER + r"/.+"),
    ("subscriptions", r"/v1\.0/subscriptions(?:/(?P<subscription>[^/]+).*)?"),
    ("batch", r"/v1\.0/\$batch"),
    ("graph", r"/v1\.0(?:/.*)?"),
)
_SUBSCRIBED = re.compile(r"/?(?:users(?:/([^/()']+)|\('([^']+)'\))|(me))/events/?", re.IGNORECASE)
_PATTERNS = tuple((kind, re.compile(pattern)) for kind, pattern in _KINDS)
_ENTRA_KINDS = frozenset({"token", "authorize", "adminconsent", "openid_configuration", "jwks", "entra"})
_DIRECTORY_KINDS = frozenset({"users", "users_count", "users_delta", "user"})


@dataclass(frozen=True, slots=True)
class Target:
    """``tenant`` (Entra only), ``user`` and ``subscription`` (Graph only), each as the path names it, `me` included."""

    kind: str
    tenant: str | None = None
    user: str | None = None
    subscription: str | None = None

    @property
    def is_entra(self) -> bool:
        return self.kind in _ENTRA_KINDS

    @property
    def is_directory(self) -> bool:
        return self.kind in _DIRECTORY_KINDS

    @property
    def is_mailbox(self) -> bool:
        return self.user is not None and not self.is_directory


def target_of(path: str) -> Target:
    for kind, pattern in _PATTERNS:
        if found := pattern.fullmatch(path):
            groups = found.groupdict()
            user = groups.get("user") or groups.get("user2") or groups.get("me") or groups.get("me2")
            return Target(kind, groups.get("tenant"), user, groups.get("subscription"))
    return Target("entra")


def subscribed_user(resource: str) -> str | None:
    """The user whose events a subscription's resource names, as it is written there; None for any other resource."""
    found = _SUBSCRIBED.fullmatch(resource)
    return None if found is None else found[1] or found[2] or found[3].lower()
