"""A contract as an Open Data Contract Standard document (v3.1.0, bitol-io), for catalogues of others."""

from __future__ import annotations

from typing import Any

import polars as pl

from data.contract import Column, Contract
from data.digests import file_sha256

API_VERSION = "v3.1.0"
_TYPES: dict[Any, str] = {pl.String: "string", pl.Int64: "integer", pl.Date: "date", pl.Boolean: "boolean"}


def as_odcs(contract: Contract) -> dict[str, Any]:
    """The document. What the standard has no word for stands in `customProperties`.

    `version` is a digest of the contract's file: any change is another version.
    """
    return {
        "apiVersion": API_VERSION,
        "kind": "DataContract",
        "id": contract.name,
        "name": contract.title["en"],
        "version": file_sha256(contract.path)[:16],
        "status": "active",
        "domain": contract.name.split("/")[0],
        "description": {
            "purpose": f"{contract.source}. {contract.legal_basis}",
            "usage": "; ".join(contract.programmes),
            **_limitations(contract),
        },
        "schema": [_schema(contract)],
        "slaProperties": [
            {"property": "latency", "value": contract.max_age_days, "unit": "d", "element": contract.register}
        ],
        "customProperties": _custom(
            legalBasis=contract.legal_basis,
            source=contract.source,
            titleKo=contract.title["ko"],
            programmes=list(contract.programmes),
            complete=contract.complete,
            maxQuarantined=contract.max_quarantined,
            maxJump=contract.max_jump,
            keeps=contract.keeps,
            parts=list(contract.parts),
            constants={name: _plain(value) for name, value in contract.constants.items()},
        ),
    }


def _limitations(contract: Contract) -> dict[str, str]:
    said = [words["en"] for words in contract.assumptions.values()]
    return {"limitations": " ".join(said)} if said else {}


def _schema(contract: Contract) -> dict[str, Any]:
    return {
        "name": contract.register,
        "logicalType": "object",
        "physicalType": "file",
        "businessName": contract.title["en"],
        "properties": [_property(contract, column) for column in contract.columns],
        "quality": _quality(contract),
    }


def _quality(contract: Contract) -> list[dict[str, Any]]:
    least: dict[str, Any] = {"metric": "rowCount", "mustBeGreaterOrEqualTo": contract.fewest_rows}
    rules = [least]
    if contract.most_rows is not None:
        rules.append({"metric": "rowCount", "mustBeLessOrEqualTo": contract.most_rows})
    if contract.unique:
        unique = {"properties": list(contract.unique)}
        rules.append({"metric": "duplicateValues", "arguments": unique, "mustBe": 0})
    return rules


def _property(contract: Contract, column: Column) -> dict[str, Any]:
    key = contract.unique.index(column.name) + 1 if column.name in contract.unique else None
    served = contract.programmes if column.programmes is None else column.programmes
    described = {
        "name": column.name,
        "physicalName": column.in_file,
        "logicalType": _TYPES[column.parser.dtype],
        "physicalType": "text",
        "description": f"Is {column.parser.words['en']}.",
        "required": column.required,
        "classification": _classification(column),
        "logicalTypeOptions": _options(column),
        "relationships": [{"to": to} for to in _points_to(contract, column)],
        "customProperties": _custom(
            parser=column.parser.spec, identity=column.identity, programmes=list(served)
        ),
    }
    keyed = {"primaryKey": True, "primaryKeyPosition": key} if key is not None else {}
    return {name: value for name, value in described.items() if value not in ({}, [])} | keyed


def _classification(column: Column) -> str:
    if column.vault or column.secret:
        return "restricted"
    return "confidential" if column.identity is not None else "internal"


def _options(column: Column) -> dict[str, Any]:
    """Bounds, and the form in which a text stands in the file."""
    bounds = {"minimum": column.minimum, "maximum": column.maximum}
    options = {name: _plain(value) for name, value in bounds.items() if value is not None}
    kind, _, argument = column.parser.spec.partition(":")
    if kind == "pattern":
        options["pattern"] = f"^(?:{argument})$"
    if kind == "one_of":
        options["pattern"] = "^(?:" + "|".join(argument.split(",")) + ")$"
    return options


def _points_to(contract: Contract, column: Column) -> list[str]:
    """The columns of other registers in which this one's values are found."""
    group = contract.group
    found = [f"{one.register}.{one.key}" for one in contract.foreign if one.column == column.name]
    if group is not None and group.register is not None and group.column == column.name:
        found.append(f"{group.register}.{group.key}")
    return list(dict.fromkeys(found))


def _custom(**values: Any) -> list[dict[str, Any]]:
    return [
        {"property": name, "value": value} for name, value in values.items() if value not in (None, [], {})
    ]


def _plain(value: Any) -> Any:
    return value if isinstance(value, (int, str, bool)) else value.isoformat()
