"""What SQLModel, SQLAlchemy and FastAPI call their things: dotted names, and how the session API behaves."""

from __future__ import annotations

from typing import Final

SQLMODEL_ASYNC: Final = "sqlmodel.ext.asyncio.session.AsyncSession"
SQLALCHEMY_ASYNC: Final = "sqlalchemy.ext.asyncio.AsyncSession"
SYNC: Final = "sqlalchemy.orm.Session"

_CANONICAL: Final[dict[str, str]] = {
    "sqlalchemy.ext.asyncio.session.AsyncSession": SQLALCHEMY_ASYNC,
    "sqlalchemy.ext.asyncio.session.async_sessionmaker": "sqlalchemy.ext.asyncio.async_sessionmaker",
    "sqlalchemy.ext.asyncio.session.async_scoped_session": "sqlalchemy.ext.asyncio.async_scoped_session",
    "sqlalchemy.ext.asyncio.scoping.async_scoped_session": "sqlalchemy.ext.asyncio.async_scoped_session",
    "sqlalchemy.ext.asyncio.engine.create_async_engine": "sqlalchemy.ext.asyncio.create_async_engine",
    "sqlalchemy.ext.asyncio.engine.AsyncEngine": "sqlalchemy.ext.asyncio.AsyncEngine",
    "sqlalchemy.ext.asyncio.engine.async_engine_from_config": "sqlalchemy.ext.asyncio.async_engine_from_config",
    "sqlmodel.create_engine": "sqlalchemy.create_engine",
    "sqlalchemy.engine.create_engine": "sqlalchemy.create_engine",
    "sqlalchemy.future.create_engine": "sqlalchemy.create_engine",
    "sqlmodel.Session": SYNC,
    "sqlmodel.orm.session.Session": SYNC,
    "sqlalchemy.orm.session.Session": SYNC,
    "sqlalchemy.orm.session.sessionmaker": "sqlalchemy.orm.sessionmaker",
    "sqlalchemy.orm.scoping.scoped_session": "sqlalchemy.orm.scoped_session",
    "fastapi.params.Depends": "fastapi.Depends",
    "fastapi.param_functions.Depends": "fastapi.Depends",
    "fastapi.Security": "fastapi.Depends",
    "fastapi.applications.FastAPI": "fastapi.FastAPI",
    "fastapi.routing.APIRouter": "fastapi.APIRouter",
    "starlette.exceptions.HTTPException": "fastapi.HTTPException",
    "fastapi.exceptions.HTTPException": "fastapi.HTTPException",
    "fastapi.background.BackgroundTasks": "fastapi.BackgroundTasks",
    "starlette.background.BackgroundTasks": "fastapi.BackgroundTasks",
    "typing_extensions.Annotated": "typing.Annotated",
    "asyncio.tasks.gather": "asyncio.gather",
    "functools.cache": "functools.lru_cache",
    "async_lru.alru_cache": "functools.lru_cache",
    "sqlmodel.main.Relationship": "sqlmodel.Relationship",
    "sqlalchemy.orm.relationships.relationship": "sqlalchemy.orm.relationship",
}


_UNMISTAKABLE: Final = frozenset({"create_async_engine", "async_sessionmaker", "async_engine_from_config"})


def canonical(name: str) -> str:
    """The one spelling of a dotted name that several modules export.

    Names that only one library has mean that library's thing even where they are imported from the wrong module: the
    import is the fault then, and not what the code does with it.
    """
    short = name.rpartition(".")[2]
    return f"sqlalchemy.ext.asyncio.{short}" if short in _UNMISTAKABLE else _CANONICAL.get(name, name)


ASYNC_METHODS: Final = frozenset(
    "exec execute scalar scalars stream stream_scalars get get_one merge delete commit rollback "
    "flush refresh close aclose reset connection run_sync invalidate".split()
)
"""Methods of an async session that return a coroutine."""

