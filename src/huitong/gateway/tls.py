"""TLS of the gateway: its certificate, and whose clients it lets in. TLS 1.3 only (RFC 8446)."""

import asyncio
import ssl
from pathlib import Path

import msgspec

from huitong.types import Code, HuitongError


class TlsFiles(msgspec.Struct, frozen=True):
    """Files in PEM. certificate: the gateway's, with those of the authorities between. key: of the certificate.

    clients: authorities; only clients with a certificate of theirs are served. None: everybody is.
    """

    certificate: Path
    key: Path
    clients: Path | None = None


def server_context(files: TlsFiles) -> ssl.SSLContext:
    """Return what a server needs. Raises HT6008 naming the file that cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(files.certificate, files.key)
    except (OSError, ssl.SSLError) as error:
        raise _unusable(f"{files.certificate}, {files.key}", error) from None
    if files.clients is not None:
        try:
            context.load_verify_locations(files.clients)
        except (OSError, ssl.SSLError) as error:
            raise _unusable(str(files.clients), error) from None
        context.verify_mode = ssl.CERT_OPTIONAL  # one that is missing gets an answer that says so: `lacks_certificate`
    return context


def lacks_certificate(transport: asyncio.BaseTransport) -> bool:
    """Whether a connection is one of a client without the certificate that this gateway asks for."""
    connection = transport.get_extra_info("ssl_object")
    if connection is None or connection.context.verify_mode == ssl.CERT_NONE:
        return False
    return not connection.getpeercert(binary_form=True)


def _unusable(path: str, error: OSError) -> HuitongError:
    return HuitongError(Code.GATEWAY_CERTIFICATE_UNUSABLE, path=path, reason=error.strerror or str(error))
