"""The stable words that say why a product user is in their state, and what each means to a person."""

from enum import StrEnum


class Reason(StrEnum):
    NO_VERIFIED_ADDRESS = "no_verified_address"
    NO_DIRECTORY_USER = "no_directory_user"
    ONLY_GUEST = "only_guest"
    OBJECT_GONE = "object_gone"
    ACCOUNT_DISABLED = "account_disabled"
    DOMAIN_UNPROVEN = "domain_unproven"
    SEVERAL_DIRECTORY_USERS = "several_directory_users"
    AWAITING_LOOK_UP = "awaiting_look_up"
    AWAITING_REVIEW = "awaiting_review"
    AWAITING_ACCESS = "awaiting_access"
    AWAITING_FIRST_READ = "awaiting_first_read"
    HAS_OWN_CALENDAR = "has_own_calendar"
    HAS_OWN_ACCOUNT = "has_own_account"
    USER_DISCONNECTED = "user_disconnected"
    MAILBOX_MISSING = "mailbox_missing"
    ACCESS_POLICY = "access_policy"
    NO_DEFAULT_CALENDAR = "no_default_calendar"
    ORGANIZATION_DISCONNECTED = "organization_disconnected"
    NOT_ADMIN_MANAGED = "not_admin_managed"


EXPLANATIONS: dict[str, str] = {
    Reason.NO_VERIFIED_ADDRESS: "The product sent no verified address, and only verified addresses are matched.",
    Reason.NO_DIRECTORY_USER: "No directory user has one of the verified addresses.",
    Reason.ONLY_GUEST: "Only a guest of the tenant has the address, and guests have no mailbox there.",
    Reason.OBJECT_GONE: "The directory user matched before was deleted. Send the user again to match anew.",
    Reason.ACCOUNT_DISABLED: "The directory user's account is disabled.",
    Reason.DOMAIN_UNPROVEN: "The address was found, but the tenant has not proven that the domain is its own. "
    "An administrator of the organization can confirm the domain for this connection.",
    Reason.SEVERAL_DIRECTORY_USERS: "Several directory users have the address equally well, so nobody was chosen.",
    Reason.AWAITING_LOOK_UP: "The user is about to be looked up in the directory.",
    Reason.AWAITING_REVIEW: "The match waits until an administrator of the organization confirms the activation.",
    Reason.AWAITING_ACCESS: "The user was matched; the tenant does not let the app read any matched mailbox yet.",
    Reason.AWAITING_FIRST_READ: "The mailbox was matched and its calendars are about to be read.",
    Reason.HAS_OWN_CALENDAR: "The user has a calendar of their own in the product, so none is connected.",
    Reason.HAS_OWN_ACCOUNT: "The user has connected an Outlook account of their own, and is matched to nobody in a "
    "directory. Where the organization's policy says `takeover: keep`, nobody with such an account is matched anew.",
    Reason.USER_DISCONNECTED: "The calendar was disconnected, by the user or an admin; only a reconnect connects it.",
    Reason.MAILBOX_MISSING: "The directory user has no mailbox that Microsoft Graph reaches.",
    Reason.ACCESS_POLICY: "The tenant's own access policy keeps this mailbox closed to the app.",
    Reason.NO_DEFAULT_CALENDAR: "The mailbox lists no default calendar, so there is nothing to read yet.",
    Reason.ORGANIZATION_DISCONNECTED: "The organization's connection was disconnected.",
    Reason.NOT_ADMIN_MANAGED: "A directory user answers to the address, but the organization's policy says "
    "`admin_managed: false`, so nobody is matched anew.",
}