SYNC_METHODS: Final = frozenset(
    "add add_all expunge expunge_all expire expire_all in_transaction is_modified get_bind".split()
)
"""Methods of an async session that do their work at once; awaiting what they return is a fault."""

RUN_TOGETHER: Final = frozenset(
    "asyncio.gather asyncio.create_task asyncio.ensure_future asyncio.wait asyncio.as_completed".split()
)
ROUTE_METHODS: Final = frozenset("get post put patch delete head options trace route api_route websocket".split())
LOGGER_METHODS: Final = frozenset("critical debug error exception info log warning".split())
ASYNC_DRIVERS: Final = frozenset(
    "asyncpg aiosqlite psycopg psycopg_async aiomysql asyncmy aioodbc oracledb_async".split()
)

# Names that a fragment may use without importing them. Target: "module:name".
_WELL_KNOWN_BY_MODULE: Final[dict[str, str]] = {
    "asyncio": "",
    "collections": "defaultdict deque",
    "contextlib": "asynccontextmanager contextmanager AsyncExitStack suppress",
    "collections.abc": "AsyncGenerator AsyncIterator Awaitable Callable Generator Iterator Sequence Iterable Mapping "
    "AsyncIterable Coroutine MutableMapping",
    "contextvars": "ContextVar",
    "dataclasses": "dataclass",
    "datetime": "datetime timedelta timezone date UTC",
    "decimal": "Decimal",
    "enum": "Enum StrEnum IntEnum",
    "functools": "lru_cache partial wraps cache cached_property",
    "itertools": "",
    "logging": "",
    "os": "",
    "sys": "",
    "time": "",
    "json": "",
    "random": "",
    "threading": "",
    "traceback": "",
    "uuid": "uuid4 UUID",
    "pathlib": "Path",
    "typing": "Annotated Any AsyncContextManager ClassVar Dict Final Generic List Literal Optional ParamSpec Protocol "
    "NamedTuple Self Tuple Type TypeAlias TypedDict TypeVar Union TYPE_CHECKING cast overload",
    "dotenv": "load_dotenv",
    "fastapi": "APIRouter BackgroundTasks Body Cookie Depends FastAPI File Form Header HTTPException Path Query "
    "Request Response Security UploadFile WebSocket WebSocketDisconnect status",
    "fastapi.concurrency": "run_in_threadpool",
    "fastapi.encoders": "jsonable_encoder",
    "fastapi.exceptions": "RequestValidationError",
    "fastapi.middleware.cors": "CORSMiddleware",
    "fastapi.responses": "FileResponse HTMLResponse JSONResponse PlainTextResponse RedirectResponse StreamingResponse",
    "fastapi.testclient": "TestClient",
    "httpx": "ASGITransport AsyncClient",
    "pydantic": "BaseModel ConfigDict PostgresDsn SecretStr computed_field field_validator model_validator EmailStr",
    "pydantic_settings": "BaseSettings SettingsConfigDict",
    "sqlalchemy": "Column DateTime ForeignKey Integer String func text update delete insert event inspect",
    "sqlalchemy.exc": "IntegrityError SQLAlchemyError OperationalError DBAPIError InterfaceError MissingGreenlet "
    "NoResultFound MultipleResultsFound InvalidRequestError PendingRollbackError DataError ProgrammingError "
    "StatementError DatabaseError",
    "sqlalchemy.ext.asyncio": "AsyncAttrs AsyncConnection AsyncEngine async_scoped_session async_sessionmaker "
    "create_async_engine",
    "sqlalchemy.orm": "DeclarativeBase Mapped contains_eager defer joinedload lazyload load_only mapped_column noload "
    "raiseload relationship selectinload sessionmaker subqueryload selectin_polymorphic",
    "sqlalchemy.pool": "AsyncAdaptedQueuePool NullPool StaticPool QueuePool",
    "starlette.middleware.base": "BaseHTTPMiddleware",
    "starlette.types": "ASGIApp Receive Scope Send",
    "sqlmodel": "Field Relationship SQLModel Session col create_engine select or_ and_ desc",
    "sqlmodel.ext.asyncio.session": "AsyncSession",
}


