"""What an operator may set about the gateway, and its limits."""

from dataclasses import dataclass
from typing import Final

from huitong.types.limits import MAX_TRANSACTION_BYTES

PREFIX: Final = "/api/v1"
LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""Names under which the gateway always answers: a page of another site cannot make a browser send them."""

JSON: Final = "application/json"
MSGPACK: Final = "application/x-msgpack"
OCTETS: Final = "application/octet-stream"
PROBLEM: Final = "application/problem+json"
EVENT_STREAM: Final = "text/event-stream"


@dataclass(frozen=True)
class GatewaySettings:
    """Names, limits and times of a gateway. Times in seconds, sizes in bytes.

    hosts: names beside the loopback ones that a Host header may carry, without port. origins: web origins
    ("https://console.example") whose pages may use the gateway. max_body: of any request but a batch (a transaction in
    hex needs twice its size). max_wait: longest `?wait=`. request_timeout: everything else of a request. heartbeat:
    pause between comments on a silent event stream. head_timeout: for a request's head to come whole, from its first
    byte or the connection's begin.
    """

    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    max_body: int = 2 * MAX_TRANSACTION_BYTES + 4096
    max_batch_body: int = 8 * 1024 * 1024
    max_batch: int = 1000
    default_wait: float = 10.0
    max_wait: float = 60.0
    request_timeout: float = 15.0
    heartbeat: float = 15.0
    max_streams: int = 64
    head_timeout: float = 10.0
    max_connections: int = 1024
