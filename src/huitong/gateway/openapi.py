"""The OpenAPI 3.1 document: what Litestar finds, and what it cannot see (raw bodies, problem documents).

Schemas are msgspec's own, so that the document says exactly what the encoder writes.
"""

from typing import Any, Final

import msgspec
from litestar import Request
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from huitong import __version__
from huitong.api import (
    BlockAnswer,
    ChainStatus,
    ContractAnswer,
    EventRecord,
    MemberAnswer,
    Problem,
    StateAnswer,
    TransactionAnswer,
    ViewAnswer,
    ViewRequest,
)

from .bodies import ManyTransactions, OneTransaction
from .settings import EVENT_STREAM, JSON, MSGPACK, OCTETS, PREFIX, PROBLEM

_STRUCTS: Final = (
    BlockAnswer,
    ChainStatus,
    ContractAnswer,
    EventRecord,
    ManyTransactions,
    MemberAnswer,
    OneTransaction,
    Problem,
    StateAnswer,
    TransactionAnswer,
    ViewAnswer,
    ViewRequest,
)
_REF: Final = "#/components/schemas/"
_OCTETS: Final = {"schema": {"type": "string", "format": "binary"}}


def _reference(kind: type) -> dict[str, Any]:
    return {"schema": {"$ref": _REF + kind.__name__}}


_BODIES: Final[dict[str, dict[str, Any]]] = {
    "submit": {OCTETS: _OCTETS, JSON: _reference(OneTransaction)},
    "submit_many": {MSGPACK: _OCTETS, JSON: _reference(ManyTransactions)},
    "view": {JSON: _reference(ViewRequest)},
}
_DOCUMENTS: Final = frozenset({"proof", "signed_header", "trust"})
"""Operations that return a JSON document which the node made as bytes."""


def amend(document: dict[str, Any]) -> dict[str, Any]:
    """Complete the document that Litestar made."""
    _, schemas = msgspec.json.schema_components(_STRUCTS, ref_template=_REF + "{name}")
    document["components"] = {**document.get("components", {}), "schemas": schemas}
    for path in document["paths"].values():
        for operation in path.values():
            _amend_operation(operation)
    return document


def _amend_operation(operation: dict[str, Any]) -> None:
    name = operation["operationId"]
    responses = operation["responses"]
    for status in [status for status in responses if status.startswith("4")]:
        del responses[status]
    responses["default"] = {
        "description": "Refused: a problem document with an HT code, its cause and the next step",
        "content": {PROBLEM: _reference(Problem)},
    }
    if name in _BODIES:
        operation["requestBody"] = {"required": True, "content": _BODIES[name]}
    if name in _DOCUMENTS:
        responses["200"]["content"] = {JSON: {"schema": {"type": "object"}}}
    if name == "submit":
        responses["200"]["content"] = {JSON: _reference(TransactionAnswer)}
        responses["202"] = {"description": "Accepted, as asked", "content": responses["200"]["content"]}
    if name == "events":
        responses["200"]["content"] = {EVENT_STREAM: _reference(EventRecord)}


class Document(JsonRenderPlugin):
    """Serves the completed document, made once."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json", media_type=JSON)  # type: ignore[arg-type]  # litestar types it by its enums, and takes text
        self._made: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the document's bytes, the same for every request."""
        del request
        if self._made is None:
            self._made = msgspec.json.encode(amend(openapi_schema))
        return self._made


def openapi_config() -> OpenAPIConfig:
    """Return the configuration for Litestar: one JSON address, no pages that load scripts from elsewhere."""
    return OpenAPIConfig(
        title="Huitong node",
        version=__version__,
        description="A node of a Huitong chain. Bytes are 0x hex, large integers decimal strings.",
        path=PREFIX,
        render_plugins=[Document()],
        use_handler_docstrings=True,
    )
