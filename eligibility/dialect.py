"""The Python of packs: with which names rules are written, and what would go past the language of rules.

Terms keep unknown unknown and know no clock and no fraction. What asks Python instead of a term decides once
for all rows; what reaches outside may give something else tomorrow. Both are refused, by file and line.
"""

from __future__ import annotations

import ast
import builtins
import collections.abc
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

from eligibility import facts, logic
from eligibility.packcode import text_of


def _defined_in(module: ModuleType) -> frozenset[str]:
    """The public functions and classes of a module, without what it imports itself."""
    found = {name for name, one in vars(module).items() if getattr(one, "__module__", "") == module.__name__}
    return frozenset(name for name in found if not name.startswith("_"))


NAMES: Mapping[str, frozenset[str]] = {
    "__future__": frozenset({"annotations"}),
    "collections.abc": frozenset(collections.abc.__all__),
    "dataclasses": frozenset({"dataclass", "field", "replace"}),
    "datetime": frozenset({"date"}),
    "functools": frozenset({"partial", "reduce"}),
    "itertools": frozenset(
        "accumulate chain combinations pairwise product repeat starmap zip_longest".split()
    ),
    "typing": frozenset("Any Final Literal NamedTuple TypeVar".split()),
    "eligibility.facts": _defined_in(facts)
    | {"Condition", "LANGUAGES", "Match", "UNKNOWN", "Value", "Words"},
    "eligibility.logic": _defined_in(logic) | {"UNKNOWN_TRUTH"},
    "eligibility.programmes": frozenset({"FactsOf", "Programme"}),
    "eligibility.rates": frozenset({"RatesOn"}),
    "eligibility.terms": frozenset({"Kind", "PackMistake", "Term", "Value", "term", "unknown"}),
}
"""What a pack may import, by module."""

BUILTINS = frozenset(
    "all any bool dict enumerate filter frozenset int len list map max min object property range reversed set"
    " sorted staticmethod str sum tuple zip".split()
)
"""Of Python's own functions those that reckon with what they are given and ask nobody else."""

FEW = 12
CLOCKS = frozenset("now today utcnow fromtimestamp time monotonic".split())
_CODING = re.compile(r"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_TEXTS = frozenset({"format", "format_map"})
_INSIDES = frozenset("cr_frame f_back f_builtins f_globals f_locals gi_code gi_frame mro tb_frame".split())
_TRUTHS = frozenset({"already", "criterion"})
_ASKED = "asks Python, not the records, and gives the same for everybody"
_IS = f"`is` {_ASKED}; whether a cell is filled is a fact: Fact(…, source=present(…))"
_STATEMENTS: Mapping[type[ast.AST], str] = {
    ast.Try: "`try` hides what a rule must not ask; use choose, all_of, any_of",
    ast.TryStar: "`try` hides what a rule must not ask; use choose, all_of, any_of",
    ast.With: "`with` is no part of a rule; use choose, all_of, any_of",
    ast.Match: f"`match` {_ASKED}; use choose and one_of",
    ast.AsyncFunctionDef: "a rule waits for nobody; write `def`",
    ast.Global: "`global` is no part of a rule; a rule gives its value back",
}


def foreign_code(folder: Path) -> Iterator[str]:
    """In words, all code in a pack's folder that is not the language of rules, each with file and line."""
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder).as_posix()
        if path.parent != folder:
            yield f"{name} line 1: lies below the pack's folder, where nothing is loaded; move it up or away"
            continue
        try:
            text = text_of(path.read_bytes())
            tree = ast.parse(text)
        except UnicodeDecodeError:
            yield f"{name} line 1: is not UTF-8; save it as UTF-8"
            continue
        except (SyntaxError, ValueError) as error:
            yield f"{name} line {getattr(error, 'lineno', None) or 1}: is not Python: {error}"
            continue
        yield from (f"{name} {what}" for what in _coding(text))
        for node in sorted(ast.walk(tree), key=_line):
            for what in _foreign(node):
                yield f"{name} line {_line(node)}: {what}"


