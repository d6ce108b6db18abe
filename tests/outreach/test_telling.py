"""Who is told, and where, is read from a register that may serve the programme, or not at all."""

from __future__ import annotations

import re
import shutil

import pytest

from data.digests import folder_sha256
from data.errors import Refused
from tests.outreach.post import PACKS
from tests.outreach.town import REFUND, Town


@pytest.mark.parametrize("register", ["contacts", "residents"])
def test_nobody_is_told_of_a_programme_that_the_register_may_not_serve(
    town: Town, monkeypatch: pytest.MonkeyPatch, register: str
) -> None:
    packs = town.root / "packs"
    shutil.copytree(PACKS, packs)
    contract = packs / "kr" / "contracts" / f"{register}.toml"
    text = re.sub(rf'^    "{REFUND}", ', "    ", contract.read_text("utf-8"), flags=re.M)
    contract.write_text(text, "utf-8")
    settings = town.workspace.settings_file
    old, new = (folder_sha256(folder / "kr") for folder in (PACKS, packs))
    settings.write_text(settings.read_text("utf-8").replace(old, new), "utf-8")
    monkeypatch.setattr("tests.outreach.town.PACKS", packs)
    with pytest.raises(Refused, match=rf"{REFUND}: {register}\.") as refused:
        town.plan()
    assert True is str(refused.value.where).endswith(f"{register}.toml")
