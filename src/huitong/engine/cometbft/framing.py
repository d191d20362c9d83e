"""Frames of ABCI's socket protocol: an unsigned varint with the length, then a protobuf message.

Source: cometbft `abci/types/messages.go`, `libs/protoio`.
"""

from typing import Final

from huitong.crypto.protobuf import delimited

MAX_FRAME_BYTES: Final = 128 * 1024 * 1024
"""Above CometBFT's largest block of 100 MB; a longer frame is no request."""
_MAX_VARINT_BYTES: Final = 10


class FrameError(Exception):
    """The bytes are no frames; the connection cannot go on."""


class Frames:
    """Cuts a stream of bytes into messages."""

    def __init__(self, max_bytes: int = MAX_FRAME_BYTES) -> None:
        self._max_bytes = max_bytes
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Take received bytes; return the messages that are complete now. Raises FrameError."""
        self._buffer += data
        messages = []
        start = 0
        while (place := self._head(start)) is not None:
            body, length = place
            if len(self._buffer) < body + length:
                break
            messages.append(bytes(self._buffer[body : body + length]))
            start = body + length
        if start:
            del self._buffer[:start]
        return messages

    def _head(self, start: int) -> tuple[int, int] | None:
        """Return where a message begins and its length; None while its length is not complete."""
        length = shift = 0
        for place in range(start, min(start + _MAX_VARINT_BYTES, len(self._buffer))):
            byte = self._buffer[place]
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                if length > self._max_bytes:
                    raise FrameError(f"a frame of {length} bytes")
                return place + 1, length
        if len(self._buffer) - start >= _MAX_VARINT_BYTES:
            raise FrameError("a length that does not end")
        return None


def frame(message: bytes) -> bytes:
    """Return a message behind its length."""
    return delimited(message)
