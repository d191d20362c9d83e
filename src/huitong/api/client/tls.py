"""TLS of a client: whose gateways it believes, and its own certificate. TLS 1.3 only (RFC 8446)."""

import ssl
from pathlib import Path
from typing import Final

from huitong.types import Code, HuitongError

AUTHORITIES: Final = "ca.pem"
CERTIFICATE: Final = "client.pem"
KEY: Final = "client.key"


def client_context(folder: Path) -> ssl.SSLContext:
    """Return what a client needs, from a folder: ca.pem, and client.pem with client.key where a gateway asks for them.

    Raises HT8105 naming the file that cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_verify_locations(folder / AUTHORITIES)
    except (OSError, ssl.SSLError) as error:
        raise _unusable(folder / AUTHORITIES, error) from None
    if (folder / CERTIFICATE).exists():
        try:
            context.load_cert_chain(folder / CERTIFICATE, folder / KEY)
        except (OSError, ssl.SSLError) as error:
            raise _unusable(folder / CERTIFICATE, error) from None
    return context


def _unusable(path: Path, error: OSError) -> HuitongError:
    return HuitongError(Code.CLIENT_CERTIFICATE_UNUSABLE, path=str(path), reason=error.strerror or str(error))


def refusal_of(error: BaseException) -> str:
    """Say why TLS came to nothing, "" when it is not TLS that failed: looks through the causes of an error."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, ssl.SSLError):
            return found.verify_message if isinstance(found, ssl.SSLCertVerificationError) else str(found.reason)
        found = found.__cause__ or found.__context__
    return ""