def _coding(text: str) -> Iterator[str]:
    """A line that names another coding than the one in which packs are read: it would show other code."""
    for number, line in enumerate(text.splitlines()[:2], 1):
        named = _CODING.match(line)
        if named and named[1].lower().replace("_", "-") not in ("utf-8", "utf8"):
            yield f"line {number}: names the coding {named[1]}; a pack is UTF-8, take the line away"


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 1))


def _foreign(node: ast.AST) -> Iterator[str]:
    if type(node) in _STATEMENTS:
        yield _STATEMENTS[type(node)]
    elif isinstance(node, ast.Compare):
        yield from (_IS for one in node.ops if isinstance(one, (ast.Is, ast.IsNot)))
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from _imported(node)
    elif isinstance(node, ast.Name):
        yield from _named(node.id)
    elif isinstance(node, ast.Attribute):
        yield from _asked(node.attr)
    elif isinstance(node, ast.FunctionDef):
        yield from _returned(node)
    else:
        yield from _written(node)


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (f"imports {one.name}; write `from … import` of what a pack may use" for one in node.names)
        return
    if node.level == 1:
        yield from (f"imports {one.name}" for one in node.names if one.name.startswith(("__", "*")))
        return
    may = frozenset() if node.level else NAMES.get(str(node.module), frozenset())
    if not may:
        module = "." * node.level + (node.module or "")
        yield f"imports from {module}; a pack imports from its own modules and {', '.join(sorted(NAMES))}"
        return
    for one in node.names:
        if one.name not in may:
            yield f"imports {one.name} from {node.module}; {_few(may)}"


def _few(names: frozenset[str]) -> str:
    """What may be imported, where that is said in a line."""
    few = len(names) <= FEW
    return (
        f"from there it may have {', '.join(sorted(names))}"
        if few
        else "it has nothing of that name for packs"
    )


def _named(name: str) -> Iterator[str]:
    if name.startswith("__"):
        yield f"{name} is Python's own; a rule has no use for it"
    elif name == "getattr":
        yield 'getattr is not for rules; a fact whose name is put together is f["…"]'
    elif hasattr(builtins, name) and name not in BUILTINS and not _is_error(name):
        yield f"{name} is not for rules; they ask facts, rates and the helpers of eligibility.logic"


def _is_error(name: str) -> bool:
    one = getattr(builtins, name)
    return isinstance(one, type) and issubclass(one, Exception)


def _asked(name: str) -> Iterator[str]:
    if name in CLOCKS:
        yield f".{name} reads a clock; a rule takes every day from facts, rates or the day of the scan"
    elif name.startswith("_") or name in _INSIDES:
        yield f".{name} is the inside of something; rules read facts, rates and helpers by their names"
    elif name in _TEXTS:
        yield f".{name} makes a text of what it is given; write f-strings of plain values"


def _returned(rule: ast.FunctionDef) -> Iterator[str]:
    """A criterion that gives Python's own True or 1 is true for everybody, unknown or not."""
    calls = [one.func for one in rule.decorator_list if isinstance(one, ast.Call)]
    if _TRUTHS & {one.attr for one in calls if isinstance(one, ast.Attribute)}:
        for node in ast.walk(rule):
            value = node.value if isinstance(node, ast.Return) else None
            if isinstance(value, ast.Constant) and isinstance(value.value, int):
                yield f"{rule.name} gives Python's {value.value} in line {value.lineno}, the same for" + (
                    " everybody; give a comparison of facts, or leave the criterion out"
                )


def _written(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, (float, complex)):
        yield "a number with a fraction; money and rates are whole"
    elif isinstance(node, ast.FormattedValue) and node.conversion != -1:
        yield "! in an f-string shows the inside of something; write the plain value"
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and _is_text(node.left):
        yield "% makes a text of what it is given; write f-strings of plain values"


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
