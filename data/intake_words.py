"""What an operator is told of a file that came in, line by line."""

from __future__ import annotations

from collections.abc import Iterator

from data.batch import Batch


def lines_of(batch: Batch, seconds: float) -> Iterator[str]:
    """What became of a file, and how that compares with the delivery before."""
    yield _first(batch, seconds)
    yield from _beside(batch)
    yield _in_a_line(batch)
    more = f" ({batch.accepted - batch.before.rows:+,})" if batch.before else ""
    yield f"  accepted    {batch.accepted:>10,}{more}"
    yield f"  quarantined {batch.quarantined:>10,}"
    yield f"  duplicates  {batch.duplicates:>10,}"
    for reason, count in batch.reasons.items():
        yield f"    {reason}: {count:,}{' (new)' if batch.before and reason in batch.new_reasons else ''}"
    for note, count in batch.notes.items():
        yield f"  noted: {note}: {count:,}"
    if batch.reading.get("lacking"):
        yield f"  not in the file, and unknown in every row: {', '.join(batch.reading['lacking'])}"
    for gate in batch.accepted_gates:
        yield f"  passed the gate {gate} on your word"


def _first(batch: Batch, seconds: float) -> str:
    if batch.confirmed:
        return f"The same rows as {batch.batch_id}: the register is as fresh as {batch.extracted_on}."
    if batch.already:
        taken = (
            f"This file was taken in before, as {batch.batch_id} with the extract of {batch.extracted_on}."
        )
        return f"{taken} {'No row' if batch.accepted_gates else 'Nothing'} was changed."
    speed = f", {batch.rows_in / seconds:,.0f} rows/s" if seconds >= 1 else ""
    return f"Took in {batch.file_name} as {batch.batch_id}{speed}."


def _beside(batch: Batch) -> Iterator[str]:
    """How it stands to other deliveries of its register."""
    if batch.in_force:
        yield (
            f"It does not stand for the register: {batch.in_force}, the extract of {batch.in_force_on}, is in"
            f" force. To make this file count, take it in with --extracted-on {batch.in_force_on} or later."
        )
    if batch.again is not None:
        yield f"The same bytes were taken in before, as {batch.again.batch_id}; this takes its place."
    if batch.again is not None and batch.again.waived:
        yield f"  waived there, and waived again: {batch.again.waived:,}"
    if batch.again is not None and batch.again.mended:
        yield (
            f"  mended there, and now as the file has them: {batch.again.mended:,}; mend them again in a"
            f" sheet of this delivery (`owed quarantine export {batch.batch_id}`, then `retry`)"
        )
    for part in batch.outdated_parts:
        yield (
            f"The part {part} left out rows that the delivery before this one had, or came under the contract"
            f" as it was before: take {part} in again. Until then absence means nothing in the register."
        )


def _in_a_line(batch: Batch) -> str:
    """34,112 rows (+212 against the extract of 2026-10-01), 18 quarantined (+3, 2 new reasons)"""
    rows, quarantined = f"{batch.rows_in:,} rows", f"{batch.quarantined:,} quarantined"
    if batch.before is None:
        return f"{rows}, {quarantined}"
    new = len(batch.new_reasons)
    reasons = f", {new} new reason{'' if new == 1 else 's'}" if batch.quarantined else ""
    against = f"{batch.rows_in - batch.before.rows_in:+,} against the extract of {batch.before.extracted_on}"
    return f"{rows} ({against}), {quarantined} ({batch.quarantined - batch.before.quarantined:+,}{reasons})"
