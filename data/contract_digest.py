"""The digest of a contract: it changes with what decides which rows a file becomes, and with nothing else."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from data.contract import Column, Contract
from data.digests import document_sha256
from data.parsers import Parser

_DECIDE = "name register complete unique keeps parts".split()
_OF_A_COLUMN = "name in_file required identity secret vault zeros".split()


def contract_sha256(contract: Contract) -> str:
    """Two contracts of one digest make the same rows of the same file.

    Titles, legal basis, programmes, limits on age and number and the group are left out: they are asked
    anew at each intake or scan, and a file need not come again for them.
    """
    return document_sha256(
        {
            **{name: getattr(contract, name) for name in _DECIDE},
            "columns": [_column(one) for one in contract.columns],
            "constants": {name: [type(one).__name__, str(one)] for name, one in contract.constants.items()},
            "foreign": [asdict(one) for one in contract.foreign],
            "shape": contract.shape.document(),
        }
    )


def _column(column: Column) -> dict[str, Any]:
    limits = {"min": column.minimum, "max": column.maximum}
    return {
        **{name: getattr(column, name) for name in _OF_A_COLUMN},
        **{name: None if limit is None else str(limit) for name, limit in limits.items()},
        "parser": _parser(column.parser),
    }


def _parser(parser: Parser) -> Any:
    if parser.choices is None:
        return parser.spec
    return {"by": parser.by, **{name: _parser(one) for name, one in parser.choices.items()}}
