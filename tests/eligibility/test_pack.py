"""A pack runs only when it is the one that the settings name, and says what does not fit in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.digests import folder_sha256
from data.errors import BadSettings, Refused
from data.workspace import PackSource, Settings
from eligibility.pack import Pack, load_pack, load_packs
from eligibility.programmes import CURRENCIES
from eligibility.words import MINOR_DIGITS
from tests.eligibility.toypack import RATES, RULES, write_toy_pack

STEP = {"ko": "낸 돈", "en": "paid"}


def settings(*sources: PackSource) -> Settings:
    return Settings({}, "", "Asia/Seoul", ("ko", "en"), 1, "", sources)


def test_a_pack_gives_its_programmes_units_rates_and_contracts(toy_pack: Pack) -> None:
    assert (["toy/space_refund"], ["space"], ["bonus", "interest", "share_back"], 3) == (
        list(toy_pack.programmes),
        list(toy_pack.units),
        sorted(toy_pack.books["toy/space_refund"]),
        len(toy_pack.contracts),
    )


@pytest.mark.parametrize("is_ours", [False, True])
def test_a_pack_that_changed_is_refused_before_a_line_of_it_runs(tmp_path: Path, is_ours: bool) -> None:
    folder = write_toy_pack(tmp_path / "toy")
    named = PackSource("toy", None if is_ours else folder, folder_sha256(folder))
    (folder / "space.py").write_text("raise SystemExit('it ran')", "utf-8")
    with pytest.raises(Refused, match="a file of it changed") as refused:
        load_packs(settings(named), tmp_path)
    assert f"`owed programmes accept {'toy' if is_ours else folder}`" in str(refused.value.mend)


def test_cached_byte_code_beside_a_pack_is_not_run(tmp_path: Path) -> None:
    import py_compile

    folder = write_toy_pack(tmp_path / "toy")
    honest = (folder / "space.py").read_text("utf-8")
    (folder / "space.py").write_text("raise SystemExit('it ran')", "utf-8")
    py_compile.compile(
        str(folder / "space.py"), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
    )
    (folder / "space.py").write_text(honest, "utf-8")
    assert ["toy/space_refund"] == list(load_pack("toy", folder).programmes)


def test_the_rule_version_changes_with_a_rate_and_not_with_a_story(tmp_path: Path) -> None:
    first = load_pack("toy", write_toy_pack(tmp_path / "a"))
    other_rate = load_pack("toy", write_toy_pack(tmp_path / "b", rates=RATES.replace("= 50", "= 51")))
    (tmp_path / "a" / "stories.toml").write_text("", "utf-8")
    other_story = load_pack("toy", tmp_path / "a")
    version = first.versions["toy/space_refund"]
    assert (False, True) == (
        version == other_rate.versions["toy/space_refund"],
        version == other_story.versions["toy/space_refund"],
    )


def test_what_is_secret_in_one_pack_is_secret_in_all(tmp_path: Path) -> None:
    folders = [write_toy_pack(tmp_path / name) for name in ("toy", "other")]
    for path in (one for one in folders[1].rglob("*") if one.suffix in (".py", ".toml")):
        text = path.read_text("utf-8").replace("toy/", "other/").replace("secret = true\n", "")
        path.write_text(text, "utf-8")
    sources = [PackSource(one.name, one, folder_sha256(one)) for one in folders]
    with pytest.raises(BadSettings, match="The identity person is secret in one contract and not") as caught:
        load_packs(settings(*sources), tmp_path)
    assert all(str(one / "contracts") in str(caught.value.where) for one in folders)


def test_what_is_secret_in_one_contract_is_secret_in_all(tmp_path: Path) -> None:
    folder = write_toy_pack(tmp_path / "toy")
    paid = folder / "contracts" / "paid.toml"
    paid.write_text(paid.read_text("utf-8").replace("secret = true\n", ""), "utf-8")
    with pytest.raises(BadSettings, match="person is secret in one of toy/fees and toy/paid") as caught:
        load_packs(settings(PackSource("toy", folder, folder_sha256(folder))), tmp_path)
    assert caught.value.where == str(paid)


def test_two_packs_may_not_have_one_name(tmp_path: Path) -> None:
    folders = [write_toy_pack(tmp_path / name) for name in "ab"]
    sources = [PackSource("toy", folder, folder_sha256(folder)) for folder in folders]
    with pytest.raises(BadSettings, match="Two packs are called toy"):
        load_packs(settings(*sources), tmp_path)


@pytest.mark.parametrize("rates", ["../space.toml", "/etc/space.toml", "__pycache__/space.toml"])
def test_rates_that_no_digest_covers_are_refused(tmp_path: Path, rates: str) -> None:
    folder = write_toy_pack(tmp_path / "toy", rules=RULES.replace('"space.toml"', f'"{rates}"'))
    (tmp_path / "space.toml").write_text(RATES, "utf-8")
    with pytest.raises(BadSettings, match="no file at the top of the pack's folder"):
        load_pack("toy", folder)


@pytest.mark.parametrize("name", ["space.toml", "contracts"])
def test_what_leads_out_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    folder = write_toy_pack(tmp_path / "toy")
    (folder / name).rename(tmp_path / name)
    (folder / name).symlink_to(tmp_path / name)
    with pytest.raises(BadSettings, match="A file of the pack toy leads out of the folder") as error:
        load_pack("toy", folder)
    assert str(folder / name) == error.value.where


def test_what_lies_in_a_cache_is_refused_since_no_digest_covers_it(tmp_path: Path) -> None:
    folder = write_toy_pack(tmp_path / "toy")
    file = folder / "amends" / "__pycache__" / "kr" / "vehicle_tax.toml"
    file.parent.mkdir(parents=True)
    file.write_text("", "utf-8")
    with pytest.raises(BadSettings, match="A file of the pack toy lies in a cache"):
        load_pack("toy", folder)


def test_no_coding_that_a_line_names_makes_other_code_of_a_file(tmp_path: Path) -> None:
    folder = write_toy_pack(tmp_path / "toy")
    (folder / "more.py").write_bytes(b"# coding: utf-7\n# +AAo-raise SystemExit('it ran')+AAo-\n")
    assert ["toy/space_refund"] == list(load_pack("toy", folder).programmes)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('unit="space"', 'unit="garden"', "has no unit garden"),
        ('"toy/space_refund", unit', '"other/space_refund", unit', "whose id names another pack"),
        ('currency="KRW",', 'currency="KRW", assumptions=("weather",),', "the assumption 'weather'"),
        ('currency="KRW"', 'currency="WON"', "its currency is one of KRW, USD, EUR, not 'WON'"),
        ("def fee_was_paid", "def claim_by", "the name claim_by is taken"),
        (
            "@programme.rate_day",
            f"@programme.step(label={STEP})\ndef paid(f, r, on):\n    return f.fee\n\n\n@programme.rate_day",
            "a step paid of toy/space_refund that hides the fact",
        ),
        ("@programme.rate_day", "syntax error here", "does not load"),
        ('law="Ordinance §1"', "law=None", "names its article of law in quotes, not None"),
        (
            'rates="space.toml", law="Ordinance §3"',
            'rates="space.toml", law=3',
            "toy/space_refund names its article of law in quotes, not 3",
        ),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, old: str, new: str, what: str) -> None:
    folder = write_toy_pack(tmp_path / "toy", rules=RULES.replace(old, new))
    with pytest.raises(BadSettings, match=what):
        load_pack("toy", folder)


def test_a_mistake_that_python_finds_is_named_with_its_line(tmp_path: Path) -> None:
    folder = write_toy_pack(tmp_path / "toy", rules=RULES.replace('law="Ordinance §1"', "law=None"))
    with pytest.raises(BadSettings) as error:
        load_pack("toy", folder)
    line = RULES.split('law="Ordinance §1"')[0].count("\n") + 1
    assert f"{folder}/space.py line {line}" == error.value.where


def test_a_pack_whose_folder_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="no pack toy"):
        load_packs(settings(PackSource("toy", None, "")), tmp_path)


def test_every_currency_that_a_programme_may_have_can_be_said() -> None:
    assert set(CURRENCIES) == set(MINOR_DIGITS)
