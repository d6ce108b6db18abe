"""The sentences of an explanation, in Korean and English."""

from __future__ import annotations

from eligibility.facts import Words

SENTENCES: dict[str, Words] = {
    "entitled": {"ko": "받을 수 있습니다", "en": "entitled"},
    "not_entitled": {"ko": "받을 수 없습니다", "en": "not entitled"},
    "unknown": {
        "ko": "아직 알 수 없습니다",
        "en": "cannot be told yet",
    },
    "as_of": {"ko": "{day} 기준", "en": "as of {day}"},
    "amount": {"ko": "금액은 {per}{amount}입니다{note}.", "en": "The amount is {amount}{per}{note}."},
    "amount_if": {"ko": "받게 되면 {per}{amount}입니다{note}.", "en": "It would be {amount}{per}{note}."},
    "by_unconfirmed": {
        "ko": "(확인되지 않은 기준으로 계산)",
        "en": ", reckoned with rates that nobody has confirmed",
    },
    "for_year": {"ko": "{year}년분 ", "en": " for {year}"},
    "undecided": {"ko": "금액은 심사에서 정해집니다.", "en": "The amount is decided with the application."},
    "offset": {
        "ko": "이 가운데 {amount}은 밀린 돈을 갚는 데 먼저 씁니다.",
        "en": "Of it {amount} goes first to what is still owed.",
    },
    "offset_unknown": {
        "ko": "밀린 돈이 있으면 그만큼 먼저 뺍니다. 있는지는 알 수 없습니다.",
        "en": "What is still owed would be taken off it first; whether anything is, is not known.",
    },
    "after": {"ko": "먼저 결정되어야 하는 것: {programmes}.", "en": "To be granted first: {programmes}."},
    "at_most": {"ko": "많아야 {amount}", "en": "at most {amount}"},
    "at_least": {"ko": "적어도 {amount}", "en": "at least {amount}"},
    "claim_from": {"ko": "{day}부터 신청할 수 있습니다.", "en": "It can be claimed from {day} on."},
    "part": {"ko": "{label} {amount} ({law})", "en": "{label}: {amount} ({law})"},
    "interest": {
        "ko": "여기에 {day}부터 이자가 붙습니다. 이율은 연 {rate}입니다({law}).",
        "en": "Interest runs from {day} at {rate} a year ({law}).",
    },
    "claim_by": {"ko": "{day}까지 신청할 수 있습니다.", "en": "It can be claimed until {day}."},
    "in_full_until": {
        "ko": "{day}까지 신청하면 처음부터 받습니다. 그 뒤에도 신청할 수 있으나 신청한 달부터 받습니다.",
        "en": "Claimed by {day}, it is paid from the start. It can be claimed later, too, and is then "
        "paid only from the month of the claim.",
    },
    "months_lost": {
        "ko": "신청한 달부터 받으므로, 늦게 신청하면 앞의 달 몫을 받지 못할 수 있습니다.",
        "en": "It is paid from the month of the claim: the months before it can be lost.",
    },
    "true": {"ko": "충족", "en": "yes"},
    "false": {"ko": "미충족", "en": "no"},
    "null": {"ko": "알 수 없음", "en": "not known"},
    "criteria": {"ko": "조건", "en": "Conditions"},
    "steps": {"ko": "계산 과정", "en": "How it is worked out"},
    "facts": {"ko": "근거가 된 자료", "en": "What the records say"},
    "missing": {"ko": "판단하는 데 모자란 것: {facts}.", "en": "What is missing to tell: {facts}."},
    "lacks_too": {
        "ko": "{programme}({id}) 판단에 모자란 것",
        "en": "what is missing to tell of: {programme} ({id})",
    },
    "settles": {"ko": "이것만 알려지면 판단할 수 있습니다: {facts}.", "en": "What would settle it: {facts}."},
    "settles_each": {
        "ko": "이 가운데 하나만 알려져도 판단할 수 있습니다: {facts}.",
        "en": "Any one of these would settle it: {facts}.",
    },
    "open": {
        "ko": "자료를 더 받아도 아직 정해지지 않습니다. 때가 되거나 담당 기관이 심사해야 알 수 있습니다.",
        "en": "No further record settles it yet: time does, or the office that decides.",
    },
    "no_value": {
        "ko": "{day}에 적용할 기준값이 등록되어 있지 않습니다: {rates}.",
        "en": "No value is on file for {day}: {rates}.",
    },
    "no_value_on": {"ko": "{day}의 값 없음", "en": "no value for {day}"},
    "impossible": {
        "ko": "이 자료로는 계산할 수 없습니다. 잘못된 값이 있을 수 있습니다: {facts}.",
        "en": "It cannot be reckoned with what the records say; a value may be wrong: {facts}.",
    },
    "negative": {
        "ko": "금액이 0원보다 적게 나와 알릴 수 없습니다. 자료에 잘못된 값이 있을 수 있습니다: {facts}.",
        "en": "The amount comes out below nothing, so it cannot be told; a value may be wrong: {facts}.",
    },
    "why_not": {"ko": "충족하지 못한 조건: {criteria}.", "en": "What is not met: {criteria}."},
    "assumed": {
        "ko": "자료로 알 수 없어 전제한 것",
        "en": "Taken for granted, as the records cannot show it",
    },
    "rates": {"ko": "적용한 기준", "en": "Rates applied"},
    "since": {"ko": "{day}부터", "en": "since {day}"},
    "unconfirmed": {"ko": "확인되지 않음", "en": "not confirmed"},
    "source": {"ko": "{register}, {day} 자료", "en": "{register}, extracted on {day}"},
    "found": {"ko": "함께 판단한 {programme}", "en": "as found of {programme}"},
    "never": {"ko": "{register}, 받은 자료 없음", "en": "{register}, never received"},
    "yes": {"ko": "예", "en": "yes"},
    "no": {"ko": "아니요", "en": "no"},
    "year": {"ko": "{year}년", "en": "{year}"},
    "up_to": {"ko": "{bound}까지 {value}", "en": "up to {bound}: {value}"},
    "above": {"ko": "{bound} 초과 {value}", "en": "above {bound}: {value}"},
    "per": {"ko": "{unit}당 {value}", "en": "{value} per {unit}"},
    "named": {"ko": "{name} {value}", "en": "{name}: {value}"},
}
