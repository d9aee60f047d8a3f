"""Certificates of the local stack: the host's for HTTPS, and the app's credential."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

# For clients that speak plain HTTP alone: by themselves they would read all authorities of the machine, for 20 ms each.
TRUSTS_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
PFX_PASSWORD = "local"  # noqa: S105 - guards nothing; the file is its owner's only
_TEN_YEARS = timedelta(days=3650)  # longer than anybody moves the local clock


@dataclass(frozen=True)
class HostCertificate:
    """For ``localhost``; the files hold private keys."""

    authority_pem: bytes
    pem_file: Path  # key and chain
    pfx_file: Path  # the same for Core Tools, which insist on a password


def issue_host_certificate(directory: Path) -> HostCertificate:
    authority = trustme.CA(organization_name="Orgcal local host")
    leaf = authority.issue_cert("localhost", "127.0.0.1")
    pem_file, pfx_file = directory / "localhost.pem", directory / "localhost.pfx"
    key = serialization.load_pem_private_key(leaf.private_key_pem.bytes(), password=None)
    certificate = x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes())
    assert isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey)  # noqa: S101 - trustme makes no others
    encryption = serialization.BestAvailableEncryption(PFX_PASSWORD.encode())
    pfx = pkcs12.serialize_key_and_certificates(b"localhost", key, certificate, None, encryption)
    _write_private(pem_file, leaf.private_key_and_cert_chain_pem.bytes())
    _write_private(pfx_file, pfx)
    return HostCertificate(authority.cert_pem.bytes(), pem_file, pfx_file)


@dataclass(frozen=True, repr=False)
class ClientCertificate:
    """The credential of an app registration: Entra knows the certificate, the app holds both."""

    certificate_pem: str
    key_and_certificate_pem: str


def make_client_certificate(common_name: str) -> ClientCertificate:
    """Self-signed RSA, as Key Vault would make it; the stand-in checks assertions, not the issuer."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _TEN_YEARS)
        .sign(key, hashes.SHA256())
    )
    certificate_pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    key_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return ClientCertificate(certificate_pem, key_pem + certificate_pem)


def _write_private(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)
