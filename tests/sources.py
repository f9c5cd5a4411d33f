"""The migrations as text: statements, functions, and what stands inside function bodies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pglast import ast, parse_plpgsql, parse_sql
from pglast.parser import ParseError
from pglast.visitors import Visitor

from ts_customers.stack._migrations import split_statements

MIGRATIONS = Path(__file__).parents[1] / "supabase" / "migrations"

_DEFINERS = re.compile(r"DEFINER, (both|all (?:three|four|five|six))")
_COVERS = {"both": 2, "all three": 3, "all four": 4, "all five": 5, "all six": 6}


@dataclass(frozen=True, slots=True)
class Source:
    """One statement of a migration: what is written above it, its text, and its syntax tree."""

    file: str
    comment: str
    text: str
    tree: Any

    def __str__(self) -> str:
        return f"{self.file}: {self.text.splitlines()[0]}"


@dataclass(frozen=True, slots=True)
class Function:
    """One function of a migration; `covered` says that a comment above explains its DEFINER."""

    source: Source
    name: str
    language: str
    is_definer: bool
    covered: bool

    @property
    def lines(self) -> int:
        """How long it is, from `create` to the end of its body."""
        return self.source.text.count("\n") + 1


def files() -> list[Path]:
    """The migrations in order."""
    return sorted(MIGRATIONS.glob("*.sql"))


@cache
def sources() -> tuple[Source, ...]:
    """The statements of every migration."""
    return tuple(source for path in files() for source in read(path.name, path.read_text("utf-8")))


def read(file: str, text: str) -> Iterator[Source]:
    """The statements of a text."""
    for statement in split_statements(text):
        code = statement.text[statement.first_offset :]
        comment = statement.text[: statement.first_offset]
        for parsed in parse_sql(code):
            yield Source(file, comment, code, parsed.stmt)


def functions(given: tuple[Source, ...]) -> list[Function]:
    """The functions among statements."""
    found = []
    file, covers = "", 0
    for source in given:
        if not isinstance(source.tree, ast.CreateFunctionStmt):
            continue
        options = {option.defname: option.arg for option in source.tree.options or ()}
        is_definer = bool(options.get("security") and options["security"].boolval)
        if shared := _DEFINERS.search(source.comment):
            covers = _COVERS[shared[1]]
        covered = "DEFINER" in source.comment or (covers > 0 and file == source.file)
        covers -= is_definer
        file = source.file
        name = ".".join(part.sval for part in source.tree.funcname or ())
        language = options["language"].sval
        found.append(Function(source, name, language, is_definer, covered))
    return found


def writes_without_where(source: Source) -> list[str]:
    """The updates and deletes that name no rows, in a statement or in a function's body."""
    found: list[str] = []
    for tree in _statements_in(source):
        _Writes(found)(tree)
    return found


class _Writes(Visitor):
    """Collects updates and deletes without WHERE."""

    def __init__(self, found: list[str]) -> None:
        super().__init__()
        self.found = found

    def _visit(self, _ancestors: Any, node: Any) -> None:
        if node.whereClause is None:
            self.found.append(f"{type(node).__name__} of {node.relation.relname}")

    visit_UpdateStmt = visit_DeleteStmt = _visit  # noqa: N815


def _statements_in(source: Source) -> Iterator[Any]:
    yield source.tree
    if not isinstance(source.tree, ast.CreateFunctionStmt | ast.DoStmt):
        return
    if "language plpgsql" in source.text or isinstance(source.tree, ast.DoStmt):
        # The parser knows no array of a composite type, and no schema but public.
        text = re.sub(r"\b(public|private)\.[a-z_]+ ?\[\]", "text[]", source.text)
        text = text.replace("private.", "public.")
        for query in _queries(parse_plpgsql(text)):
            yield from _parsed(query)
    for body in re.findall(r"\$([a-z]*)\$(.*?)\$\1\$", source.text, re.DOTALL):
        # What EXECUTE runs stands in strings.
        for string in re.findall(r"'((?:[^']|'')*)'", body[1]):
            if re.match(r"\s*(update|delete|with)\b", string):
                yield from _parsed(re.sub(r"%(\d+\$)?[IsL]", "x", string.replace("''", "'")))


def _queries(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        if isinstance(tree.get("query"), str):
            yield tree["query"]
        for value in tree.values():
            yield from _queries(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _queries(value)


def _parsed(query: str) -> Iterator[Any]:
    """The statements of a text; expressions and assignments are none."""
    try:
        yield from (raw.stmt for raw in parse_sql(query))
    except ParseError:
        return


def calls(text: str, name: str) -> list[list[str]]:
    """The arguments of each call of a function in a text, as they are written."""
    return [_arguments(text, found.end()) for found in re.finditer(re.escape(name) + r"\(", text)]


def _arguments(text: str, start: int) -> list[str]:
    arguments, depth, is_quoted = [""], 0, False
    for sign in text[start:]:
        is_quoted ^= sign == "'"
        if not is_quoted:
            depth += (sign in "([") - (sign in ")]")
            if depth < 0:
                break
            if sign == "," and depth == 0:
                arguments.append("")
                continue
        arguments[-1] += sign
    return [argument.strip() for argument in arguments]
