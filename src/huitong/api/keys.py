"""Keys on disk: a folder with one encrypted file per key and its public part beside it, readable by the owner only."""

import os
import re
import secrets
import stat
from pathlib import Path
from typing import Final

import msgspec

from huitong.crypto import GUOMI, INTERNATIONAL, PrivateKey, key_address, private_key
from huitong.types import Code, HuitongError
from huitong.types.registry import KeyKind

from .keystore import SCRYPT_N, DamagedKeyError, WrongPasswordError, open_pkcs8, open_v3, seal_pkcs8, seal_v3
from .keystore_sm2 import open_sm2, seal_sm2
from .values import to_hex

KIND_NAMES: Final = {
    KeyKind.ED25519: "ed25519",
    KeyKind.P256: "p256",
    KeyKind.SECP256K1: "secp256k1",
    KeyKind.SM2: "sm2",
}
"""Kinds of keys that can be kept, by name."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_PUBLIC_SUFFIX: Final = ".public.json"
_PRIVATE_SUFFIX: Final = {
    KeyKind.ED25519: ".pem",
    KeyKind.P256: ".pem",
    KeyKind.SECP256K1: ".v3.json",
    KeyKind.SM2: ".pem",
}
_OWNER_ONLY: Final = 0o600


class KeyInfo(msgspec.Struct, frozen=True):
    """Public part of a key. kind: name. address, public_key: hex.

    The address is the key's own, before any rotation: on chains of the suite guomi for sm2, else of international. The
    same key of another kind has another address on a guomi chain, which clients compute from the chain's suite.
    """

    name: str
    kind: str
    address: str
    public_key: str


def kind_by_name(name: str) -> KeyKind:
    """Return the kind of a name. Raises HT4105."""
    for kind, known in KIND_NAMES.items():
        if known == name:
            return kind
    raise HuitongError(Code.KEY_INVALID, reason=f"kind {name[:20]!r} is none of {', '.join(KIND_NAMES.values())}")


class KeyFolder:
    """Keys by name. The folder is made with mode 0700 when the first key is.

    scrypt_n: cost of new secp256k1 keystores.
    """

    def __init__(self, folder: Path, *, scrypt_n: int = SCRYPT_N) -> None:
        self._folder = folder
        self._scrypt_n = scrypt_n

    def create(self, name: str, kind: KeyKind, password: str) -> KeyInfo:
        """Make a key with a random secret. Raises HT8101, HT8102, HT4105, HT6107."""
        while True:
            secret = secrets.token_bytes(32)
            try:
                private_key(kind, secret)
            except HuitongError as error:
                if kind not in KIND_NAMES or error.code is not Code.KEY_INVALID:
                    raise
                continue  # one in 2^32 is not a scalar of P-256 or SM2, fewer of secp256k1
            return self.add(name, kind, secret, password)

    def add(self, name: str, kind: KeyKind, secret: bytes, password: str) -> KeyInfo:
        """Keep a given 32-byte secret. Raises HT8101 (name, password, disk), HT8102 when the name is taken, HT4105."""
        _check_name(name)
        if not password:
            raise HuitongError(Code.KEY_FILE_UNREADABLE, path=name, reason="a key is not kept without a password")
        key = private_key(kind, secret)
        address = key_address(GUOMI if kind == KeyKind.SM2 else INTERNATIONAL, kind, key.public_key)
        if kind == KeyKind.SECP256K1:
            document = seal_v3(secret, address, password, self._scrypt_n)
        elif kind == KeyKind.SM2:
            document = seal_sm2(secret, password)
        else:
            document = seal_pkcs8(kind, secret, password)
        info = KeyInfo(name, KIND_NAMES[kind], to_hex(address), to_hex(key.public_key))
        public = msgspec.json.format(msgspec.json.encode(info), indent=2) + b"\n"
        sealed_path, public_path = self._folder / (name + _PRIVATE_SUFFIX[kind]), self._folder / (name + _PUBLIC_SUFFIX)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _unreadable(self._folder, error.strerror or str(error)) from None
        if public_path.exists():
            raise HuitongError(Code.KEY_FILE_EXISTS, name=name)
        _write_new(sealed_path, document, name)
        _write_new(public_path, public, name)
        return info

    def list(self) -> tuple[KeyInfo, ...]:
        """Return all keys, sorted by name. Raises HT8101 for a file that cannot be read."""
        if not self._folder.is_dir():
            return ()
        names = sorted(path.name.removesuffix(_PUBLIC_SUFFIX) for path in self._folder.glob("*" + _PUBLIC_SUFFIX))
        return tuple(self.info(name) for name in names)

    def info(self, name: str) -> KeyInfo:
        """Return the public part of a key. Raises HT8103 when there is none, HT8101."""
        _check_name(name)
        path = self._folder / (name + _PUBLIC_SUFFIX)
        try:
            return msgspec.json.decode(path.read_bytes(), type=KeyInfo)
        except FileNotFoundError:
            raise HuitongError(Code.KEY_NOT_FOUND, name=name) from None
        except (OSError, msgspec.MsgspecError) as error:
            raise _unreadable(path, str(error)) from None

    def open(self, name: str, password: str) -> PrivateKey:
        """Decrypt a key. Raises HT8103, HT8104 for a wrong password, HT8101 for a damaged or exposed file."""
        info = self.info(name)
        kind = kind_by_name(info.kind)
        path = self._folder / (name + _PRIVATE_SUFFIX[kind])
        try:
            if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise _unreadable(path, "others may read it; run chmod 600 on it")
            document = path.read_bytes()
        except OSError as error:
            raise _unreadable(path, error.strerror or str(error)) from None
        try:
            found, secret = _opened(kind, document, password)
            key = private_key(found, secret)
        except WrongPasswordError:
            raise HuitongError(Code.PASSWORD_WRONG, name=name) from None
        except DamagedKeyError as error:
            raise _unreadable(path, str(error)) from None
        if found != kind or to_hex(key.public_key) != info.public_key:
            raise _unreadable(path, "it does not belong to the public key beside it")
        return key


def _opened(kind: KeyKind, document: bytes, password: str) -> tuple[KeyKind, bytes]:
    if kind == KeyKind.SECP256K1:
        return kind, open_v3(document, password)
    return open_sm2(document, password) if kind == KeyKind.SM2 else open_pkcs8(document, password)


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or name.endswith("."):
        raise HuitongError(
            Code.KEY_FILE_UNREADABLE,
            path=name[:80],
            reason="names are 1 to 64 lower-case letters, digits, dots, dashes and underscores",
        )


def _unreadable(path: Path, reason: str) -> HuitongError:
    return HuitongError(Code.KEY_FILE_UNREADABLE, path=path.name, reason=reason)


def _write_new(path: Path, content: bytes, name: str) -> None:
    """Create a file that did not exist, durable, with mode 0600 from its first moment on."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    except FileExistsError:
        raise HuitongError(Code.KEY_FILE_EXISTS, name=name) from None
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
