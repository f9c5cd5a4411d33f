"""What the migrations make: tables, views, functions, policies and triggers, by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, singledispatchmethod
from pathlib import Path
from typing import Any

from pglast import ast, enums, parse_sql
from pglast.parser import ParseError
from pglast.stream import RawStream


class UnreadableFile(Exception):
    """A file is no SQL; the message says which one, and why."""


@dataclass(frozen=True, slots=True)
class Body:
    """A function as it is written; `source` is None where PostgreSQL keeps no text of it."""

    source: str | None
    is_definer: bool


@dataclass(slots=True)
class Declared:
    """The objects that files make, in order, without those that a later one drops.

    Tables and views are `schema.name`; policies and triggers a pair of their table and their name;
    functions are known by name and arguments. `touched` is every name that a statement makes,
    alters or drops on a table, beside it: columns, constraints, indexes, policies and triggers.
    """

    tables: set[str] = field(default_factory=set)
    policies: set[tuple[str, str]] = field(default_factory=set)
    triggers: set[tuple[str, str]] = field(default_factory=set)
    functions: dict[tuple[str, str], Body] = field(default_factory=dict)
    touched: set[tuple[str, str]] = field(default_factory=set)

    def bodies(self) -> dict[str, list[Body]]:
        """The functions by their name alone."""
        found: dict[str, list[Body]] = {}
        for (name, _arguments), body in self.functions.items():
            found.setdefault(name, []).append(body)
        return found

    @singledispatchmethod
    def add(self, statement: Any) -> None:
        """Take note of what a statement makes or drops."""

    @add.register
    def _(self, statement: ast.CreateStmt) -> None:
        table = _relation(statement.relation)
        self.tables.add(table)
        for element in statement.tableElts or ():
            self._touch(table, element)

    @add.register
    def _(self, statement: ast.AlterTableStmt) -> None:
        for command in statement.cmds or ():
            self._touch(_relation(statement.relation), command)
            self._touch(_relation(statement.relation), command.def_)

    @add.register
    def _(self, statement: ast.IndexStmt) -> None:
        self.touched.add((_relation(statement.relation), str(statement.idxname)))

    @add.register
    def _(self, statement: ast.AlterPolicyStmt) -> None:
        self.touched.add((_relation(statement.table), str(statement.policy_name)))

    @add.register
    def _(self, statement: ast.ViewStmt) -> None:
        self.tables.add(_relation(statement.view))

    @add.register
    def _(self, statement: ast.CreatePolicyStmt) -> None:
        self.policies.add((_relation(statement.table), str(statement.policy_name)))
        self.touched.add((_relation(statement.table), str(statement.policy_name)))

    @add.register
    def _(self, statement: ast.CreateTrigStmt) -> None:
        self.triggers.add((_relation(statement.relation), str(statement.trigname)))
        self.touched.add((_relation(statement.relation), str(statement.trigname)))

    @add.register
    def _(self, statement: ast.CreateFunctionStmt) -> None:
        options = {option.defname: option.arg for option in statement.options or ()}
        source = options.get("as")
        security = options.get("security")
        arguments = [
            parameter.argType
            for parameter in statement.parameters or ()
            if parameter.mode != enums.FunctionParameterMode.FUNC_PARAM_TABLE
        ]
        self.functions[_dotted(statement.funcname), _types(arguments)] = Body(
            source[0].sval if source else None, bool(security and security.boolval)
        )

    @add.register
    def _(self, statement: ast.DropStmt) -> None:
        kind = statement.removeType
        for dropped in statement.objects or ():
            if kind in (enums.ObjectType.OBJECT_TABLE, enums.ObjectType.OBJECT_VIEW):
                self.tables.discard(_dotted(dropped))
            elif kind in (enums.ObjectType.OBJECT_POLICY, enums.ObjectType.OBJECT_TRIGGER):
                named = (_dotted(dropped[:-1]), dropped[-1].sval)
                is_policy = kind == enums.ObjectType.OBJECT_POLICY
                (self.policies if is_policy else self.triggers).discard(named)
                self.touched.add(named)
            elif kind == enums.ObjectType.OBJECT_INDEX:
                # On which table is not said.
                self.touched.add(("", dropped[-1].sval))
            elif kind == enums.ObjectType.OBJECT_FUNCTION:
                self._drop_function(dropped)

    def _touch(self, table: str, element: Any) -> None:
        for attribute in ("colname", "conname", "name"):
            if name := getattr(element, attribute, None):
                self.touched.add((table, str(name)))
        for constraint in getattr(element, "constraints", None) or ():
            self._touch(table, constraint)

    def _drop_function(self, dropped: Any) -> None:
        name = _dotted(dropped.objname)
        arguments = None if dropped.args_unspecified else _types(dropped.objargs or ())
        for key in [key for key in self.functions if key[0] == name]:
            if arguments in (None, key[1]):
                del self.functions[key]


def read_declared(paths: Iterable[Path]) -> Declared:
    """Read what files make, in order.

    Raises: UnreadableFile.
    """
    declared = Declared()
    for path in paths:
        try:
            statements = _parsed(path.read_text(encoding="utf-8-sig"))
        except (ParseError, UnicodeDecodeError) as error:
            raise UnreadableFile(f"{path.name} cannot be read: {error.args[0]}") from error
        for parsed in statements:
            declared.add(parsed.stmt)
    return declared


@cache
def _parsed(text: str) -> Any:
    """The statements of a text: those of ours are read twice in one examination."""
    return parse_sql(text)


def _relation(relation: Any) -> str:
    return f"{relation.schemaname or 'public'}.{relation.relname}"


def _dotted(parts: Any) -> str:
    names = [part.sval for part in parts]
    return ".".join(names if len(names) > 1 else ["public", *names])


def _types(types: Iterable[Any]) -> str:
    return ", ".join(RawStream()(type_) for type_ in types)
