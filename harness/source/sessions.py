"""Engines, session makers and sessions: what makes them, whose class they have, whether they expire on commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from harness.source import library
from harness.source.tree import Kind, dotted
from harness.source.values import (
    UNKNOWN,
    AnswerModule,
    Class,
    Constant,
    Engine,
    EngineMaker,
    External,
    Flavor,
    Function,
    Instance,
    Maker,
    Options,
    Session,
    Supplied,
    Value,
)

if TYPE_CHECKING:
    from harness.source.resolve import Resolver
    from harness.source.tree import Scope, Tree

MAKER_NAMES = frozenset(
    "async_session async_session_factory async_session_maker async_sessionmaker_ AsyncSessionLocal "
    "SessionLocal session_factory session_maker sessionmaker_ AsyncSessionFactory SessionFactory "
    "async_session_local AsyncSessionMaker SessionMaker local_session LocalSession create_session "
    "new_session make_session".split()
)
"""Names of makers that a fragment may leave undefined."""
DEPENDENCY_NAMES = frozenset(
    "get_session get_db get_async_session get_db_session get_async_db session_dependency db_session".split()
)
ALIAS_NAMES = frozenset(
    "SessionDep AsyncSessionDep SessionDependency DbSession DBSession AsyncSessionDependency".split()
)


def is_session_dependency(name: str) -> bool:
    """Whether a supplied name is the harness's own session dependency."""
    return name in DEPENDENCY_NAMES


def context_session() -> Session:
    """The session that the harness's own dependency gives."""
    return Session(Flavor.SQLMODEL, expire=False, made=True, context=True)


def supplied(name: str) -> Value:
    """The value of a name that the harness supplies."""
    if name == "app":
        return Instance(External("fastapi.FastAPI"))
    if name in ("router", "api_router"):
        return Instance(External("fastapi.APIRouter"))
    return Supplied(name)


def flavor(resolver: Resolver, value: Value) -> Flavor | None:
    """Whose session class ``value`` is, None where it is no session class."""
    if isinstance(value, External):
        if value.name == library.SQLMODEL_ASYNC:
            return Flavor.SQLMODEL
        if value.name == library.SQLALCHEMY_ASYNC:
            return Flavor.SQLALCHEMY
        if value.name == library.SYNC:
            return Flavor.SYNC
        if value.name.endswith(".AsyncSession"):
            return Flavor.UNKNOWN
        return None
    if isinstance(value, Class):
        for base in resolver.bases(value):
            found = flavor(resolver, base)
            if found is not None:
                return found
    return None


def class_expire(resolver: Resolver, value: Value, *, by_maker: bool = False) -> bool | None:
    """What a session class does by itself on commit: True expires (the default), False not, None unknown.

    A maker gives the flag with every call (``by_maker``), so that what the class has as a default is never used.
    """
    if not isinstance(value, Class):
        return True
    init = value.scope.bindings.get("__init__")
    for base in resolver.bases(value):
        if isinstance(base, Class) and not init:
            return class_expire(resolver, base, by_maker=by_maker)
    if not init:
        return True
    node = init[-1].node
    if not isinstance(node, cst.FunctionDef):
        return None
    scope = resolver.scope_of(node)
    kwargs = node.params.star_kwarg.name.value if node.params.star_kwarg else None
    for call in scope.calls:
        name = dotted(call.func)
        if kwargs and not by_maker and name == f"{kwargs}.setdefault" and len(call.args) == 2:
            key, given = (resolver.value(arg.value, scope, value.tree) for arg in call.args)
            if isinstance(key, Constant) and key.value == "expire_on_commit" and isinstance(given, Constant):
                return bool(given.value)
        if isinstance(call.func, cst.Attribute) and call.func.attr.value == "__init__":
            options = resolver.options(call, scope, value.tree)
            given_value = options.given.get("expire_on_commit")
            if isinstance(given_value, Constant):
                return bool(given_value.value)
    for name_node, _ in scope.loads:
        subscript = value.tree.parent(name_node)
        target = value.tree.parent(subscript) if isinstance(subscript, cst.Subscript) else None
        assign = value.tree.parent(target) if isinstance(target, cst.AssignTarget) else None
        if name_node.value == kwargs and isinstance(assign, cst.Assign) and isinstance(subscript, cst.Subscript):
            index = subscript.slice[0].slice
            key = resolver.value(index.value, scope, value.tree) if isinstance(index, cst.Index) else UNKNOWN
            stored = resolver.value(assign.value, scope, value.tree)
            if isinstance(key, Constant) and key.value == "expire_on_commit" and isinstance(stored, Constant):
                return bool(stored.value)
    for parameter in [*node.params.params, *node.params.kwonly_params]:
        if parameter.name.value == "expire_on_commit" and parameter.default is not None:
            default = UNKNOWN if by_maker else resolver.value(parameter.default, scope, value.tree)
            return bool(default.value) if isinstance(default, Constant) else None
    return None if kwargs is None else True


