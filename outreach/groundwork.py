"""Brings together what a plan is made from: campaign, packs, the last compared scan, people, channels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from data.clock import Clock
from data.errors import BadSettings, Failed, Refused
from data.keys import KeyUse
from data.registers import check_fresh
from data.store.engine import reading
from data.vault import Vault
from data.workspace import Settings, Workspace
from eligibility.explain import explain_entitlements
from eligibility.ground import Showing
from eligibility.holds import refuse_held
from eligibility.pack import Packs, load_packs
from eligibility.runs import Run
from eligibility.sequence import last_compared
from outreach.campaigns import Campaign, campaign_file
from outreach.exits import open_exit
from outreach.people import People
from outreach.planning import Planner
from outreach.sealing import Explained, ProgrammeWords, Sealer
from outreach.telling import check_telling, telling_of
from templates.render import LANGUAGES, Renderer


def last_compared_run(workspace: Workspace, engine: Engine) -> Run:
    """The scan that `owed diff` compared last. Raises Failed when there is none."""
    with reading(engine) as connection:
        last = last_compared(connection)
    if last is None:
        raise Failed(
            "No scan has been compared with the one before.", mend="run `owed scan`, then `owed diff`"
        )
    return Run.open(workspace, last.run_id, engine=engine)


def current_renderer(workspace: Workspace, built_in: Path) -> Renderer:
    """The templates as they are now: the agency's own, the packs' words, those that Owed brings."""
    words = {one.name: one.resolve(built_in) / "messages" for one in workspace.settings().packs}
    return Renderer(search=[workspace.root / "templates"], packs=words)


@contextmanager
def planner_of(
    workspace: Workspace,
    engine: Engine,
    campaign: Campaign,
    *,
    author: str,
    account: str,
    built_in: Path,
    environment: Mapping[str, str],
    clock: Clock,
    showing: Showing,
) -> Iterator[Planner]:
    """Everything `make_plan` needs, with the vault open. Raises what is missing or contradicts itself."""
    settings = workspace.settings()
    packs, run = load_packs(settings, built_in), last_compared_run(workspace, engine)
    with reading(engine) as connection:
        refuse_held(workspace, connection, run)
    _check(campaign, run, campaign_file(workspace, campaign.name))
    _check_languages(campaign, settings)
    telling = telling_of(workspace, engine, packs.contracts)
    with Vault.open(workspace) as vault:
        sealer = _sealer(settings, campaign, packs, vault)
        to_people = [name for name in campaign.programmes if name not in sealer.not_to_people]
        check_telling(to_people, telling, packs.contracts)
        check_fresh(telling, packs.contracts, clock().astimezone(ZoneInfo(settings.time_zone)).date())
        yield Planner(
            workspace=workspace,
            engine=engine,
            key=workspace.key(KeyUse.INVITATIONS),
            built_in=built_in,
            clock=clock,
            campaign=campaign,
            run=run,
            people=People(workspace, telling, vault),
            sealer=sealer,
            explain=_Explainer(workspace, engine, packs, run, showing),
            channels={
                name: open_exit(workspace, name, environment=environment, clock=clock)
                for name in campaign.channels
            },
            source=current_renderer(workspace, built_in),
            author=author,
            account=account,
        )


def _sealer(settings: Settings, campaign: Campaign, packs: Packs, vault: Vault) -> Sealer:
    return Sealer(
        agency=settings.authority,
        languages=campaign.languages,
        words={name: ProgrammeWords.read(packs, name) for name in campaign.programmes},
        titles={programme.id: programme.title for _, programme in packs},
        vault=vault,
    )


class _Explainer:
    """Explains entitlements of one run."""

    def __init__(
        self, workspace: Workspace, engine: Engine, packs: Packs, run: Run, showing: Showing
    ) -> None:
        self._of = (workspace, engine, packs)
        self._run, self._showing = run, showing

    def __call__(self, entitlement_ids: Sequence[str]) -> Iterator[Explained]:
        workspace, engine, packs = self._of
        yield from explain_entitlements(
            workspace, engine, packs, run=self._run, entitlement_ids=entitlement_ids, showing=self._showing
        )


def _check(campaign: Campaign, run: Run, path: Path) -> None:
    if not campaign.legal_basis:
        raise Refused(
            "The campaign does not say on which legal basis the authority writes to people.",
            where=f"{path}: legal_basis",
            mend="name the law or the decision",
        )
    for name in campaign.programmes:
        if name not in run.programmes:
            raise Failed(
                f"The scan {run.run_id} did not run {name}.",
                where=f"{path}: programmes",
                mend=f"owed scan --programme {name}, then owed diff",
            )
    currencies = {run.programmes[name]["currency"] for name in campaign.programmes}
    if len(currencies) > 1:
        raise BadSettings(
            f"The programmes pay in {' and '.join(sorted(currencies))}: a sum of both means nothing.",
            where=f"{path}: programmes",
            mend="make a campaign for each currency",
        )
    open_rates = {
        f"{name}:{rate}" for name in campaign.programmes for rate in run.programmes[name]["unconfirmed_rates"]
    }
    for problem in sorted(set(campaign.accept_unconfirmed) - open_rates):
        raise BadSettings(
            f"accept_unconfirmed names {problem}, which is no unconfirmed rate of these programmes.",
            where=str(path),
            mend=f"there are: {', '.join(sorted(open_rates)) or 'none'}",
        )


def _check_languages(campaign: Campaign, settings: Settings) -> None:
    known = [lang for lang in LANGUAGES if lang in settings.authority]
    for lang in campaign.languages:
        if lang not in known:
            raise BadSettings(
                f"There are no messages in the language {lang}, or the authority has no name in it.",
                where=f"campaign {campaign.name}: languages",
                mend=f"choose from {', '.join(known)}",
            )
