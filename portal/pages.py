"""The pages after the access check: one's own case, its application, a question, a stop."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from starlette.responses import Response

from outreach.applications import (
    NOTE_LIMIT,
    Application,
    Confirmation,
    find_application,
    open_findings,
    submit,
)
from outreach.cases import CaseKind, open_case
from outreach.decision_releases import released_decisions
from outreach.invitations import open_invitation
from outreach.stopping import stop_outreach
from portal.contents import finding_view, read_disputes, status_items
from portal.entrance import lease_minutes
from portal.forms import is_token, text_problem
from portal.sessions import end_session
from portal.visits import Visit, see_other
from templates.figures import mask_contact
from templates.views import (
    AlreadySubmittedView,
    CaseView,
    Problem,
    QuestionSentView,
    QuestionView,
    SessionEndedView,
    StatusView,
    StoppedView,
    StopView,
    SubmittedView,
)

QUESTION_LIMIT = 1000
REPLY_DAYS = 14  # 민원 처리에 관한 법률 시행령 §14: questions about law and their meaning

CASE, STATUS, QUESTION, STOP = "/case", "/status", "/question", "/stop"


# --- the case and its application -----------------------------------------------------------------


def case(visit: Visit) -> Response:
    """What the person is owed and why; once applied for, the status."""
    return see_other(STATUS) if _application(visit) else _case(visit)


def confirm(visit: Visit) -> Response:
    """Takes the application: one for each invitation, however often the button is pressed."""
    if not _own_form(visit):
        return visit.error(403)
    note = visit.fields.text("note")
    problem = text_problem(note, limit=NOTE_LIMIT, required=False)
    if problem and not _application(visit):
        return _case(visit, note, problem)
    confirmation = Confirmation(
        language=visit.lang,
        disputed=read_disputes(visit.sealed.findings, visit.fields.each("dispute")),
        note=note,
    )
    done = submit(
        visit.connection,
        visit.portal.key,
        invitation_id=visit.invitation_id,
        confirmation=confirmation,
        now=visit.now,
    )
    return see_other("/submitted") if done.first_time else _already(visit)


def submitted(visit: Visit) -> Response:
    """The reference, and where the receipt goes."""
    applied = _application(visit)
    if applied is None:
        return see_other(CASE)
    view = SubmittedView(
        frame=visit.frame,
        reference=applied.reference,
        submitted_at=visit.local(applied.submitted_at),
        status=STATUS,
        question=QUESTION,
        contact=mask_contact(visit.sealed.address),
        disputed=any(applied.items.values()),
    )
    return visit.page("submitted", view)


def status(visit: Visit) -> Response:
    """How far the application has come; a decision is shown once a second person released it."""
    applied = _application(visit)
    if applied is None:
        return see_other(CASE)
    sealed = open_invitation(visit.connection, visit.portal.key, applied.invitation_id)
    decided = released_decisions(
        visit.connection,
        visit.portal.key,
        application_id=applied.application_id,
        invitation_id=applied.invitation_id,
    )
    view = StatusView(
        frame=visit.frame,
        reference=applied.reference,
        submitted_at=visit.local(applied.submitted_at),
        items=status_items(sealed, applied, decided, visit.lang),
        question=QUESTION,
        stop=STOP,
    )
    return visit.page("status", view)


def _case(visit: Visit, note: str = "", problem: Problem | None = None) -> Response:
    disputed = frozenset(visit.fields.each("dispute")) if problem else frozenset()
    findings = open_findings(visit.connection, visit.sealed)
    view = CaseView(
        frame=visit.frame,
        form=visit.form(CASE),
        name=visit.sealed.name,
        findings=tuple(finding_view(one, visit.lang, disputed) for one in findings),
        question=QUESTION,
        stop=STOP,
        note=note,
        note_limit=NOTE_LIMIT,
        problem=problem,
    )
    return visit.page("case", view, 422 if problem else 200)


def _already(visit: Visit) -> Response:
    applied = _application(visit)
    assert applied is not None
    view = AlreadySubmittedView(
        frame=visit.frame,
        reference=applied.reference,
        submitted_at=visit.local(applied.submitted_at),
        status=STATUS,
    )
    return visit.page("already_submitted", view)


def _application(visit: Visit) -> Application | None:
    return find_application(visit.connection, visit.invitation_id, visit.sealed)


# --- a question, a stop, leaving ------------------------------------------------------------------


def question(visit: Visit) -> Response:
    return _question(visit)


def ask(visit: Visit) -> Response:
    """Opens a case for a person at the office; the same words twice open one."""
    if not _own_form(visit):
        return visit.error(403)
    text = visit.fields.text("question")
    problem = text_problem(text, limit=QUESTION_LIMIT, required=True)
    if problem:
        return _question(visit, text, problem)
    same = hashlib.sha256(text.encode()).hexdigest()[:16]
    open_case(
        visit.connection,
        kind=CaseKind.QUESTION,
        dedupe_key=f"question:{visit.invitation_id}:{same}",
        invitation_id=visit.invitation_id,
        text=text,
        key=visit.portal.key,
        now=visit.now,
    )
    reply_by = visit.today + timedelta(days=REPLY_DAYS)
    return visit.page("question_sent", QuestionSentView(visit.frame, reply_by=reply_by, back=CASE))


def stop(visit: Visit) -> Response:
    return visit.page("stop", StopView(frame=visit.frame, form=visit.form(STOP), back=CASE))


def stopped(visit: Visit) -> Response:
    """No more invitations from this moment; the person's own application goes on."""
    if not _own_form(visit):
        return visit.error(403)
    stop_outreach(visit.connection, invitation_id=visit.invitation_id, source="page", now=visit.now)
    return visit.page("stopped", StoppedView(frame=visit.frame, minutes=lease_minutes()))


def leave(visit: Visit) -> Response:
    """Ends the session and has the browser forget it."""
    if visit.session is not None:
        if not _own_form(visit):
            return visit.error(403)
        end_session(visit.connection, visit.session, now=visit.now)
    lang = visit.lang
    visit.session, visit.path = None, "/"
    visit.lang = lang
    response = visit.page("session_ended", SessionEndedView(frame=visit.frame, left=True))
    response.delete_cookie(
        visit.portal.cookie, path="/", secure=visit.portal.is_private, httponly=True, samesite="lax"
    )
    response.headers["clear-site-data"] = '"storage"'
    return response


def _question(visit: Visit, typed: str = "", problem: Problem | None = None) -> Response:
    view = QuestionView(
        frame=visit.frame,
        form=visit.form(QUESTION),
        back=CASE,
        reply_days=REPLY_DAYS,
        typed=typed,
        limit=QUESTION_LIMIT,
        problem=problem,
    )
    return visit.page("question", view, 422 if problem else 200)


def _own_form(visit: Visit) -> bool:
    assert visit.session is not None
    return is_token(visit.fields.line("csrf"), visit.session.csrf)