def expire_of(options: Options, otherwise: bool | None) -> bool | None:
    """``expire_on_commit`` of a call: as given, else ``otherwise``, None where it cannot be known."""
    given = options.given.get("expire_on_commit")
    if given is None:
        return otherwise if options.closed else None
    return bool(given.value) if isinstance(given, Constant) else None


_ENGINES = frozenset(
    {
        "sqlalchemy.ext.asyncio.create_async_engine",
        "sqlalchemy.ext.asyncio.async_engine_from_config",
        "sqlalchemy.create_engine",
    }
)
_MADE = _ENGINES | frozenset(
    {
        "sqlalchemy.ext.asyncio.AsyncEngine",
        "sqlalchemy.ext.asyncio.async_sessionmaker",
        "sqlalchemy.orm.sessionmaker",
        "functools.partial",
    }
)


def take_options(callee: Value) -> bool:
    """Whether what a call of ``callee`` gives may depend on the keywords it is given."""
    if isinstance(callee, External):
        return callee.name in _MADE or callee.name == library.SYNC or callee.name.endswith(".AsyncSession")
    return not isinstance(callee, Function)


def construct(
    resolver: Resolver, callee: Value, options: Options, call: cst.Call, scope: Scope, tree: Tree
) -> Value | None:
    """What a call makes, when that is an engine, a maker or a session; else None."""
    kind = flavor(resolver, callee)
    if kind is not None:
        return Session(kind, expire_of(options, class_expire(resolver, callee)), made=True, node=call)
    if isinstance(callee, Maker):
        return make(callee, options, call)
    if isinstance(callee, Supplied) and callee.name in MAKER_NAMES:
        expire = expire_of(options, False)
        return Session(Flavor.SQLMODEL, expire, made=True, node=call, context=not options.given and options.closed)
    if isinstance(callee, EngineMaker):
        given = {**callee.options.given, **options.given}
        options = Options(given, closed=callee.options.closed and options.closed)
        return construct(resolver, callee.makes, options, call, scope, tree)
    if not isinstance(callee, External):
        return None
    short = callee.name.rpartition(".")[2]
    if callee.name in ("sqlalchemy.ext.asyncio.create_async_engine", "sqlalchemy.ext.asyncio.async_engine_from_config"):
        if short == "async_engine_from_config":
            options = Options(options.given, closed=False)
        return Engine(True, call, scope, tree, options, _url(resolver, call, scope, tree))
    if callee.name == "sqlalchemy.create_engine":
        url = _url(resolver, call, scope, tree)
        return Engine(False, call, scope, tree, options, url)
    if callee.name == "sqlalchemy.ext.asyncio.AsyncEngine":
        return _wrapped_engine(resolver, call, scope, tree)
    if callee.name == "sqlalchemy.ext.asyncio.async_sessionmaker":
        return _maker(resolver, "async_sessionmaker", Flavor.SQLALCHEMY, options, call, scope, tree)
    if callee.name == "sqlalchemy.orm.sessionmaker":
        return _maker(resolver, "sessionmaker", Flavor.SYNC, options, call, scope, tree)
    if short in ("async_scoped_session", "scoped_session") and call.args:
        inner = resolver.value(call.args[0].value, scope, tree)
        if isinstance(inner, Maker):
            return Maker("scoped", inner.flavor, inner.expire, inner.class_given, call, tree)
    if callee.name == "functools.partial" and call.args:
        inner = resolver.value(call.args[0].value, scope, tree)
        kind = flavor(resolver, inner)
        if kind is not None:
            expire = expire_of(options, class_expire(resolver, inner))
            return Maker("partial", kind, expire, True, call, tree)
        if isinstance(inner, External) and inner.name in _ENGINES:
            return EngineMaker(inner, options)
        if isinstance(inner, Maker):
            return Maker(inner.kind, inner.flavor, expire_of(options, inner.expire), inner.class_given, call, tree)
    return None


