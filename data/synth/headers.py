"""Each register's columns, canonical name -> header in the file, as the contracts have them."""

from __future__ import annotations

from collections.abc import Mapping

_AMERICAN = {
    "farms": ("farm", "operator", "county", "year", "grazing_acres", "acres_per_animal"),
    "herds": ("farm", "kind", "head", "held_since"),
    "droughts": ("farm", "level", "began_on", "weeks"),
}

# Registers in the order in which they can be taken in.
HEADERS: Mapping[str, Mapping[str, str]] = {
    "residents": {
        "resident": "주민등록번호", "household": "세대번호", "birth_date": "생년월일", "sex": "성별",
        "status": "상태", "status_date": "상태일자", "protected": "보호대상", "language": "안내언어",
        "name": "성명", "address": "주소",
    },
    "households": {
        "household": "세대번호", "region": "행정동코드", "region_class": "지역구분",
        "head": "세대주주민등록번호", "in_need": "고시대상세대", "size": "세대원수",
    },
    "vehicles": {
        "vehicle": "자동차등록번호", "owner": "소유자주민등록번호", "engine_cc": "배기량", "use": "용도",
        "kind": "차종", "first_registered": "최초등록일", "acquired_on": "취득일", "ended_on": "종료일",
        "end_reason": "종료사유",
    },
    "bills": {
        "bill": "전자납부번호", "vehicle": "자동차등록번호", "payer": "납세자주민등록번호",
        "tax_year": "과세연도", "kind": "과세기분", "vehicle_tax": "자동차세", "education_tax": "지방교육세",
        "billed_on": "고지일",
    },
    "payments": {
        "payment": "납부확인번호", "bill": "전자납부번호", "payer": "납부자주민등록번호",
        "vehicle_tax": "자동차세", "education_tax": "지방교육세", "paid_on": "수납일",
    },
    "passed_prepayments": {
        "vehicle": "자동차등록번호", "payer": "양도인주민등록번호", "tax_year": "과세연도",
        "agreed": "승계동의", "agreed_on": "확인일",
    },
    "contacts": {"resident": "주민등록번호", "channel": "수단", "consent": "수신동의", "address": "연락처"},
    "means_tests": {
        "resident": "주민등록번호", "assessed_on": "조사일", "couple": "부부가구",
        "recognised_income": "소득인정액", "national_pension": "국민연금급여액",
        "special_pension": "직역연금여부", "spouse_birth_date": "배우자생년월일",
        "spouse_receives": "배우자기초연금",
    },
    "benefits": {
        "resident": "주민등록번호", "benefit": "급여종류", "since": "지급개시일", "until": "지급종료일",
    },
    "disabilities": {"resident": "주민등록번호", "severe": "심한장애", "registered_on": "등록일"},
    "pregnancies": {"resident": "주민등록번호", "due_on": "분만예정일"},
    "children": {
        "child": "아동주민등록번호", "guardian": "보호자주민등록번호", "birth_date": "생년월일",
        "reported_on": "출생신고일", "in_daycare": "보육이용", "abroad_since": "출국일",
    },
    "copayments": {
        "settlement": "정산번호", "resident": "주민등록번호", "year": "진료연도",
        "covered_paid": "본인일부부담금", "decile": "소득분위", "long_stay": "요양병원장기",
        "refunded": "기지급액", "settled_on": "정산일",
    },
    "arrears": {
        "arrear": "체납번호", "payer": "납세자주민등록번호", "amount": "체납액", "due_on": "납부기한",
    },
    "employers": {
        "employer": "사업장관리번호", "size_class": "기업규모", "opened_on": "성립일", "name": "사업장명",
    },
    "measures": {
        "measure": "신고번호", "employer": "사업장관리번호", "month": "조치월", "filed_on": "신고일",
        "cause": "사유", "days_used": "기지원일수", "claimed_on": "지원금신청일",
    },
    "staff_months": {
        "employer": "사업장관리번호", "employee": "근로자주민등록번호", "month": "근로월",
        "insured_days": "피보험일수", "hours_normal": "소정근로시간", "hours_worked": "실근로시간",
        "days_cut": "조치일수", "compensation": "휴업수당",
    },
    "departures": {
        "employer": "사업장관리번호", "employee": "근로자주민등록번호", "left_on": "이직일",
        "reason": "이직사유",
    },
    **{register: {name: name for name in names} for register, names in _AMERICAN.items()},
}  # fmt: skip

CONTRACTS: Mapping[str, str] = {
    register: f"{'us' if register in _AMERICAN else 'kr'}/{register}" for register in HEADERS
}
"""The contract that takes in each register's file."""

DAYS = frozenset({
    "birth_date", "status_date", "first_registered", "acquired_on", "ended_on", "billed_on", "paid_on",
    "agreed_on", "assessed_on", "since", "until", "registered_on", "due_on", "reported_on", "abroad_since",
    "settled_on", "opened_on", "month", "filed_on", "claimed_on", "left_on", "held_since", "began_on",
    "spouse_birth_date",
})  # fmt: skip
"""The columns that hold days."""
