"""The pages before the access check: they name no person, programme or amount."""

from __future__ import annotations

from math import ceil

from starlette.responses import Response

from outreach.birth_dates import read_birth_date
from outreach.checks import CHECK_DIGITS, PHONE_DIGITS, check_mac, is_genuine, proof_mac
from outreach.handover import LEASE
from outreach.invitations import open_invitation
from outreach.links import Access, Link, find_link, try_birth_date
from outreach.notices import renew_link
from outreach.stopping import read_stop_token, stop_outreach
from portal.forms import is_token, page_token
from portal.sessions import end_session, start_session
from portal.visits import VERIFY_PATH, Visit, see_other
from templates.views import (
    Form,
    HomeView,
    LandingView,
    LinkExpiredView,
    LinkRenewedView,
    LinkUnknownView,
    LockedView,
    Problem,
    StoppedView,
    StopView,
    VerifiedView,
    VerifyView,
)

ONE_CLICK = "List-Unsubscribe"


def home(visit: Visit) -> Response:
    return visit.page("home", HomeView(frame=visit.frame))


# --- the link and the birth date ------------------------------------------------------------------


def landing(visit: Visit) -> Response:
    """Shows the check number and asks for the birth date; looks, and counts nothing."""
    found = find_link(visit.connection, _link_id(visit), visit.now)
    if found is not None and visit.session and visit.invitation_id == found.invitation_id:
        return see_other("/case")
    return _closed(visit, found) or _landing(visit, found)


def enter(visit: Visit) -> Response:
    """Uses up one try; a right date exchanges the link for a session, and the link leaves the address."""
    found = find_link(visit.connection, _link_id(visit), visit.now)
    if (closed := _closed(visit, found)) is not None:
        return closed
    assert found is not None
    if not _own_form(visit, _link_path(visit)):
        return visit.error(403)
    typed = visit.fields.line("birth_date")
    given = read_birth_date(typed, today=visit.today)
    if not given:
        return _landing(visit, found, typed, Problem.UNREADABLE if typed else Problem.MISSING)
    sealed = open_invitation(visit.connection, visit.portal.key, found.invitation_id)
    access = try_birth_date(visit.connection, found, given=given, sealed=sealed.birth_date, now=visit.now)
    if access is Access.PASSED:
        return _start(visit, found)
    found = find_link(visit.connection, _link_id(visit), visit.now)
    return _closed(visit, found) or _landing(visit, found, typed, Problem.WRONG)


def renew(visit: Visit) -> Response:
    """Sends a new link to the contact on record; says the same whether or not one goes out."""
    visit.path = _link_path(visit)
    found = find_link(visit.connection, _link_id(visit), visit.now)
    if found is None:
        return _unknown(visit)
    if not _own_form(visit, f"{_link_path(visit)}/renew"):
        return visit.error(403)
    if not found.expired:
        return see_other(_link_path(visit))
    renew_link(visit.connection, invitation_id=found.invitation_id, now=visit.now)
    return visit.page("link_renewed", LinkRenewedView(frame=visit.frame))


def _closed(visit: Visit, found: Link | None) -> Response | None:
    """The page of a link that cannot be used now."""
    if found is None:
        return _unknown(visit)
    if found.expired:
        action = f"{_link_path(visit)}/renew"
        view = LinkExpiredView(frame=visit.frame, form=_page_form(visit, action))
        return visit.page("link_expired", view, 410)
    if found.locked_until is not None:
        minutes = ceil((found.locked_until - visit.now).total_seconds() / 60)
        return visit.page("locked", LockedView(frame=visit.frame, minutes=minutes), 429)
    return None


def _landing(visit: Visit, found: Link | None, typed: str = "", problem: Problem | None = None) -> Response:
    assert found is not None
    sealed = open_invitation(visit.connection, visit.portal.key, found.invitation_id)
    view = LandingView(
        frame=visit.frame,
        form=_page_form(visit, _link_path(visit)),
        check_number=sealed.check_number,
        problem=problem,
        typed=typed,
        tries_left=found.tries_left if problem is Problem.WRONG else None,
    )
    return visit.page("landing", view, 422 if problem else 200)


