"""The message that somebody who was stopped passes on to their Microsoft administrator, in their own language."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from shared_code.core.personal_refusals import PersonalRefusal
from shared_code.pages.admin import LinkMessage
from shared_code.pages.blocked_texts import CONSENT_AS_WELL, CURED_BY_CONSENT, PLACES
from shared_code.pages.frames import Frame
from shared_code.pages.languages import N_, catalogue, language_of

SUBJECT: Final = N_("Please allow %(product)s to use my Outlook calendar")
GREETING: Final = N_(
    "Hello,\n\nI would like to connect my Outlook calendar with %(product)s, and Microsoft does not let me."
)
ITS_WORDS: Final = N_("Microsoft’s code for it is %(code)s.")
ACTIVATION: Final = N_(
    "%(organization)s has asked to connect the calendars of all its people at once. If you are its Microsoft "
    "administrator (Global Administrator or Privileged Role Administrator), this link is all that is needed; the page "
    "shows what is granted and what is not touched:\n\n%(link)s"
)
CONSENT: Final = N_(
    "An administrator (Cloud Application Administrator, Application Administrator or Global Administrator) can allow "
    "it for everybody in our organization with this link:\n\n%(link)s\n\nNo calendar is connected by that: whoever "
    "wants to still signs in themself, and opens their own calendar only."
)
AS_WELL: Final = N_(
    "If that alone does not help, a consent may be missing as well. An administrator (Cloud Application Administrator, "
    "Application Administrator or Global Administrator) can give it for everybody in our organization with this "
    "link:\n\n%(link)s\n\nNo calendar is connected by that: whoever wants to still signs in themself, and opens their "
    "own calendar only."
)
OR_HERE: Final = N_("Or, to allow it by hand:")
HERE: Final = N_("This is where it can be allowed:")
APPLICATION: Final = N_("The application’s ID is %(client)s.")
THANKS: Final = N_("Thank you!")


def message_for(
    frame: Frame,
    refusal: PersonalRefusal,
    client_id: str,
    organization: str,
    activation: str | None,
    consent: str,
    code: str | None,
) -> LinkMessage:
    """``activation``: the organisation's open link, which makes a connection of one's own unnecessary."""
    about = {"product": frame.brand.name, "organization": organization, "client": client_id, "code": code}
    parts = _parts(frame, refusal, activation, consent, about)
    subject = " ".join((catalogue(language_of(frame.locale)).gettext(SUBJECT) % about).split())  # a header is one line
    text = "\n\n".join(parts)
    return LinkMessage(text, f"mailto:?subject={quote(subject)}&body={quote(text.replace('\n', '\r\n'))}")


def _parts(
    frame: Frame, refusal: PersonalRefusal, activation: str | None, consent: str, about: dict[str, str | None]
) -> Iterator[str]:
    words = catalogue(language_of(frame.locale)).gettext
    said = f" {words(ITS_WORDS) % about}" if about["code"] else ""
    yield words(GREETING) % about + said
    has_link = activation is not None or refusal in CURED_BY_CONSENT
    if activation is not None:
        yield words(ACTIVATION) % (about | {"link": activation})
    elif has_link:
        yield words(CONSENT) % (about | {"link": consent})
    places = (f"- {words(place.where)}\n  {words(place.todo)}" for place in PLACES[refusal])
    yield "\n".join((words(OR_HERE if has_link else HERE), *places))
    if activation is None and refusal in CONSENT_AS_WELL:
        yield words(AS_WELL) % (about | {"link": consent})
    yield words(APPLICATION) % about
    yield words(THANKS)
