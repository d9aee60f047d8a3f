"""What becomes of a deleted event, and the ids of extended properties."""

import pytest

from local.microsoft365.extended_properties import canonical_id
from local.microsoft365.mailbox import ItemNotFound, Mailbox
from tests.unit.local.calendar_world import NOW, add, event, open_mailbox

NINE = ("2026-03-24T09:00:00", "2026-03-24T10:00:00")
GUID = "{8ECCC264-6880-4EBE-992F-8888D2EEAA1D}"


def deleted(mailbox: Mailbox) -> str:
    item_id = mailbox.item_id(add(mailbox, event(*NINE)), immutable=True)
    mailbox.remove(item_id, NOW)
    return item_id


def test_a_deleted_event_is_in_no_calendar_and_keeps_its_immutable_id() -> None:
    mailbox = open_mailbox()

    item_id = deleted(mailbox)

    assert mailbox.get_item(item_id).calendar is mailbox.deleted_items
    assert mailbox.deleted_items not in mailbox.calendars()
    assert mailbox.find_event(lambda _: True) is None


def test_an_event_deleted_from_the_deleted_items_is_gone() -> None:
    mailbox = open_mailbox()
    item_id = deleted(mailbox)

    mailbox.remove(item_id, NOW)

    with pytest.raises(ItemNotFound):
        mailbox.get_item(item_id)


def test_an_event_whose_calendar_is_gone_is_restored_to_the_default_one() -> None:
    mailbox = open_mailbox()
    project = mailbox.add_calendar("Project")
    item_id = mailbox.item_id(add(mailbox, event(*NINE)), immutable=True)
    mailbox.move(item_id, project)
    mailbox.remove_calendar(mailbox.calendar_id(project))

    restored = mailbox.restore(item_id)

    assert restored.calendar is mailbox.default_calendar
    with pytest.raises(ValueError, match="deleted"):
        mailbox.restore(item_id)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        (f"String {GUID} Name Two words", f"String {GUID.lower()} Name Two words"),
        (f"Integer {GUID.lower()} Id 0x8012", f"Integer {GUID.lower()} Id 0x8012"),
        ("String 0x001A", "String 0x001A"),
    ],
)
def test_an_extended_property_has_one_spelling(written: str, canonical: str) -> None:
    assert canonical_id(written) == canonical


@pytest.mark.parametrize(
    "text", ["", "Name x", f"String {GUID}", f"Text {GUID} Name x", f"String {GUID[:-1]} Name x", "String 0xZZ"]
)
def test_what_is_no_id_of_an_extended_property_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="extended property"):
        canonical_id(text)
