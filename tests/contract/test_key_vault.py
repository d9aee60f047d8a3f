"""Keys that Key Vault has wrapped, by Microsoft's client: which version unwraps, how often, and what it refuses."""

import asyncio
import os
import stat
import subprocess
from base64 import b64decode
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared_code.adapters.key_vault import KeyVaultUnwrapping
from shared_code.adapters.token_keys import TokenKeys
from shared_code.core.token_key import TokenKey, read_token_keys
from shared_code.errors import TryLater, Unexpected
from tests.contract.key_vault import KeyVault, VaultIdentity, key_vault

SCRIPT = Path(__file__).parents[2] / "infra/new-token-key.sh"
OLD, NEW = b"o" * 32, b"n" * 32


@pytest.fixture
async def vault(tmp_path: Path) -> AsyncIterator[KeyVault]:
    async with key_vault(tmp_path) as running:
        running.rotate("v1")
        yield running


@pytest.fixture
def identity() -> VaultIdentity:
    return VaultIdentity()


@pytest.fixture
def unwrapping(vault: KeyVault, identity: VaultIdentity) -> KeyVaultUnwrapping:
    """The client wants to see a host of ``vault.azure.net`` behind a challenge for it; this one is on the machine."""
    local = {"connection_verify": str(vault.ca_file), "verify_challenge_resource": False}
    return KeyVaultUnwrapping(vault.key, lambda: identity, local)


async def test_a_key_is_unwrapped_by_the_version_that_wrapped_it(
    vault: KeyVault, unwrapping: KeyVaultUnwrapping, identity: VaultIdentity
) -> None:
    vault.rotate("v2")

    old = await unwrapping.unwrap(TokenKey("old", vault.wrap("v1", OLD), "v1"))
    new = await unwrapping.unwrap(TokenKey("new", vault.wrap("v2", NEW), "v2"))

    assert (old, new, vault.unwrapped) == (OLD, NEW, ["v1", "v2"])
    assert set(identity.asked) == {"https://vault.azure.net/.default"}
    assert identity.closed == 2


async def test_each_key_is_unwrapped_once_in_a_process_and_only_if_it_is_needed(
    vault: KeyVault, unwrapping: KeyVaultUnwrapping
) -> None:
    keys = TokenKeys([_wrapped(vault, "old", OLD), _wrapped(vault, "new", NEW)], unwrapping)

    found = await asyncio.gather(*(keys.cipher("new") for _ in range(20)))

    assert len(set(map(id, found))) == 1
    assert vault.unwrapped == ["v1"]


async def test_what_this_version_has_not_wrapped_is_for_a_person_to_look_at(
    vault: KeyVault, unwrapping: KeyVaultUnwrapping
) -> None:
    wrapped = vault.wrap("v1", OLD)
    vault.rotate("v2")

    with pytest.raises(Unexpected, match="token key old: Key Vault does not unwrap it"):
        await unwrapping.unwrap(TokenKey("old", wrapped, "v2"))


async def test_a_key_of_another_length_is_refused(vault: KeyVault, unwrapping: KeyVaultUnwrapping) -> None:
    with pytest.raises(Unexpected, match="16 bytes"):
        await unwrapping.unwrap(TokenKey("short", vault.wrap("v1", b"s" * 16), "v1"))


@pytest.mark.parametrize("status", [403, 404, 429, 500, 503])
async def test_a_vault_that_does_not_answer_just_now_is_asked_again(
    vault: KeyVault, unwrapping: KeyVaultUnwrapping, status: int
) -> None:
    keys = TokenKeys([_wrapped(vault, "only", NEW)], unwrapping)
    vault.status = status

    with pytest.raises(TryLater):
        await keys.cipher("only")
    vault.status = 200

    assert await keys.cipher("only") is not None


async def test_a_vault_out_of_reach_is_asked_again_later(vault: KeyVault, identity: VaultIdentity) -> None:
    nowhere = KeyVaultUnwrapping("https://127.0.0.1:9/keys/token-keys", lambda: identity)

    with pytest.raises(TryLater):
        await nowhere.unwrap(_wrapped(vault, "only", NEW))


async def test_a_stranger_who_asks_for_the_vaults_token_gets_none(vault: KeyVault, identity: VaultIdentity) -> None:
    careful = KeyVaultUnwrapping(vault.key, lambda: identity, {"connection_verify": str(vault.ca_file)})

    with pytest.raises(TryLater):
        await careful.unwrap(_wrapped(vault, "only", NEW))

    assert identity.asked == []


async def test_the_script_prints_an_entry_that_the_vault_unwraps(
    vault: KeyVault, unwrapping: KeyVaultUnwrapping, tmp_path: Path
) -> None:
    """``az`` is a stand-in of three lines; what wraps is the real openssl."""
    (tmp_path / "public.pem").write_bytes(vault.public_pem("v1"))
    _write_az(tmp_path / "az", vault.key, tmp_path / "public.pem")
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}

    command = ["sh", str(SCRIPT), "kv-orgcal"]
    printed = await asyncio.to_thread(
        subprocess.run, command, check=True, capture_output=True, text=True, env=environment
    )

    (key,) = read_token_keys(printed.stdout, wrapped=True)
    assert (key.wrapped_by, len(await unwrapping.unwrap(key))) == ("v1", 32)
    assert b64decode(printed.stdout.strip().rpartition(":")[2], validate=True) == key.material


def _wrapped(vault: KeyVault, key_id: str, material: bytes) -> TokenKey:
    return TokenKey(key_id, vault.wrap("v1", material), "v1")


def _write_az(path: Path, key: str, public_pem: Path) -> None:
    """It tells the key's address, and copies the public key to where ``--file`` says."""
    copies = f'while [ "$1" != --file ]; do shift; done; cp {public_pem} "$2"'
    shows = f'case "$*" in *"key show"*) echo {key}/v1;; *) {copies};; esac'
    path.write_text(f"#!/bin/sh\n{shows}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