def _start(visit: Visit, found: Link) -> Response:
    if visit.session is not None:
        end_session(visit.connection, visit.session, now=visit.now)
    session_id = start_session(visit.connection, invitation_id=found.invitation_id, now=visit.now)
    response = see_other("/case")
    response.set_cookie(
        visit.portal.cookie,
        session_id,
        httponly=True,
        samesite="lax",
        secure=visit.portal.is_private,
        path="/",
    )
    return response


def _unknown(visit: Visit) -> Response:
    visit.path = "/"  # no page of ours repeats an id that nobody was given
    return visit.page("link_unknown", LinkUnknownView(frame=visit.frame), 404)


def _link_id(visit: Visit) -> str:
    return str(visit.request.path_params["link_id"])


def _link_path(visit: Visit) -> str:
    return f"/r/{_link_id(visit)}"


# --- is this message genuine ------------------------------------------------------------------------


def verify(visit: Visit) -> Response:
    form = _page_form(visit, VERIFY_PATH)
    return visit.page("verify", VerifyView(frame=visit.frame, form=form))


def verified(visit: Visit) -> Response:
    """Whether a message with that number went to that address, and nothing else."""
    if not _own_form(visit, VERIFY_PATH):
        return visit.error(403)
    number, address = visit.fields.line("check_number"), visit.fields.line("phone_last4")
    problems = _verify_problems(number, address)
    if problems:
        form = _page_form(visit, VERIFY_PATH)
        view = VerifyView(visit.frame, form, number, address, problems)
        return visit.page("verify", view, 422)
    asked = check_mac(visit.portal.key, check_number=number, address=""), proof_mac(visit.portal.key, address)
    if not all(visit.portal.checks.take(one) for one in asked):
        return visit.error(429)
    genuine = is_genuine(visit.connection, visit.portal.key, check_number=number, received_at=address)
    return visit.page("verified", VerifiedView(frame=visit.frame, genuine=genuine))


def _verify_problems(number: str, address: str) -> dict[str, Problem]:
    problems = {}
    if _digits(number) != CHECK_DIGITS:
        problems["check_number"] = Problem.UNREADABLE if number else Problem.MISSING
    if "@" not in address and _digits(address) < PHONE_DIGITS:
        problems["phone_last4"] = Problem.UNREADABLE if address else Problem.MISSING
    return problems


def _digits(text: str) -> int:
    return sum(char.isdigit() for char in text)


# --- the stop address of an e-mail ------------------------------------------------------------------


def stop_from_email(visit: Visit) -> Response:
    """Shows a page: a scanner that follows the address stops nothing (RFC 8058)."""
    if read_stop_token(visit.portal.key, _token(visit)) is None:
        return visit.error(404)
    return visit.page("stop", StopView(frame=visit.frame, form=_page_form(visit, _stop_path(visit))))


def stopped_from_email(visit: Visit) -> Response:
    """Stops for a one-click post of an e-mail provider, or for the button on the page."""
    invitation_id = read_stop_token(visit.portal.key, _token(visit))
    if invitation_id is None:
        return visit.error(404)
    body = visit.request.scope["owed.body"]
    if ONE_CLICK.encode() not in body and not _own_form(visit, _stop_path(visit)):
        return visit.error(403)
    stop_outreach(visit.connection, invitation_id=invitation_id, source="email header", now=visit.now)
    return visit.page("stopped", StoppedView(frame=visit.frame, minutes=lease_minutes()))


def lease_minutes() -> int:
    """For how long a message that was marked before a stop may still arrive."""
    return ceil(LEASE.total_seconds() / 60)


def _token(visit: Visit) -> str:
    return str(visit.request.path_params["token"])


def _stop_path(visit: Visit) -> str:
    return f"/stop/{_token(visit)}"


# --- forms without a session --------------------------------------------------------------------------


def _page_form(visit: Visit, action: str) -> Form:
    return Form(action, page_token(visit.portal.key, action))


def _own_form(visit: Visit, action: str) -> bool:
    return is_token(visit.fields.line("csrf"), page_token(visit.portal.key, action))
