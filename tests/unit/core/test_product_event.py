"""What makes two events one."""

from datetime import UTC, datetime, timedelta, timezone

from shared_code.core.ids import OrganizationId
from shared_code.core.product_event import EventType, event_id, new_event, written

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ACME = OrganizationId("acme")


def test_one_cause_has_one_id_whenever_it_is_told_of() -> None:
    first = new_event(EventType.USER_CONNECTED, ACME, NOW, "ann 3", user="ann")
    again = new_event(EventType.USER_CONNECTED, ACME, NOW + timedelta(hours=1), "ann 3", user="ann")

    assert first.event == again.event


def test_another_type_organization_or_cause_has_another_id() -> None:
    ids = {
        event_id(EventType.USER_CONNECTED, ACME, "ann 3"),
        event_id(EventType.USER_CONNECTED, ACME, "ann 4"),
        event_id(EventType.USER_DISCONNECTED, ACME, "ann 3"),
        event_id(EventType.USER_CONNECTED, OrganizationId("other"), "ann 3"),
    }

    assert len(ids) == 4


def test_an_id_is_a_word_that_fits_into_keys_and_headers() -> None:
    made = event_id(EventType.BOOKING_MOVED, ACME, "ü/#?!\n")

    assert made.startswith("evt_")
    assert made.removeprefix("evt_").isalnum()
    assert made.isascii()


def test_an_instant_is_written_in_utc() -> None:
    abroad = datetime(2026, 3, 2, 10, 0, 0, 5, tzinfo=timezone(timedelta(hours=1)))

    assert written(abroad) == "2026-03-02T09:00:00.000005Z"
    assert new_event(EventType.SWEEP_HELD, ACME, NOW, "c", held_at=abroad).data == {"held_at": written(abroad)}
