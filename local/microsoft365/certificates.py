"""The local certificate authority: one root that clients trust by file, one leaf for the loopback address."""

import ssl
from pathlib import Path

import trustme


def issue(directory: Path) -> tuple[Path, Path]:
    """Write ``ca.pem`` and a server certificate with its key; answers the paths of the latter (PEM chain, key)."""
    directory.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA(organization_name="Orgcal local stand-in")
    leaf = authority.issue_cert("127.0.0.1", "localhost")
    chain, key = directory / "microsoft365.crt", directory / "microsoft365.key"
    authority.cert_pem.write_to_path(str(directory / "ca.pem"))
    chain.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
    key.touch(mode=0o600)
    key.write_bytes(leaf.private_key_pem.bytes())
    return chain, key


def client_context(ca_file: Path) -> ssl.SSLContext:
    """A TLS context that trusts the local authority and nothing else."""
    return ssl.create_default_context(cafile=str(ca_file))
