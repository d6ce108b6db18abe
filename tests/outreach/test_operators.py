"""Operators' keys: made once, opened with a passphrase, signing for one purpose each."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from sqlalchemy import Engine

from data.errors import BadSettings, Failed, Refused
from data.store.engine import writing
from outreach.operators import (
    Operator,
    create_operator,
    current_operator,
    list_operators,
    load_signer,
    revoke_operator,
)
from tests.outreach.invited import NOW, new_store

SHA = "ab" * 32


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return new_store(tmp_path)


def create(engine: Engine, key_file: Path, name: str = "kim") -> Operator:
    with writing(engine) as connection:
        return create_operator(
            connection, name=name, passphrase="many words", key_file=key_file, account="1000", now=NOW
        )


def test_a_key_signs_for_its_operator(engine: Engine, tmp_path: Path) -> None:
    operator = create(engine, tmp_path / "kim.pem")
    signature = load_signer(tmp_path / "kim.pem", "many words").sign("purpose", SHA)
    assert operator.signed("purpose", SHA, signature)


@pytest.mark.parametrize(("purpose", "sha256"), [("another purpose", SHA), ("purpose", "cd" * 32)])
def test_a_signature_holds_for_its_purpose_and_digest_only(
    engine: Engine, tmp_path: Path, purpose: str, sha256: str
) -> None:
    operator = create(engine, tmp_path / "kim.pem")
    signature = load_signer(tmp_path / "kim.pem", "many words").sign("purpose", SHA)
    assert not operator.signed(purpose, sha256, signature)


@pytest.mark.parametrize("signature", ["", "zz", "00", "00" * 64])
def test_what_is_no_signature_does_not_hold(engine: Engine, tmp_path: Path, signature: str) -> None:
    assert not create(engine, tmp_path / "kim.pem").signed("purpose", SHA, signature)


def test_the_key_file_is_its_owners_alone_and_sealed(engine: Engine, tmp_path: Path) -> None:
    create(engine, tmp_path / "kim.pem")
    pem = (tmp_path / "kim.pem").read_bytes()
    mode = stat.S_IMODE((tmp_path / "kim.pem").stat().st_mode)
    assert (0o600, True) == (mode, pem.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----"))


def test_a_wrong_passphrase_is_refused(engine: Engine, tmp_path: Path) -> None:
    create(engine, tmp_path / "kim.pem")
    with pytest.raises(Refused, match="passphrase"):
        load_signer(tmp_path / "kim.pem", "other words")


def test_a_key_file_that_others_can_read_is_refused(engine: Engine, tmp_path: Path) -> None:
    create(engine, tmp_path / "kim.pem")
    (tmp_path / "kim.pem").chmod(0o640)
    with pytest.raises(BadSettings, match="other accounts"):
        load_signer(tmp_path / "kim.pem", "many words")


def test_a_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "kim.pem").touch(mode=0o600)
    with pytest.raises(Refused):
        load_signer(tmp_path / "kim.pem", "many words")


def test_an_existing_file_is_never_overwritten(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "kim.pem").write_text("something else", "utf-8")
    with pytest.raises(BadSettings):
        create(engine, tmp_path / "kim.pem")
    assert "something else" == (tmp_path / "kim.pem").read_text("utf-8")


@pytest.mark.parametrize("name", ["", "../kim", "kim lee", "-kim", "x" * 65])
def test_a_name_is_one_plain_word(engine: Engine, tmp_path: Path, name: str) -> None:
    with pytest.raises(BadSettings, match="name"):
        create(engine, tmp_path / "key.pem", name)


def test_a_name_is_given_once(engine: Engine, tmp_path: Path) -> None:
    create(engine, tmp_path / "kim.pem")
    with pytest.raises(BadSettings, match="already"):
        create(engine, tmp_path / "kim2.pem")


def test_who_is_revoked_acts_no_more(engine: Engine, tmp_path: Path) -> None:
    create(engine, tmp_path / "kim.pem")
    with writing(engine) as connection:
        revoke_operator(connection, "kim", now=NOW)
        with pytest.raises(Refused, match="revoked"):
            current_operator(connection, "kim")
        assert [True] == [one.revoked for one in list_operators(connection)]


def test_nobody_revokes_or_acts_as_somebody_unknown(engine: Engine) -> None:
    with writing(engine) as connection:
        with pytest.raises(Failed):
            revoke_operator(connection, "kim", now=NOW)
        with pytest.raises(Refused):
            current_operator(connection, "kim")
