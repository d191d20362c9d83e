"""Messages of ABCI 2.0, generated from abci.proto."""

from . import abci_pb2 as abci

__all__ = ["abci"]
