"""What people give as a reason: words that are kept and shown, and so name nobody."""

from __future__ import annotations

import re
import unicodedata

from data.errors import BadSettings

_NATIONAL_ID = re.compile(r"(?<!\d)\d{6}[\s\u2010-\u2015\u2212-]*\d{7}(?!\d)|(?<!\d)(?:\d[\s-]?){12}\d(?!\d)")

_BATCH = re.compile(r"(?<![\w-])\d{8}-[0-9a-f]{8}(?![\w-])")  # a delivery's name may be all digits


def reason_of(text: str) -> str:
    """The words on one line. Raises BadSettings where thirteen digits stand in them, as in a national id.

    They go into manifests, plans, pages and the audit record, from which nothing can be taken out again.
    """
    words = " ".join(text.split())
    if _NATIONAL_ID.search(_BATCH.sub("", unicodedata.normalize("NFKC", words))):
        raise BadSettings(
            "The reason has thirteen digits, as a resident number has; it is kept and shown to others.",
            mend="say why without naming anybody; name rows by their lines",
        )
    return words
