"""Keys of a workspace: one file and one purpose each, readable by its owner alone.

A process loads only the keys its work needs. Losing `invitations` loses no register, losing `vault`
loses no finding; none of them is ever written to a log, a manifest or the store.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from data.errors import BadSettings, Failed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12


class KeyUse(StrEnum):
    """What a key is for. Each use has a key of its own."""

    INDEX = "index"  # finds a random id again from a national id, plate or bill number
    VAULT = "vault"  # names, addresses, contacts, national ids
    REGISTERS = "registers"  # accepted rows in Parquet
    FINDINGS = "findings"  # findings in Parquet
    QUARANTINE = "quarantine"  # raw text of rows that were not accepted
    INVITATIONS = "invitations"  # wraps each invitation's own key
    AUDIT = "audit"  # chains the audit log


class Keys:
    """The key files of one workspace, in `directory`, loaded one by one when asked for."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def path(self, use: KeyUse) -> Path:
        return self.directory / f"{use.value}.key"

    def create_missing(self) -> list[KeyUse]:
        """Make every key that does not exist yet; an existing one is never touched."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = [use for use in KeyUse if not self.path(use).exists()]
        for use in made:
            descriptor = os.open(self.path(use), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(KEY_BYTES) + "\n")
                file.flush()
                os.fsync(file.fileno())
        return made

    def load(self, use: KeyUse) -> bytes:
        """The 32 bytes of the key. Raises BadSettings when it is missing, malformed or open to others."""
        path = self.path(use)
        try:
            mode = path.stat().st_mode
            text = path.read_text().strip()
        except OSError as error:
            raise BadSettings(
                f"The {use.value} key cannot be read: {error.strerror}.",
                where=str(path),
                mend="run `owed keys list` to see which keys are there; restore a lost key from its backup",
            ) from error
        if mode & 0o077:
            raise BadSettings(
                f"The {use.value} key can be read by other accounts.",
                where=str(path),
                mend=f"chmod 600 {path}",
            )
        try:
            key = bytes.fromhex(text)
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise BadSettings(
                f"The {use.value} key is not {KEY_BYTES} bytes in hexadecimal.",
                where=str(path),
                mend="restore the key from its backup; a new key cannot open what the old one sealed",
            )
        return key


def key_id(key: bytes) -> str:
    """A short name for a key that tells nothing about it: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(b"owed key id\0" + key).hexdigest()[:16]


def keyed_hash(key: bytes, *parts: str) -> str:
    """HMAC-SHA256 over the parts, joined so that no two lists of parts collide; 64 hex digits."""
    body = b"".join(len(raw).to_bytes(4, "big") + raw for raw in (part.encode() for part in parts))
    return hmac.digest(key, body, "sha256").hex()


@lru_cache(maxsize=4)
def _cipher(key: bytes) -> AESGCM:
    """Setting a key up costs more than sealing a name with it.

    Every command knows a workspace, and a workspace its keys; only those that seal load the cipher.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


def seal(key: bytes, plaintext: bytes, *, context: str) -> bytes:
    """AES-256-GCM under a fresh nonce, bound to `context` (table, column and id): nonce then ciphertext."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + _cipher(key).encrypt(nonce, plaintext, context.encode())


def unseal(key: bytes, sealed: bytes, *, context: str) -> bytes:
    """What `seal` sealed. Raises Failed when key, context or a byte is not the one it was sealed with."""
    from cryptography.exceptions import InvalidTag

    try:
        return _cipher(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode())
    except InvalidTag as error:
        raise Failed(
            "A sealed value does not open: another key sealed it, or it was changed.",
            where=context.split("|")[0],
            mend="check that keys/ belongs to this workspace; restore both from the same backup",
        ) from error