def make(maker: Maker, options: Options, call: cst.CSTNode | None = None) -> Session:
    """The session that calling a maker gives."""
    return Session(maker.flavor, expire_of(options, maker.expire), made=True, node=call, maker=maker)


def _wrapped_engine(resolver: Resolver, call: cst.Call, scope: Scope, tree: Tree) -> Value:
    inner = resolver.value(call.args[0].value, scope, tree) if call.args else UNKNOWN
    if isinstance(inner, Engine):
        return Engine(True, inner.call, inner.scope, inner.tree, inner.options, inner.url)
    return Engine(True, call, scope, tree, Options(closed=False), None)


def _url(resolver: Resolver, call: cst.Call, scope: Scope, tree: Tree) -> str | None:
    for arg in call.args:
        if (arg.keyword is None and not arg.star) or (arg.keyword is not None and arg.keyword.value == "url"):
            value = resolver.value(arg.value, scope, tree)
            return value.value if isinstance(value, Constant) and isinstance(value.value, str) else None
    return None


def _maker(
    resolver: Resolver, kind: str, default: Flavor, options: Options, call: cst.Call, scope: Scope, tree: Tree
) -> Maker:
    given = options.given.get("class_")
    positional = [arg for arg in call.args if arg.keyword is None and not arg.star]
    if given is None and len(positional) > 1 and kind == "sessionmaker":
        given = resolver.value(positional[1].value, scope, tree)
    later = _configured(resolver, call, tree)
    if later is not None:
        given = later.given.get("class_", given)
        if not later.closed or not options.closed:
            options = Options({**options.given, **later.given}, closed=False)
        else:
            options = Options({**options.given, **later.given})
    if given is None:
        known = options.closed
        flavor_ = default if known else Flavor.UNKNOWN
        return Maker(kind, flavor_, expire_of(options, True), False if known else None, call, tree)
    found = flavor(resolver, given)
    expire = expire_of(options, class_expire(resolver, given, by_maker=True))
    return Maker(kind, found or Flavor.UNKNOWN, expire, True, call, tree)


def _configured(resolver: Resolver, call: cst.Call, tree: Tree) -> Options | None:
    """What ``maker.configure(...)`` adds to the maker that ``call`` makes: in its file, or in one that imports it."""
    target = tree.parent(call)
    names: set[str] = set()
    if isinstance(target, cst.Assign):
        names = {each.target.value for each in target.targets if isinstance(each.target, cst.Name)}
    elif isinstance(target, cst.AnnAssign) and isinstance(target.target, cst.Name):
        names = {target.target.value}
    found: Options | None = None
    for other, each, where in resolver.configuring:
        if _is_one_of(resolver, other.func, names, tree, each, where):
            more = resolver.options(other, each, where)
            merged = {**(found.given if found else {}), **more.given}
            found = Options(merged, more.closed and (found is None or found.closed))
    return found


def _is_one_of(
    resolver: Resolver, func: cst.BaseExpression, names: set[str], tree: Tree, scope: Scope, where: Tree
) -> bool:
    """Whether ``x`` of ``x.configure`` is one of a file's names: there itself, imported from it, or ``module.x``."""
    owner = func.value if isinstance(func, cst.Attribute) else None
    if isinstance(owner, cst.Name) and where is tree:
        return owner.value in names
    if isinstance(owner, cst.Name):
        return any(
            binding.imported in names and resolver.project.find(where, binding.module) is tree
            for home in where.scopes
            for binding in home.bindings.get(owner.value, ())
            if binding.kind is Kind.IMPORT_FROM
        )
    if not isinstance(owner, cst.Attribute) or owner.attr.value not in names:
        return False
    module = resolver.value(owner.value, scope, where)
    return isinstance(module, AnswerModule) and module.tree is tree
