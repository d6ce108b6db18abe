"""One made-up view for every page, document and message, in both languages, errors included."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from templates import documents, message_views, views
from templates.views import Problem, Stage

PACKS = Path(__file__).resolve().parents[2] / "eligibility" / "packs"
KST = timezone(timedelta(hours=9))
NOON = datetime(2026, 7, 3, 12, 20, tzinfo=KST)


class Samples:
    """Everything below in one language."""

    def __init__(self, lang: str) -> None:
        self.lang = lang

    def say(self, ko: str, en: str) -> str:
        return ko if self.lang == "ko" else en

    def pages(self) -> dict[str, tuple[str, object]]:
        """Case name -> (page name, view)."""
        return self.before_the_check() | self.after_the_check() | self.papers()

    def frame(self, *, session: bool = False) -> views.Frame:
        other = "en" if self.lang == "ko" else "ko"
        return views.Frame(
            agency=self.say("가온시", "Gaon City"),
            phone="02-0000-0120",
            languages=(views.LanguageLink(other, f"?lang={other}"),),
            leave=views.Form("/leave", "0f" * 16) if session else None,
        )

    def before_the_check(self) -> dict[str, tuple[str, object]]:
        frame, form = self.frame(), views.Form("/r/open", "0f" * 16)
        landing = views.LandingView(frame, form, "473921")
        wrong = views.LandingView(
            frame, form, "473921", problem=Problem.WRONG, typed="19580326", tries_left=1
        )
        verify = views.VerifyView(frame, form)
        verify_wrong = views.VerifyView(
            frame,
            form,
            check_number="12",
            problems={"check_number": Problem.UNREADABLE, "phone_last4": Problem.MISSING},
        )
        return {
            "home": ("home", views.HomeView(frame)),
            "landing": ("landing", landing),
            "landing_wrong": ("landing", wrong),
            "landing_missing": ("landing", views.LandingView(frame, form, "473921", problem=Problem.MISSING)),
            "locked": ("locked", views.LockedView(frame, 15)),
            "link_expired": ("link_expired", views.LinkExpiredView(frame, form)),
            "link_renewed": ("link_renewed", views.LinkRenewedView(frame)),
            "link_unknown": ("link_unknown", views.LinkUnknownView(frame)),
            "session_ended": ("session_ended", views.SessionEndedView(frame)),
            "session_left": ("session_ended", views.SessionEndedView(frame, left=True)),
            "verify": ("verify", verify),
            "verify_wrong": ("verify", verify_wrong),
            "verified_yes": ("verified", views.VerifiedView(frame, True)),
            "verified_no": ("verified", views.VerifiedView(frame, False)),
            "stop_without_check": ("stop", views.StopView(frame, form)),
        } | {
            f"error_{code}": ("error", views.ErrorView(frame, code))
            for code in (403, 404, 405, 408, 413, 422, 429, 500, 503)
        }

    def after_the_check(self) -> dict[str, tuple[str, object]]:
        frame, form = self.frame(session=True), views.Form("/case", "0f" * 16)
        return {
            "case": ("case", self.case((self.refund(),))),
            "case_two": ("case", self.case((self.refund(), self.other_sum()), problem=Problem.TOO_LONG)),
            "case_in_full": ("case", self.case((self.monthly_case(date(2026, 8, 30)),))),
            "case_months_lost": ("case", self.case((self.monthly_case(None),))),
            "case_kinds": ("case", self.case((self.refund(), self.monthly_case(date(2026, 8, 30))))),
            "case_bounds": ("case", self.case((self.bounded(300), replace(self.other_sum(), offset=None)))),
            "submitted": ("submitted", self.submitted()),
            "already_submitted": (
                "already_submitted",
                views.AlreadySubmittedView(frame, "K7MP29QX", NOON, "/status"),
            ),
            "status_applied": ("status", self.status(Stage.APPLIED)),
            "status_granted": ("status", self.status(Stage.GRANTED)),
            "status_refused": ("status", self.status(Stage.REFUSED)),
            "question": ("question", views.QuestionView(frame, form, back="/case", reply_days=7)),
            "question_missing": (
                "question",
                views.QuestionView(frame, form, back="/case", reply_days=7, problem=Problem.MISSING),
            ),
            "question_long": (
                "question",
                views.QuestionView(frame, form, back="/case", reply_days=7, problem=Problem.TOO_LONG),
            ),
            "question_sent": ("question_sent", views.QuestionSentView(frame, date(2026, 7, 10), "/case")),
            "stop": ("stop", views.StopView(frame, form, back="/case")),
            "stopped": ("stopped", views.StoppedView(frame, 5)),
        }

    def case(
        self, findings: tuple[views.FindingView, ...], *, problem: Problem | None = None
    ) -> views.CaseView:
        return views.CaseView(
            frame=self.frame(session=True),
            form=views.Form("/case", "0f" * 16),
            name=self.say("홍길동", "Hong Gildong"),
            findings=findings,
            question="/question",
            stop="/stop",
            problem=problem,
        )

    def monthly_case(self, claim_by: date | None) -> views.FindingView:
        title = self.say("아동수당", "Child allowance")
        return replace(
            self.refund(),
            programme="kr/child_allowance",
            title=title,
            period="",
            amount=100_000,
            parts=(views.PartView(title, 100_000, "아동수당법 §4①"),),
            claim_by=claim_by,
            accrual=None,
            per="month",
            months_lost=True,
        )

    def refund(self) -> views.FindingView:
        say, bills, vehicles = self.say, self.say("자동차세 고지", "Vehicle tax bills"), "자동차등록원부"
        vehicles = say("자동차등록원부", "Vehicle register")
        extracted = date(2026, 7, 2)

        def fact(name: str, label: str, value: views.FactValue, unit: str, register: str) -> views.FactView:
            return views.FactView(f"e1.{name}", name, label, value, unit, register, extracted)

        return views.FindingView(
            programme="kr/vehicle_tax_refund",
            title=say("자동차세 연납 환급", "Vehicle tax refund"),
            period="2026",
            law="지방세법 §130③",
            authority=say("시장·군수·구청장", "The mayor or head of district"),
            amount=250130,
            currency="KRW",
            parts=(
                views.PartView(say("자동차세", "Vehicle tax"), 192410, "지방세법 §130③"),
                views.PartView(say("지방교육세", "Local education tax"), 57720, "지방세법 §151①"),
            ),
            reasons=(
                views.ReasonView(
                    say("한 해 자동차세를 미리 냈습니다", "The year's tax was paid in advance"),
                    "지방세법 §128③",
                ),
                views.ReasonView(
                    say(
                        "그해에 차를 넘기거나 폐차했습니다",
                        "The vehicle was transferred or scrapped that year",
                    ),
                    "지방세법 §130③",
                ),
            ),
            facts=(
                fact("tax_year", say("과세 연도", "Tax year"), 2026, "", bills),
                fact("paid", say("납부한 자동차세", "Vehicle tax paid"), 381690, "KRW", bills),
                fact("engine_cc", say("배기량", "Engine size"), 2000, "cc", vehicles),
                fact("use", say("용도", "Use"), say("비영업용", "private"), "", vehicles),
                fact("ended_on", say("이전된 날", "Day of transfer"), "2026-07-01", "", vehicles),
                fact("passed", say("양수인에게 넘김", "Passed to the buyer"), False, "", vehicles),
            ),
            claim_by=date(2031, 7, 1),
            accrual=views.AccrualView(date(2026, 7, 2), 310, "지방세기본법 §62"),
            assumptions=(
                say(
                    "이전 등록을 한 날은 새 주인이 가진 날로 보았습니다.",
                    "The day of registration counts as the buyer's.",
                ),
            ),
        )

    def other_sum(self) -> views.FindingView:
        """A finding of a programme without words of its own."""
        return views.FindingView(
            programme="kr/double_payment",
            title=self.say("이중 납부 환급", "Refund of a double payment"),
            period="2025",
            law="지방세기본법 §60",
            authority=self.say("시장·군수·구청장", "The mayor or head of district"),
            amount=37200,
            currency="KRW",
            parts=(views.PartView(self.say("자동차세", "Vehicle tax"), 37200, "지방세기본법 §60①"),),
            reasons=(
                views.ReasonView(self.say("같은 고지를 두 번 냈습니다", "One bill was paid twice"), "§60①"),
            ),
            facts=(
                views.FactView(
                    "e2.paid_twice",
                    "paid_twice",
                    self.say("두 번째 납부", "Second payment"),
                    None,
                    "KRW",
                    self.say("납부 기록", "Payments"),
                    date(2026, 7, 2),
                    disputed=True,
                ),
            ),
            claim_by=date(2030, 12, 31),
        )

    def submitted(self) -> views.SubmittedView:
        return views.SubmittedView(
            self.frame(session=True),
            "K7MP29QX",
            NOON,
            "/status",
            "/question",
            contact="010-****-1234",
            decide_by=date(2026, 7, 20),
        )

    def status(self, stage: Stage) -> views.StatusView:
        decided = None if stage is Stage.APPLIED else date(2026, 7, 15)
        reason = self.say(
            "차를 넘길 때 미리 낸 세금을 새 주인이 낸 것으로 하기로 동의하셨습니다.",
            "You agreed that the tax paid in advance counts as the buyer's.",
        )
        item = views.StatusItem(
            programme="kr/vehicle_tax_refund",
            title=self.say("자동차세 연납 환급", "Vehicle tax refund"),
            currency="KRW",
            applied_amount=250130,
            stage=stage,
            amount=248000 if stage is Stage.GRANTED else None,
            decided_on=decided,
            authority=self.say("가온시 세정과", "Gaon City tax office"),
            reason=reason if stage is Stage.REFUSED else None,
            disputed=stage is Stage.APPLIED,
        )
        return views.StatusView(
            self.frame(session=True),
            "K7MP29QX",
            NOON,
            (item,),
            "/question",
            "/stop",
            decide_by=date(2026, 7, 20),
        )

    def papers(self) -> dict[str, tuple[str, object]]:
        return {
            "plan": ("plan", self.plan(None)),
            "plan_approved": ("plan", self.plan(documents.Approval("lee", NOON, False))),
            "report": ("report", self.report()),
        }

    def lines(self) -> tuple[documents.Line, ...]:
        return (
            documents.Line("to_tell", 1204, {"KRW": {"once": 182_403_120, "month": 3_500_000}}),
            documents.Line("no_contact", 61, {"KRW": {"once": 9_210_330}}),
            documents.Line("not_yet_claimable", 8, {"KRW": {"once": 800_000}}, {date(2027, 1, 1): 8}),
            documents.Line("consent_refused", 12, {"KRW": {"once": 1_832_000}}),
            documents.Line("deceased", 3, {"KRW": {"once": 512_110}}),
        )

    def plan(self, approval: documents.Approval | None) -> documents.PlanView:
        rates = (
            documents.PlanRate(
                name="refund_basis",
                label=self.say("연납 환급액 계산 방법", "how the refund is reckoned"),
                value=(self.say("갖고 있지 않은 날수만큼", "the share of the days without the vehicle"),),
                since=date(2011, 1, 1),
                law="지방세법 §130③",
                confirmed=False,
            ),
            documents.PlanRate(
                name="education_tax",
                label=self.say("지방교육세율", "local education tax"),
                value=(self.say("비영업용 30%", "private: 30%"), self.say("영업용 0%", "business: 0%")),
                since=date(2025, 3, 21),
                law="지방세법 §151①7",
                confirmed=True,
            ),
        )
        programme = documents.PlanProgramme(
            "kr/vehicle_tax_refund",
            self.say("자동차세 연납 환급", "Vehicle tax refund"),
            "지방세법 §130③",
            "2026.1",
            1204,
            1213,
            182_403_120,
            "KRW",
            rates,
            (self.refund().assumptions[0],),
            particulars=documents.Particulars(
                at_least=4,
                set_off=12,
                set_off_amount=340_000,
                set_off_unknown=2,
                instead_of={self.say("이중 납부 환급", "Refund of a double payment"): 7},
                with_day=1213,
                first_day=date(2026, 9, 1),
            ),
        )
        allowance = documents.PlanProgramme(
            "kr/child_allowance",
            self.say("아동수당", "Child allowance"),
            "아동수당법 §4",
            "2026.1",
            30,
            35,
            3_500_000,
            "KRW",
            (),
            per="month",
            particulars=documents.Particulars(
                at_most=True,
                months_lost=True,
                with_day=5,
                first_day=date(2026, 8, 30),
                after={self.say("기초연금", "Basic pension"): (9, 3)},
            ),
        )
        return documents.PlanView(
            agency=self.say("가온시", "Gaon City"),
            campaign="vehicle_refund_2026",
            number=3,
            sha256="5e" * 32,
            author="kim",
            made_at=NOON,
            as_of=date(2026, 7, 2),
            run="2026-07-02-1",
            legal_basis="지방세기본법 §60, §64③",
            contact_mode="link",
            languages=("ko", "en"),
            lines=self.lines(),
            channels=(
                documents.PlanChannel("twilio", "+82200000120", 1100, 3300, 264000, "KRW"),
                documents.PlanChannel("smtp", "owed@gaon.example", 104, 104, None, "KRW"),
            ),
            programmes=(programme, allowance),
            accepted_rates=("refund_basis",),
            first_day=NOON.date(),
            last_day=NOON.date() + timedelta(days=14),
            quiet_hours="21:00–08:00",
            quiet_weekends=True,
            quiet_days=(date(2026, 7, 17),),
            time_zone="Asia/Seoul",
            portal="https://gaon.example/",
            standing=documents.Standing(("receipt", "renewed_link", "notice"), 2000, date(2026, 12, 31)),
            samples=(
                documents.Sample(
                    "invitation", "ko", "text", "[가온시] 자동차세 환급금 …\n둘째 줄", 120, 180, 3
                ),
                documents.Sample("invitation", "ko", "text", "[가온시] 또 …", 90, 150, 2, special=True),
                documents.Sample(
                    "invitation", "en", "email", "Vehicle tax refund", 500, 500, None, "Subject", "1.html"
                ),
            ),
            hashes=(documents.Hash("templates", "ab" * 32), documents.Hash("pack", "cd" * 32, "kr")),
            approve_command="owed campaign approve vehicle_refund_2026 3",
            warnings=("plain_http", "unproven", "unconfirmed"),
            held=(self.held(),),
            passed=(self.passed(),),
            approval=approval,
        )

    def held(self) -> documents.Held:
        return documents.Held(
            title=self.say("자동차세 연납 환급", "Vehicle tax refund"),
            found_before=1000, found=1280, amount_before=151_000_000, amount=193_000_000,
            currency="KRW", per="once",
            accepted_by="kim", accepted_on=date(2026, 7, 2),
            reason=self.say("이전 등록이 한꺼번에 처리됨", "a backlog of transfers was cleared"),
        )  # fmt: skip

    def passed(self) -> documents.Passed:
        reason = self.say("시스템 교체 중", "the system is being replaced")
        return documents.Passed("residents", "stale", "lee", date(2026, 7, 2), reason)

    def report(self) -> documents.ReportView:
        ways = (("told", 1204), ("delivered", 1150), ("passed", 640), ("applied", 512), ("granted", 398))
        steps = tuple(
            documents.Step(name, people, {"KRW": {"once": people * 151_000, "month": people * 11_000}})
            for name, people in ways
        )
        return documents.ReportView(
            agency=self.say("가온시", "Gaon City"),
            campaign="vehicle_refund_2026",
            plan=3,
            plan_sha256="5e" * 32,
            author="kim",
            approver=None,
            proven=False,
            made_at=NOON,
            as_of=date(2026, 7, 2),
            held=(self.held(),),
            passed=(self.passed(),),
            found=1280,
            lines=(documents.Line("told", 1204, {"KRW": {"once": 182_403_120}}), *self.lines()[1:]),
            steps=steps,
            programmes=(
                documents.ReportProgramme(
                    "kr/vehicle_tax_refund",
                    self.say("자동차세 연납 환급", "Vehicle tax refund"),
                    "지방세법 §130③",
                    "KRW",
                    steps,
                    7,
                ),
            ),
            messages=(documents.Count("delivered", 1150), documents.Count("uncertain", 2)),
            cases=(),
            refused=7,
            undecided=107,
        )

    def bounded(self, offset: int) -> views.FindingView:
        """A lower bound, of which some goes to arrears, and which excludes another benefit."""
        refund = self.refund()
        open_part = views.PartView(self.say("가산금", "Supplement"), None, "지방세법 §130③")
        return replace(
            refund,
            parts=(*refund.parts, open_part),
            at_least=True,
            offset=offset,
            instead_of={"kr/double_payment": self.say("이중 납부 환급", "Refund of a double payment")},
        )

    # --- messages

    def sender(self, *, stop: bool = False) -> message_views.Sender:
        return message_views.Sender(
            agency=self.say("가온시", "Gaon City"),
            phone="02-0000-0120",
            check_number="473921",
            link="https://gaon.example/r/aB3dE5gH7jK9mN2pQ4rS",
            stop="https://gaon.example/stop/aB3dE5gH7jK9mN2pQ4rS" if stop else None,
        )

    def found(self, *, interest: bool = True) -> message_views.MessageFinding:
        return message_views.MessageFinding(
            "kr/vehicle_tax_refund",
            self.say("자동차세 연납 환급", "Vehicle tax refund"),
            250130,
            "KRW",
            date(2031, 7, 1),
            views.AccrualView(date(2026, 7, 2), 310, "지방세기본법 §62") if interest else None,
        )

    def bound(self) -> message_views.MessageFinding:
        titles = {"kr/double_payment": self.say("이중 납부 환급", "Refund of a double payment")}
        return replace(self.found(interest=False), at_least=True, offset=130, instead_of=titles)

    def monthly(self, claim_by: date | None) -> message_views.MessageFinding:
        title = self.say("아동수당", "Child allowance")
        return message_views.MessageFinding(
            "kr/child_allowance", title, 250130, "KRW", claim_by, per="month", months_lost=True
        )

    def discount(self) -> message_views.MessageFinding:
        title = self.say("통신요금 감면", "Lower telephone charges")
        return message_views.MessageFinding(
            "kr/telecom_discount", title, 12100, "KRW", None, per="month", at_most=True
        )

    def messages(self, form: str) -> dict[str, tuple[str, object]]:
        """Case name -> (kind, view)."""
        sender = self.sender(stop=form == "email")
        title = self.say("자동차세 연납 환급", "Vehicle tax refund")
        other = message_views.MessageFinding(
            "kr/double_payment",
            self.say("이중 납부 환급", "Refund of a double payment"),
            37200,
            "KRW",
            date(2030, 12, 31),
        )
        until = date(2026, 10, 1)

        def telling(*findings: message_views.MessageFinding) -> tuple[str, object]:
            return "invitation", message_views.InvitationMessage(sender, findings, until)

        return {
            "invitation_in_full": telling(self.monthly(date(2026, 8, 30))),
            "invitation_months_lost": telling(self.monthly(None)),
            "invitation_at_most": telling(self.discount()),
            "invitation_kinds": telling(self.found(), self.monthly(date(2026, 8, 30))),
            "invitation": ("invitation", message_views.InvitationMessage(sender, (self.found(),), until)),
            "invitation_bare": (
                "invitation",
                message_views.InvitationMessage(sender, (self.found(interest=False),)),
            ),
            "invitation_two": ("invitation", message_views.InvitationMessage(sender, (self.found(), other))),
            "invitation_bounds": (
                "invitation",
                message_views.InvitationMessage(sender, (self.bound(),), until),
            ),
            "invitation_bounds_two": (
                "invitation",
                message_views.InvitationMessage(sender, (self.bound(), other)),
            ),
            "receipt": (
                "receipt",
                message_views.ReceiptMessage(sender, "K7MP29QX", NOON, (title,), date(2026, 7, 20)),
            ),
            "notice": ("notice", message_views.NoticeMessage(sender, "K7MP29QX", (title,))),
            "renewed_link": ("renewed_link", message_views.RenewedLinkMessage(sender, until)),
        }


ALL: dict[str, Samples] = {lang: Samples(lang) for lang in ("ko", "en")}
