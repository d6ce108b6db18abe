"""Operators and their signing keys: an Ed25519 key each, its private half in a file under a passphrase.

Who may read another operator's key file can sign in their name, so each operator makes the key under an
account of their own; the store remembers which account that was.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from sqlalchemy import Connection, Row, select, update

from data.clock import micros
from data.errors import BadSettings, Failed, Refused
from data.store.tables import operator_key

NAME = re.compile(r"[\w][\w.-]{0,63}")


@dataclass(frozen=True)
class Operator:
    """Somebody who runs commands or releases plans, as the store knows them."""

    name: str
    public_key: str
    account: str
    revoked: bool

    @property
    def fingerprint(self) -> str:
        """16 hex digits by which two people can compare a key over the phone."""
        return hashlib.sha256(bytes.fromhex(self.public_key)).hexdigest()[:16]

    def signed(self, purpose: str, sha256: str, signature: str) -> bool:
        """Whether `signature` is this operator's over that purpose and digest."""
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.public_key))
        try:
            key.verify(bytes.fromhex(signature), _statement(purpose, sha256))
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class Signer:
    """An operator's private key, unlocked; it signs digests for one named purpose each."""

    private: Ed25519PrivateKey

    @property
    def public_key(self) -> str:
        return self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()

    def sign(self, purpose: str, sha256: str) -> str:
        """The signature, hexadecimal. `purpose` is a constant such as `owed plan approval v1`."""
        return self.private.sign(_statement(purpose, sha256)).hex()


def _statement(purpose: str, sha256: str) -> bytes:
    return f"{purpose}\n{sha256}".encode()


def create_operator(
    connection: Connection, *, name: str, passphrase: str, key_file: Path, account: str, now: datetime
) -> Operator:
    """Make a key, write its private half to `key_file` (0600, never over an existing file), keep its public.

    `account` is the operating-system account that runs this. Raises BadSettings for a name that cannot
    be one or is taken, and for a file that exists.
    """
    _refuse_name(connection, name)
    private = Ed25519PrivateKey.generate()
    _write_key(private, passphrase, key_file)
    made = Operator(name, Signer(private).public_key, account, revoked=False)
    try:
        connection.execute(
            operator_key.insert().values(
                name=name, public_key=made.public_key, account=account, created_at=micros(now)
            )
        )
    except BaseException:
        key_file.unlink(missing_ok=True)
        raise
    return made


def _refuse_name(connection: Connection, name: str) -> None:
    if not NAME.fullmatch(name):
        raise BadSettings(
            "An operator's name has letters, digits, dots, hyphens and underscores, at most 64.",
            mend="choose a plain name, such as kim.author",
        )
    if find_operator(connection, name) is not None:
        raise BadSettings(
            f"There is an operator named {name} already.",
            mend="choose another name; a lost key is revoked, and its owner gets a new name",
        )


def _write_key(private: Ed25519PrivateKey, passphrase: str, key_file: Path) -> None:
    encryption = BestAvailableEncryption(passphrase.encode())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    try:
        descriptor = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise BadSettings(
            f"The key file cannot be made: {error.strerror}.",
            where=str(key_file),
            mend="name a new file in a directory that exists",
        ) from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())


def load_signer(key_file: Path, passphrase: str) -> Signer:
    """Unlock a key file. Raises BadSettings when others may read it, Refused when it does not open."""
    try:
        mode, pem = key_file.stat().st_mode, key_file.read_bytes()
    except OSError as error:
        raise BadSettings(f"The key file cannot be read: {error.strerror}.", where=str(key_file)) from error
    if mode & 0o077:
        raise BadSettings(
            "The key file can be read by other accounts.", where=str(key_file), mend=f"chmod 600 {key_file}"
        )
    try:
        private = load_pem_private_key(pem, passphrase.encode())
    except (ValueError, TypeError) as error:
        raise Refused(
            "The key does not open: the passphrase is wrong, or the file is not a signing key.",
            where=str(key_file),
            mend="try the passphrase again; a lost one cannot be found, make a new key with `owed keys new`",
        ) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise BadSettings("The file holds another kind of key.", where=str(key_file))
    return Signer(private)


def find_operator(connection: Connection, name: str) -> Operator | None:
    row = connection.execute(select(operator_key).where(operator_key.c.name == name)).first()
    return None if row is None else _operator(row)


def current_operator(connection: Connection, name: str) -> Operator:
    """An operator who may act now. Raises Refused when the name is unknown or the key revoked."""
    operator = find_operator(connection, name)
    if operator is None:
        raise Refused(
            f"There is no operator named {name}.",
            mend="`owed keys new NAME` makes one, `owed keys list` shows",
        )
    if operator.revoked:
        raise Refused(f"The key of {name} is revoked.", mend="act under a key that is valid")
    return operator


def list_operators(connection: Connection) -> list[Operator]:
    rows = connection.execute(select(operator_key).order_by(operator_key.c.created_at, operator_key.c.name))
    return [_operator(row) for row in rows]


def revoke_operator(connection: Connection, name: str, *, now: datetime) -> Operator:
    """From now on this operator signs nothing, and nothing they signed leaves. Raises Failed if unknown."""
    operator = find_operator(connection, name)
    if operator is None:
        raise Failed(f"There is no operator named {name}.", mend="`owed keys list` shows who there is")
    connection.execute(
        update(operator_key)
        .where(operator_key.c.name == name, operator_key.c.revoked_at.is_(None))
        .values(revoked_at=micros(now))
    )
    return Operator(operator.name, operator.public_key, operator.account, revoked=True)


def _operator(row: Row[Any]) -> Operator:
    return Operator(row.name, row.public_key, row.account, revoked=row.revoked_at is not None)
