"""Certificates for a network on one machine: one authority for all, made for development and kept with the network.

Organisations on machines of their own bring certificates of an authority that they agreed on.
"""

import datetime as dt
import ipaddress
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from huitong.api.client.tls import AUTHORITIES, CERTIFICATE, KEY
from huitong.node import Home
from huitong.node.home import write_file
from huitong.types import Code, HuitongError

DAYS: Final = 825
_SECRET: Final = 0o600
_AUTHORITY: Final = "authority/ca.pem"
_AUTHORITY_KEY: Final = "authority/ca.key"
GATEWAY_CERTIFICATE: Final = "tls/gateway.pem"
GATEWAY_KEY: Final = "tls/gateway.key"
GATEWAY_CLIENTS: Final = "tls/clients.pem"
Authority = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def client_folder(home: Home) -> Path:
    """Folder of what a client of the organisation needs, as `huitong --tls DIR` takes it."""
    return home.path / "tls" / "client"


def make_authority(name: str) -> Authority:
    """Make the authority of a network."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name("development authority", name)
    builder = (
        _builder(subject, subject, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
    )
    return builder.sign(key, hashes.SHA256()), key


def keep_authority(folder: Path, authority: Authority) -> None:
    """Keep the authority for organisations that join later. Raises HT6201, HT6203."""
    certificate, key = authority
    write_file(folder / _AUTHORITY, certificate.public_bytes(serialization.Encoding.PEM))
    write_file(folder / _AUTHORITY_KEY, _secret(key), mode=_SECRET)


def kept_authority(folder: Path) -> Authority:
    """Read the authority of a network. Raises HT6001."""
    try:
        certificate = x509.load_pem_x509_certificate((folder / _AUTHORITY).read_bytes())
        key = serialization.load_pem_private_key((folder / _AUTHORITY_KEY).read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise HuitongError(Code.NODE_CONFIGURATION, reason=f"authority of {folder}: {error}") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise HuitongError(Code.NODE_CONFIGURATION, reason=f"{folder / _AUTHORITY_KEY}: no key of the curve P-256")
    return certificate, key


def write_certificates(home: Home, organisation: str, host: str, authority: Authority) -> None:
    """Write what an organisation's gateway needs, and a folder for its clients. Raises HT6201, HT6203."""
    root = authority[0].public_bytes(serialization.Encoding.PEM)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host)), x509.DNSName("localhost")])
    certificate, key = _issue(authority, _name("gateway", organisation), ExtendedKeyUsageOID.SERVER_AUTH, names)
    write_file(home.path / GATEWAY_CERTIFICATE, certificate)
    write_file(home.path / GATEWAY_KEY, key, mode=_SECRET)
    write_file(home.path / GATEWAY_CLIENTS, root)
    certificate, key = _issue(authority, _name("client", organisation), ExtendedKeyUsageOID.CLIENT_AUTH, None)
    folder = client_folder(home)
    write_file(folder / AUTHORITIES, root)
    write_file(folder / CERTIFICATE, certificate)
    write_file(folder / KEY, key, mode=_SECRET)


def _issue(
    authority: Authority, subject: x509.Name, use: x509.ObjectIdentifier, names: x509.SubjectAlternativeName | None
) -> tuple[bytes, bytes]:
    issuer, issuer_key = authority
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _builder(subject, issuer.subject, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if names is not None:
        builder = builder.add_extension(names, critical=False)
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM), _secret(key)


def _secret(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=DAYS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(common: str, organisation: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