def _well_known() -> dict[str, str]:
    table: dict[str, str] = {}
    for module, names in _WELL_KNOWN_BY_MODULE.items():
        if not names:
            table[module] = f"{module}:"
        for name in names.split():
            table.setdefault(name, f"{module}:{name}")
    for module in ("functools", "uuid", "contextlib", "typing", "enum"):
        table.setdefault(module, f"{module}:")
    table["Path"] = "pathlib:Path"
    return table


WELL_KNOWN: Final = _well_known()
"""Name -> target of what a fragment may leave unimported."""

HOMES: Final = frozenset(target.replace(":", ".") for target in WELL_KNOWN.values()) | {
    *_CANONICAL,
    *_CANONICAL.values(),
    "sqlalchemy.select",
    "sqlalchemy.future.select",
    "sqlalchemy.orm.Session",
}
"""Dotted names that are certainly there: nobody has to import a library to find out."""

KNOWN_PACKAGES: Final = frozenset(
    "aiocache aiofiles aiohttp aiokafka aiomysql aiopg aioredis aiosmtplib apscheduler arq argon2 "
    "asgi_correlation_id asgi_lifespan asgiref async_lru async_timeout asyncer asyncmy asyncpg_listen attr "
    "attrs authlib aws_lambda_powertools azure backoff bcrypt beanie blinker boto3 botocore broadcaster "
    "cachetools casbin celery cerberus certifi chardet click cloudevents confluent_kafka cryptography "
    "cx_Oracle cython databases datadog ddtrace decouple dependency_injector django dotenv_vault dramatiq "
    "edgedb elasticsearch environs factory faker fastapi_cache fastapi_filter fastapi_limiter fastapi_mail "
    "fastapi_pagination fastapi_users fastapi_utils fastapi_async_sqlalchemy fastcrud faust flask geoalchemy2 "
    "gino google graphene grpc gunicorn h11 h2 hypercorn hypothesis injector itsdangerous jinja2 joblib jose "
    "json_logging jwt kafka kombu lagom litestar loguru mangum markdown markupsafe marshmallow matplotlib mcp "
    "mongoengine motor msgpack msgspec mypy_extensions MySQLdb mysql nats networkx newrelic numpy odmantic "
    "openai opentelemetry oracledb orjson ormar pandas passlib peewee pendulum picologging piccolo pika "
    "pillow polars prisma prometheus_client prometheus_fastapi_instrumentator psutil psycopg2 psycopg_pool "
    "punq pybreaker pycountry pymongo pymssql pymysql pyodbc pytest pytest_asyncio pythonjsonlogger pytz "
    "rapidjson redis requests rich rq sanic scipy sentry_sdk sendgrid setuptools simplejson six slowapi "
    "slugify socketio sqladmin sqlalchemy_utils sqlalchemy_mixins sqlalchemy_serializer statsd strawberry "
    "stripe structlog taskiq telegram tenacity testcontainers that_depends thrift toml tornado tortoise tqdm "
    "twilio typeguard typer ujson ulid uvicorn uvloop uuid6 uuid_extensions uuid_utils watchfiles werkzeug "
    "wireup xmltodict yaml yarl zmq zstandard advanced_alchemy dishka svcs deprecated cachebox".split()
)
"""Top-level modules of packages that exist elsewhere and are not installed for answers: never the reader's project."""

ENVIRONMENT_PACKAGES: Final = frozenset(
    "fastapi starlette pydantic pydantic_core pydantic_settings dotenv sqlmodel sqlalchemy "
    "aiosqlite asyncpg psycopg greenlet httpx alembic typing_extensions anyio annotated_types".split()
)
"""Top-level modules that answers may import, besides the standard library."""
