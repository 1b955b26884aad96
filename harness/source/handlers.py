"""Handlers of exceptions that an app registers, and whether they tell the client that something failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from harness.source.values import External, Function, Instance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.source.resolve import Resolver
    from harness.source.tree import Scope, Tree

_RESPONSES = frozenset("JSONResponse ORJSONResponse UJSONResponse PlainTextResponse HTMLResponse Response".split())


def answered_well(resolver: Resolver) -> Iterator[tuple[Tree, cst.Return]]:
    """Responses of 200 by a handler that an app is given for an error of SQLAlchemy's."""
    told: set[int] = set()
    for handler in _of_database(resolver):
        returned = handler.scope.returns
        if id(handler.scope) in told or not returned:
            continue
        if all(_is_200(resolver, each, handler.scope, handler.tree) for each in returned):
            told.add(id(handler.scope))
            yield handler.tree, returned[0]


def _of_database(resolver: Resolver) -> Iterator[Function]:
    """``@app.exception_handler(SQLAlchemyError)``, ``app.add_exception_handler(SQLAlchemyError, handler)``"""
    for tree in resolver.project.trees.values():
        for scope in tree.scopes:
            node, outer = scope.function, scope.parent
            decorators = node.decorators if node is not None and outer is not None else ()
            if any(outer and _takes_database(resolver, each.decorator, outer, tree, 1) for each in decorators):
                yield Function(scope, tree)
            for call in scope.calls:
                if _takes_database(resolver, call, scope, tree, 2):
                    handler = resolver.value(call.args[1].value, scope, tree)
                    if isinstance(handler, Function):
                        yield handler


def _takes_database(resolver: Resolver, node: cst.BaseExpression, scope: Scope, tree: Tree, count: int) -> bool:
    """Whether it is the decorator, of one argument, or the call, of two, for an error of SQLAlchemy's."""
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute) or len(node.args) != count:
        return False
    app = resolver.value(node.func.value, scope, tree)
    if not isinstance(app, Instance) or not isinstance(app.of, External) or app.of.name != "fastapi.FastAPI":
        return False
    taken = resolver.value(node.args[0].value, scope, tree)
    return (
        node.func.attr.value == ("exception_handler" if count == 1 else "add_exception_handler")
        and isinstance(taken, External)
        and taken.name.startswith("sqlalchemy.exc.")
    )


def _is_200(resolver: Resolver, node: cst.Return, scope: Scope, tree: Tree) -> bool:
    """``return JSONResponse(content)``: a response of a library's, made without a status."""
    call = node.value
    callee = resolver.value(call.func, scope, tree) if isinstance(call, cst.Call) else None
    return (
        isinstance(call, cst.Call)
        and isinstance(callee, External)
        and callee.name.startswith(("fastapi.responses.", "starlette.responses.", "fastapi.Response"))
        and callee.name.rpartition(".")[2] in _RESPONSES
        and all(not arg.star for arg in call.args)
        and sum(arg.keyword is None for arg in call.args) <= 1
        and all(arg.keyword is None or arg.keyword.value != "status_code" for arg in call.args)
    )
