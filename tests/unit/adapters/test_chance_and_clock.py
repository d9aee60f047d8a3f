import re
from datetime import UTC

from shared_code.adapters.chance import SystemChance
from shared_code.adapters.clock import SystemClock
from shared_code.ports import Chance, Clock


def test_ids_are_26_letters_and_digits_and_never_the_same() -> None:
    chance: Chance = SystemChance()

    ids = {chance.new_id() for _ in range(1000)}

    assert len(ids) == 1000
    assert all(re.fullmatch(r"[a-z0-9]{26}", one) for one in ids)


def test_secrets_are_256_bits_of_unpadded_base64url_and_never_the_same() -> None:
    chance: Chance = SystemChance()

    secrets = {chance.new_secret() for _ in range(1000)}

    assert len(secrets) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", one) for one in secrets)


def test_the_clock_speaks_utc() -> None:
    clock: Clock = SystemClock()

    assert clock.now().tzinfo is UTC
