"""Approval: another person signs exactly this plan; whoever sends verifies it before anything leaves."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, update

from data.clock import micros
from data.errors import Refused
from data.store.tables import plan as plan_table
from data.workspace import Settings, Workspace
from outreach import frozen
from outreach.operators import Operator, Signer, current_operator, find_operator
from outreach.plans import Plan, PlanState, set_state

PURPOSE = "owed plan approval v1"


class Void(Refused):
    """Something the plan froze has changed: it can no longer be approved, a new plan is needed."""


def approve(
    connection: Connection,
    workspace: Workspace,
    plan: Plan,
    *,
    approver: str,
    signer: Signer,
    account: str,
    built_in: Path,
    now: datetime,
) -> bool:
    """Sign a waiting plan, or a paused one to let it go on; whether the two people are proven to be two.

    `account` is the operating-system account that runs this. Raises Refused for the author, an unknown or
    revoked key and a plan that is not waiting, and Void when anything changed; who catches Void commits
    `PlanState.VOID`.
    """
    if plan.state not in {PlanState.WAITING, PlanState.PAUSED}:
        raise Refused(
            f"{plan.label} is {plan.state.value}; only a waiting or a paused plan can be approved.",
            mend=f"`owed campaign show {plan.campaign}` shows the newest plan",
        )
    operator = current_operator(connection, approver)
    author = find_operator(connection, plan.author)
    _refuse_same_person(plan, operator, author, signer)
    refuse_changes(
        connection, workspace, plan, built_in=built_in, before_approval=plan.state is PlanState.WAITING
    )
    proven = _two_accounts(plan, operator, author, account)
    connection.execute(
        update(plan_table)
        .where(plan_table.c.plan_id == plan.plan_id)
        .values(
            state=PlanState.APPROVED.value,
            approver=approver,
            signature=signer.sign(PURPOSE, plan.sha256),
            proven=proven,
            approved_at=micros(now),
        )
    )
    return proven


def refuse_early(connection: Connection, plan: Plan, *, approver: str) -> None:
    """Raises what can be refused before anybody types a passphrase."""
    operator = current_operator(connection, approver)
    _refuse_author(plan, operator, find_operator(connection, plan.author))


def _refuse_same_person(plan: Plan, operator: Operator, author: Operator | None, signer: Signer) -> None:
    if signer.public_key != operator.public_key:
        raise Refused(
            f"The key file does not hold the key of {operator.name}.",
            mend="sign with the key that `owed keys new` made for that name",
        )
    _refuse_author(plan, operator, author)


def _refuse_author(plan: Plan, operator: Operator, author: Operator | None) -> None:
    if operator.name == plan.author or (author is not None and author.public_key == operator.public_key):
        raise Refused(
            "The author of a plan cannot approve it.", mend="ask another operator to read and approve it"
        )


def _two_accounts(plan: Plan, operator: Operator, author: Operator | None, account: str) -> bool:
    """Whether author and approver made their keys, planned and approved under accounts that differ."""
    authors = {plan.author_account} | ({author.account} if author is not None else set())
    return not authors & {operator.account, account}


def refuse_changes(
    connection: Connection, workspace: Workspace, plan: Plan, *, built_in: Path, before_approval: bool
) -> None:
    """Raises Void, naming what changed since the plan was made."""
    changed = frozen.changes(connection, workspace, plan, built_in=built_in, before_approval=before_approval)
    if changed:
        raise Void(
            f"{plan.label} no longer is what was planned. Changed: {', '.join(changed)}.",
            mend=f"put it back as it was, or make a new plan: owed campaign plan {plan.campaign} --as NAME",
        )


def void(connection: Connection, plan: Plan) -> None:
    """A plan that waited for a signature and changed meanwhile never gets one."""
    if plan.state is PlanState.WAITING:
        set_state(connection, plan.plan_id, PlanState.VOID)


def verify(connection: Connection, workspace: Workspace, plan: Plan, *, built_in: Path) -> None:
    """Raises Refused unless a valid key signed exactly this plan and nothing it froze has changed."""
    if not plan.state.may_send or plan.approver is None or plan.signature is None:
        raise Refused(f"{plan.label} is not approved.", mend=f"owed campaign approve {plan.campaign}")
    operator = find_operator(connection, plan.approver)
    if operator is None or operator.revoked or plan.approver == plan.author:
        raise Refused(
            f"The key that approved {plan.label} is unknown, revoked or its author's.",
            mend="make a new plan and have it approved under a valid key",
        )
    if not operator.signed(PURPOSE, plan.sha256, plan.signature):
        raise Refused(f"The signature on {plan.label} does not hold.", mend="make a new plan")
    refuse_changes(connection, workspace, plan, built_in=built_in, before_approval=False)


def may_use(plan: Plan, settings: Settings, *, local_only: bool) -> bool:
    """Whether a plan may go through a channel: an unproven one only through one that leaves no machine."""
    return bool(plan.proven) or local_only or frozen.allows_unproven(settings)
