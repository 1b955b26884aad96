"""Handlers of exceptions that an app registers, and whether they tell the client that something failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from harness.source.values import External, Instance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.source.resolve import Resolver
    from harness.source.tree import Scope, Tree

_RESPONSES = frozenset("JSONResponse ORJSONResponse UJSONResponse PlainTextResponse HTMLResponse Response".split())


def answered_well(resolver: Resolver) -> Iterator[tuple[Tree, cst.Return]]:
    """Responses of 200 by ``@app.exception_handler`` of an error of SQLAlchemy's."""
    for tree in resolver.project.trees.values():
        for scope in tree.scopes:
            node, outer = scope.function, scope.parent
            if node is None or outer is None:
                continue
            if any(_takes_database(resolver, each.decorator, outer, tree) for each in node.decorators):
                returned = scope.returns
                if returned and all(_is_200(resolver, each, scope, tree) for each in returned):
                    yield tree, returned[0]


def _takes_database(resolver: Resolver, node: cst.BaseExpression, scope: Scope, tree: Tree) -> bool:
    """``app.exception_handler(SQLAlchemyError)``"""
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute) or len(node.args) != 1:
        return False
    app = resolver.value(node.func.value, scope, tree)
    if not isinstance(app, Instance) or not isinstance(app.of, External) or app.of.name != "fastapi.FastAPI":
        return False
    taken = resolver.value(node.args[0].value, scope, tree)
    return (
        node.func.attr.value == "exception_handler"
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
