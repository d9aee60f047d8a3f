"""Entra's refusals and what they mean for the caller."""

import json
from datetime import timedelta
from typing import Any

import pytest

from shared_code.adapters.entra.refusals import REASONS, code_error, read_refusal, token_error
from shared_code.core.trouble import Trouble
from shared_code.errors import Disconnected, Forged, OrgcalError, Throttled, TryLater
from tests.unit.adapters.entra_keys import START, TENANT


def body(error: str, *codes: int, **more: Any) -> bytes:
    description = "AADSTS: adele@contoso.example\r\nTrace ID: 1"
    return json.dumps({"error": error, "error_codes": codes, "error_description": description, **more}).encode()


def told(status: int, answer: bytes, retry_after: str | None = None) -> OrgcalError:
    return token_error(TENANT, status, read_refusal(answer), retry_after, START)


@pytest.mark.parametrize(
    ("status", "error", "code", "reason"),
    [
        (401, "invalid_client", 7000229, "consent_missing"),
        (400, "unauthorized_client", 700016, "consent_missing"),
        (400, "invalid_grant", 65001, "consent_missing"),
        (400, "unauthorized_client", 7000112, "app_disabled"),
        (401, "invalid_client", 700027, "credential_refused"),
        (401, "invalid_client", 7000215, "credential_refused"),
        (401, "invalid_client", 7000222, "credential_refused"),
        (401, "invalid_client", 700213, "credential_refused"),
        (401, "invalid_client", 50012, "credential_refused"),
        (400, "invalid_grant", 500133, "credential_refused"),
        (400, "invalid_request", 90002, "tenant_not_found"),
        (400, "invalid_request", 90038, "tenant_not_found"),
        (400, "access_denied", 53003, "conditional_access"),
        (400, "interaction_required", 53003, "conditional_access"),
        (400, "invalid_request", 999999, "token_refused"),
    ],
)
def test_a_lasting_refusal_disconnects_with_its_reason(status: int, error: str, code: int, reason: str) -> None:
    refused = told(status, body(error, code))

    assert isinstance(refused, Disconnected)
    assert refused.reason == reason


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (400, body("temporarily_unavailable", 90033)),
        (400, body("server_error", 90006)),
        (400, body("invalid_request", 90055)),
        (400, body("invalid_grant", 50196)),
        (503, b"<html>"),
        (500, b""),
        (504, b"\xff"),
        (408, b""),
    ],
)
def test_a_passing_refusal_is_tried_later(status: int, answer: bytes) -> None:
    refused = told(status, answer, "30")

    assert type(refused) is TryLater
    assert refused.retry_after == timedelta(seconds=30)


def test_too_many_requests_throttle_the_whole_tenant() -> None:
    refused = told(429, b"", "2.5")

    assert isinstance(refused, Throttled)
    assert refused.whole_tenant
    assert refused.retry_after == timedelta(seconds=2.5)


def test_a_missing_consent_is_told_by_its_suberror_too() -> None:
    refused = told(400, body("invalid_grant", 1, suberror="consent_required"))

    assert isinstance(refused, Disconnected)
    assert refused.reason == "consent_missing"


@pytest.mark.parametrize(
    "answer",
    [
        body("invalid_grant", 54005),
        body("invalid_grant", 70000),
        body("invalid_grant", 70008),
        body("invalid_grant", 501481),
        body("invalid_grant", 700005),
        body("invalid_request", 9002313),
    ],
)
def test_whatever_is_wrong_with_a_code_is_forged(answer: bytes) -> None:
    refused = code_error(TENANT, 400, read_refusal(answer), None, START)

    assert isinstance(refused, Forged)
    assert refused.reason == "code"


@pytest.mark.parametrize(
    ("status", "answer", "kind"),
    [
        (400, body("invalid_grant", 65001, suberror="consent_required"), Disconnected),
        (401, body("invalid_client", 700027), Disconnected),
        (400, body("invalid_grant", 90033), TryLater),
        (503, b"", TryLater),
        (429, b"", Throttled),
    ],
)
def test_what_is_not_the_codes_fault_stays_what_it_is(status: int, answer: bytes, kind: type[OrgcalError]) -> None:
    assert type(code_error(TENANT, status, read_refusal(answer), None, START)) is kind


def test_an_error_repeats_no_description() -> None:
    assert "adele" not in str(told(400, body("invalid_request", 90002)))


def test_every_reason_is_a_word_that_a_connection_may_give() -> None:
    assert {*REASONS} <= {*Trouble}
