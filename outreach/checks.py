"""The check number in a message, by which a person can ask whether the message is genuine.

With a million messages out nearly every six-digit number is in use, so a number alone proves nothing: it
counts only together with the last four digits of the phone that received it (or the whole e-mail address).
"""

from __future__ import annotations

import secrets
import unicodedata

from sqlalchemy import Connection, bindparam, exists, select

from data.keys import keyed_hash
from data.store.tables import invitation, message

CHECK_DIGITS = 6
PHONE_DIGITS = 4

SELECT_GENUINE = select(
    exists()
    .where(invitation.c.check_mac == bindparam("mac"))
    .where(message.c.invitation_id == invitation.c.invitation_id)
    .where(message.c.attempts > 0)
)


def new_check_number() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(10**CHECK_DIGITS):0{CHECK_DIGITS}}"


def check_mac(key: bytes, *, check_number: str, address: str) -> str:
    """What the store keeps of a check number: keyed (invitations key) together with the receiving address."""
    return keyed_hash(key, "check number", _plain(check_number), _proof(address))


def proof_mac(key: bytes, address: str) -> str:
    """A name for what a person typed as the receiving address, however they spell it."""
    return keyed_hash(key, "check proof", _proof(address))


def is_genuine(connection: Connection, key: bytes, *, check_number: str, received_at: str) -> bool:
    """Whether a message with this check number was handed over for an address that ends so.

    `received_at` is what the person typed: the last four digits of the phone (or all of them), or the
    e-mail address.
    """
    mac = check_mac(key, check_number=check_number, address=received_at)
    return bool(connection.execute(SELECT_GENUINE, {"mac": mac}).scalar_one())


def _proof(address: str) -> str:
    text = unicodedata.normalize("NFKC", address).strip().casefold()
    if "@" in text:
        return text
    return "".join(char for char in text if char.isdigit())[-PHONE_DIGITS:]


def _plain(check_number: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", check_number) if char.isdigit())
