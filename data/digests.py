"""Digests of files, folders and documents, the same on every machine."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, read in pieces; 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder_sha256(folder: Path) -> str:
    """SHA-256 over the relative path and bytes of every file below `folder`, caches left out."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            name = path.relative_to(folder).as_posix().encode()
            digest.update(len(name).to_bytes(4, "big") + name + bytes.fromhex(file_sha256(path)))
    return digest.hexdigest()


def canonical_json(document: Any) -> str:
    """JSON with sorted keys and no spaces: the same document is always the same text."""
    return _CANONICAL.encode(document)


def document_sha256(document: Any) -> str:
    """SHA-256 of `canonical_json`; 64 hex digits."""
    return hashlib.sha256(canonical_json(document).encode()).hexdigest()
