"""What a mail looks like on the wire, and what each reply of a mail server means."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from channels.channel import Channel, Envelope, InvalidSettings, OutcomeKind, UnsupportedOption
from channels.mime import Sender, build
from channels.registry import open_channel
from tests.channels.mailserver import DROP, LATE, LATE_BY, SILENCE, MailServer
from tests.channels.sending import EMAIL, TEXT, mail, send, send_batches

NOW = 1_782_957_600.0
SENDER = Sender("가온시", "notice@gaon.example")


def channel_to(server: MailServer, environment: dict[str, str] | None = None, **settings: Any) -> Channel:
    table = {key: value for key, value in server.settings(**settings).items() if value is not None}
    return open_channel("smtp", table, environment or {}, outbox=Path("unused"), now=lambda: NOW)


def test_a_mail_has_the_headers_a_reader_and_a_mailbox_need(mail_server: MailServer) -> None:
    stop = {
        "List-Unsubscribe": "<https://gaon.example/" + "s" * 120 + ">",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    send(channel_to(mail_server), mail("m-7", attempt=2, headers=stop))
    received = mail_server.accepted[0]
    expected = {
        "From": "가온시 <notice@gaon.example>",
        "To": EMAIL,
        "Subject": "자동차세 환급 안내",
        "Date": "Thu, 02 Jul 2026 02:00:00 -0000",
        "Message-ID": "<m-7.2@gaon.example>",
        "Auto-Submitted": "auto-generated",
        **stop,
        "MIME-Version": "1.0",
    }
    assert expected == {name: str(received[name]) for name in expected}


def test_text_and_html_are_two_forms_of_one_mail(mail_server: MailServer) -> None:
    send(channel_to(mail_server), mail())
    parts = [(part.get_content_type(), part.get_content()) for part in mail_server.accepted[0].iter_parts()]
    assert [("text/plain", TEXT), ("text/html", f"<p>{TEXT}</p>")] == parts


def test_a_mail_without_html_is_plain_text(mail_server: MailServer) -> None:
    send(channel_to(mail_server), mail(html=None))
    received = mail_server.accepted[0]
    assert ("text/plain", TEXT) == (received.get_content_type(), received.get_content().rstrip("\n"))


def test_no_line_of_a_mail_is_too_long_or_begins_with_a_dot() -> None:
    text = ".\r\n.\n" + "가나다 " * 2000
    lines = build(mail(text=text, subject="환급 " * 60), SENDER, at=NOW).split(b"\r\n")
    broken = [line for line in lines if len(line) > 998 or line.startswith(b".") or b"\n" in line]
    assert [] == broken


@pytest.mark.parametrize("name", ["가온시", "Gaon City", "City (Tax) <x>", 'O"Brien, Tax', ""])
@pytest.mark.parametrize("subject", ["자동차세 환급 안내 " * 6, "Refund", "Re: a, b; c", "=?utf-8?b?x?="])
def test_names_and_subjects_come_back_as_they_were(mail_server: MailServer, name: str, subject: str) -> None:
    sender = f'"{name}" <notice@gaon.example>'.replace('O"B', 'O\\"B')
    send(channel_to(mail_server, sender=sender), mail(subject=subject))
    received = mail_server.accepted[0]
    (address,) = received["From"].addresses
    assert (name, subject.rstrip()) == (address.display_name, str(received["Subject"]).rstrip())


@pytest.mark.parametrize(
    "more",
    [
        {"subject": "one\r\nBcc: other@gaon.example"},
        {"subject": "one\nline"},
        {"subject": None},
        {"headers": {"X-Note": "a\r\nBcc: other@gaon.example"}},
        {"headers": {"X-Note\r\nBcc": "other@gaon.example"}},
        {"headers": {"bcc": "other@gaon.example"}},
        {"headers": {"Content-Type": "text/html"}},
        {"headers": {"X-Note": "가"}},
        {"headers": {"X-Note": "a" * 901}},
    ],
)
def test_nothing_can_be_slipped_into_the_headers(mail_server: MailServer, more: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedOption):
        send(channel_to(mail_server), mail(**more))
    assert 0 == mail_server.connections


@pytest.mark.parametrize(
    ("step", "reply", "kind", "code"),
    [
        ("MAIL", "451 4.3.0 later", OutcomeKind.NOT_SENT, "451 4.3.0"),
        ("MAIL", "550 5.1.8 sender unknown", OutcomeKind.ACCOUNT, "550 5.1.8"),
        ("MAIL", "530 log in first", OutcomeKind.ACCOUNT, "530"),
        ("RCPT", "450 4.2.1 greylisted", OutcomeKind.NOT_SENT, "450 4.2.1"),
        ("RCPT", f"550 5.1.1 {EMAIL} is nobody", OutcomeKind.REJECTED, "550 5.1.1"),
        ("RCPT", "553 no such mailbox", OutcomeKind.REJECTED, "553"),
        ("RCPT", "550 5.7.1 relaying denied", OutcomeKind.ACCOUNT, "550 5.7.1"),
        ("RCPT", "421 4.3.2 going down", OutcomeKind.NOT_SENT, "421 4.3.2"),
        ("DATA", "452 4.3.1 no room", OutcomeKind.NOT_SENT, "452 4.3.1"),
        ("DATA", "554 5.6.0 not taken", OutcomeKind.REJECTED, "554 5.6.0"),
        ("DATA", "550 5.7.26 not authenticated", OutcomeKind.ACCOUNT, "550 5.7.26"),
        ("DATA", SILENCE, OutcomeKind.UNCERTAIN, "SMTPReadTimeoutError"),
        ("DATA", DROP, OutcomeKind.UNCERTAIN, "SMTPServerDisconnected"),
        ("DATA", "354 what now", OutcomeKind.UNCERTAIN, "354"),
        ("MAIL", SILENCE, OutcomeKind.NOT_SENT, "SMTPReadTimeoutError"),
        ("RCPT", SILENCE, OutcomeKind.NOT_SENT, "SMTPReadTimeoutError"),
        ("RCPT", DROP, OutcomeKind.NOT_SENT, "SMTPServerDisconnected"),
    ],
)
def test_each_reply_has_one_meaning(
    mail_server: MailServer, step: str, reply: str, kind: OutcomeKind, code: str
) -> None:
    mail_server.replies[step].append(reply)
    (outcome,) = send(channel_to(mail_server, timeout=0.4), mail())
    assert (kind, code) == (outcome.kind, outcome.code)


def test_a_refused_recipient_does_not_cost_the_connection(mail_server: MailServer) -> None:
    mail_server.replies["RCPT"].append("550 5.1.1 nobody")
    outcomes = send_batches(channel_to(mail_server), [[mail("m-1")], [mail("m-2")]])
    kinds = [outcome.kind for outcome in outcomes]
    assert ([OutcomeKind.REJECTED, OutcomeKind.ACCEPTED], 1) == (kinds, mail_server.connections)


def test_a_late_answer_is_not_taken_for_the_next_mails(mail_server: MailServer) -> None:
    mail_server.replies["DATA"].append(LATE)
    batches = [[mail("m-1")], [mail("m-2")]]
    outcomes = send_batches(channel_to(mail_server, timeout=LATE_BY - 0.2), batches)
    expected = [OutcomeKind.UNCERTAIN, OutcomeKind.ACCEPTED]
    assert expected == [outcome.kind for outcome in outcomes]


def test_a_mail_held_back_at_the_last_moment_is_taken_back_whole(mail_server: MailServer) -> None:
    allowed = iter([False, True])

    def ready(_: Envelope) -> bool:
        return next(allowed)

    outcomes = send_batches(channel_to(mail_server), [[mail("m-1")], [mail("m-2")]], ready=ready)
    expected = ([OutcomeKind.NOT_SENT, OutcomeKind.ACCEPTED], ["<m-2.1@gaon.example>"])
    received = [str(taken["Message-ID"]) for taken in mail_server.accepted]
    assert expected == ([outcome.kind for outcome in outcomes], received)


@pytest.mark.parametrize(
    ("password", "kind", "code"),
    [("right", OutcomeKind.ACCEPTED, "250 2.0.0"), ("wrong", OutcomeKind.ACCOUNT, "535 5.7.8")],
)
def test_a_login_that_fails_concerns_the_account(password: str, kind: OutcomeKind, code: str) -> None:
    with MailServer(password="right") as server:
        login = {"username": "gaon", "password_env": "OWED_TEST_SMTP"}
        (outcome,) = send(channel_to(server, {"OWED_TEST_SMTP": password}, **login), mail())
    assert (kind, code) == (outcome.kind, outcome.code)


def test_a_server_without_encryption_gets_nothing_when_it_is_asked_for(mail_server: MailServer) -> None:
    (outcome,) = send(channel_to(mail_server, tls="starttls"), mail())
    assert (OutcomeKind.ACCOUNT, []) == (outcome.kind, mail_server.accepted)


def test_a_certificate_nobody_vouches_for_gets_nothing(tmp_path: Path) -> None:
    with MailServer(tls=_self_signed(tmp_path)) as server:
        (outcome,) = send(channel_to(server, tls="starttls"), mail())
        assert (OutcomeKind.NOT_SENT, []) == (outcome.kind, server.accepted)


def test_starttls_encrypts_to_a_server_that_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = _self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    with MailServer(tls=context) as server:
        (outcome,) = send(channel_to(server, tls="starttls"), mail())
        assert (OutcomeKind.ACCEPTED, 1) == (outcome.kind, len(server.accepted))


def _self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    secret = folder / "key.pem"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, secret)
    return context


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"host": None}, "host"),
        ({"port": "25"}, "port"),
        ({"sender": None}, "sender"),
        ({"sender": "홍길동@gaon.example"}, "sender"),
        ({"tls": "ssl"}, "tls"),
        ({"host": "mail.gaon.example", "password_env": "OWED_TEST_SMTP"}, "tls"),
    ],
)
def test_settings_that_cannot_be_used_are_named(settings: dict[str, Any], key: str) -> None:
    with pytest.raises(InvalidSettings) as refused:
        channel_to(MailServer(), {"OWED_TEST_SMTP": "secret"}, **{"port": 25, **settings})
    assert ("smtp", key) == (refused.value.channel, refused.value.key)
