from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from shared_code.adapters.tables.records import read_binary, read_record, write_binary, write_record
from shared_code.adapters.tables.rows import Row
from shared_code.core.calendar import ShowAs
from shared_code.core.ids import CalendarId, MailboxKey, TenantId, UserId
from shared_code.core.organization import Organization
from shared_code.core.policy import Activation, CheckedByDefault, Policy, Rule
from shared_code.core.product_user import ProductUser
from shared_code.core.upkeep import Due
from shared_code.core.user_settings import CalendarWish, UserSettings
from shared_code.errors import Unexpected

DUE = Due(datetime(2026, 3, 2, 9, 0, 0, 1, UTC), "mailbox", "organizations!t!u")


@dataclass(frozen=True)
class Note:
    text: str


def _row(**properties: str | int | bytes) -> Row:
    return Row("key", properties, "version")


def test_a_record_is_one_readable_property_and_a_schema_version() -> None:
    assert write_record(DUE) == {
        "v": 1,
        "data": '{"at":"2026-03-02T09:00:00.000001Z","kind":"mailbox","subject":"organizations!t!u"}',
    }


@pytest.mark.parametrize("text", ["", "x" * 15_989, "x" * 16_000, "🦊" * 40_000, "é" * 500_000])
def test_a_long_record_is_split_into_properties_of_at_most_64_kib(text: str) -> None:
    written = write_record(Note(text))

    assert all(len(str(value).encode("utf-16-le")) <= 64 * 1024 for value in written.values())
    assert read_record(Note, Row("key", written, "version")) == Note(text)


def test_a_field_of_a_later_release_is_passed_over() -> None:
    data = '{"at":"2026-03-02T09:00:00.000001Z","kind":"mailbox","subject":"organizations!t!u","later":[1]}'

    assert read_record(Due, _row(v=1, data=data)) == DUE


@pytest.mark.parametrize(
    "data",
    [
        "",
        "{",
        "[]",
        '{"at":"2026-03-02T09:00:00Z","kind":"mailbox"}',
        '{"at":"2026-03-02T09:00:00Z","kind":"mailbox","subject":7}',
        '{"at":"yesterday","kind":"mailbox","subject":"s"}',
        '{"at":"2026-03-02T09:00:00Z","kind":"strange","subject":"s"}',
    ],
)
def test_a_record_with_anything_missing_or_wrong_is_unexpected(data: str) -> None:
    with pytest.raises(Unexpected, match="key holds no Due"):
        read_record(Due, _row(v=1, data=data))


@pytest.mark.parametrize("properties", [{"v": 2}, {"v": 0}, {"v": "1"}, {}])
def test_a_record_of_a_newer_schema_or_of_none_is_unexpected(properties: dict[str, str | int]) -> None:
    with pytest.raises(Unexpected, match="schema version"):
        read_record(Note, Row("key", {**properties, "data": '{"text":"x"}'}, "version"))


@pytest.mark.parametrize("size", [0, 1, 60 * 1024, 60 * 1024 + 1, 600 * 1024, 660 * 1024])
def test_binary_content_is_split_into_properties_of_at_most_60_kib(size: int) -> None:
    content = bytes(number % 251 for number in range(size))

    written = write_binary(content)

    assert all(isinstance(part, bytes) and len(part) <= 60 * 1024 for part in written.values())
    assert read_binary({**written, "v": 1, "calendar": "x"}) == content


def test_binary_content_that_no_row_can_hold_is_refused() -> None:
    with pytest.raises(Unexpected):
        write_binary(bytes(660 * 1024 + 1))


def test_what_an_earlier_release_wrote_of_people_and_organisations_is_read_with_nothing_chosen_and_nothing_locked() -> (
    None
):
    organization = _row(
        v=1,
        data='{"organization":"acme","name":"Acme","created_at":"2026-03-02T09:00:00Z",'
        '"policy":{"activation":"review","allow_user_disconnect":false},"leaving":false}',
    )
    user = _row(
        v=1,
        data='{"organization":"acme","user":"anna","addresses":[],"state":"no_match","changed_at":"2026-03-02T09:00:00Z"}',
    )

    assert read_record(Organization, organization).policy == Policy(Activation.REVIEW, allow_user_disconnect=False)
    assert read_record(ProductUser, user).settings == UserSettings()


def test_choices_and_rules_are_read_as_they_were_written() -> None:
    mailbox = MailboxKey("organizations", TenantId("t"), UserId("u"))
    wish = CalendarWish(mailbox, DUE.at, (CalendarId("Aa"), CalendarId("aA")), (CalendarId("b"),), CalendarId("Aa"))
    settings = UserSettings((ShowAs.TENTATIVE,), cancellation_sync=False, calendars=wish)
    policy = Policy(
        checked_calendars=Rule(CheckedByDefault.ALL, locked=True),
        busy_statuses=Rule((ShowAs.OUT_OF_OFFICE, ShowAs.WORKING_ELSEWHERE)),
        cancellation_sync=Rule(default=False),
    )

    for value in (settings, policy):
        assert read_record(type(value), Row("key", write_record(value), "version")) == value
