"""Keys of a workspace: one file and one purpose each, readable by its owner alone.

A process loads only the keys its work needs. Losing `invitations` loses no register, losing `vault`
loses no finding; none of them is ever written to a log, a manifest or the store.

While a key is rotated, the next one lies beside it, and a file may have been sealed under either.
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
from data.files import atomic_path, replace_durably

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
            _write_new_key(self.path(use))
        return made

    def load(self, use: KeyUse) -> bytes:
        """The 32 bytes of the key. Raises BadSettings when it is missing, malformed or open to others."""
        return self._read(use, self.path(use))

    # --- while a key is rotated ---

    def next_path(self, use: KeyUse) -> Path:
        return self.directory / f"{use.value}.key.next"

    def load_next(self, use: KeyUse) -> bytes | None:
        """The key that a rotation is bringing in; None when none is under way."""
        path = self.next_path(use)
        try:
            return self._read(use, path) if path.exists() else None
        except BadSettings:
            if path.exists():
                raise
            return None  # it took over at this moment

    def create_next(self, use: KeyUse) -> bytes:
        """The key that will take the place of the one in force; one that was made before is kept."""
        target = self.next_path(use)
        for stale in self.directory.glob(f".{target.name}.*.part"):
            stale.unlink()
        if not target.exists():
            with atomic_path(target) as partial:
                _write_new_key(partial)
        return self._read(use, target)

    def take_over(self, use: KeyUse) -> None:
        """Put the next key in the place of the one in force, which is gone by that."""
        replace_durably(self.next_path(use), self.path(use))

    def rotating(self) -> list[KeyUse]:
        """The uses whose rotation has begun and not ended."""
        return [use for use in KeyUse if self.next_path(use).exists()]

    def _read(self, use: KeyUse, path: Path) -> bytes:
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


def _write_new_key(path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())


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
