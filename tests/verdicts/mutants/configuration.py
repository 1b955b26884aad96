"""Faults in the engine's arguments, in SQL logging and in imports."""

from tests.verdicts.mutant import CONFIGURED, LAYERS, PLAIN, SETTINGS, By, Mutant

_ECHO = "echo=DEVELOPMENT"
_SET = '            "echo": self.environment is Environment.DEVELOPMENT,\n'

CONFIGURATION = (
    Mutant("no pool_size", CONFIGURED, (("pool_size=10, ", ""),), {"pool-size": ""}, By.BOTH),
    Mutant(
        "pool_size is filtered out",
        SETTINGS,
        (
            (
                "engine = create_async_engine(settings.database_url, **settings.engine_options)",
                'options = {key: value for key, value in settings.engine_options.items() if not key.endswith("size")}\n'
                "engine = create_async_engine(settings.database_url, **options)",
            ),
        ),
        {"pool-size": "the engine was made without pool_size"},
    ),
    Mutant("SQL is always logged", CONFIGURED, ((_ECHO, "echo=True"),), {"sql-echo": ""}, By.BOTH),
    Mutant("SQL is never logged", CONFIGURED, ((", " + _ECHO, ""),), {"sql-echo": ""}, By.BOTH),
    Mutant(
        "SQL is logged in production",
        CONFIGURED,
        (('"production") == "development"', '"production") != "development"'),),
        {"sql-echo": "SQL logging"},
    ),
    Mutant(
        "the truth of a text",
        CONFIGURED,
        ((_ECHO, 'echo=bool(os.getenv("SQL_ECHO", "False"))'),),
        {"sql-echo": "SQL logging is on in production too"},
    ),
    Mutant(
        "compared with what it cannot be",
        SETTINGS,
        (("self.environment is Environment.DEVELOPMENT", 'self.environment == "dev"'),),
        {"sql-echo": "SQL logging stays off in development"},
    ),
    Mutant(
        "always on by the settings",
        SETTINGS,
        (("self.environment is Environment.DEVELOPMENT", "self.environment in Environment"),),
        {"sql-echo": "SQL logging is on in production too"},
    ),
    Mutant(
        "a name that the module does not have",
        PLAIN,
        (("import async_sessionmaker,", "import async_sessionmaker, async_session_maker,"),),
        {"imports": "async_session_maker", "create-returns-task": "does not import"},
    ),
    Mutant(
        "a name of the error path is not imported",
        PLAIN,
        (("    IntegrityError,\n    SQLAlchemyError,\n", "    SQLAlchemyError,\n"),),
        {"imports": "IntegrityError", "error-handling": "the client gets an unhandled 500"},
        By.READING,
    ),
    Mutant(
        "a name of the error path does not exist",
        LAYERS,
        (
            (
                "        except IntegrityError as error:\n            await self.session.rollback()\n",
                "        except IntegrityError as error:\n"
                "            from sqlalchemy.exc import IntegrityViolation\n\n"
                "            await self.session.rollback()\n"
                "            error.add_note(repr(IntegrityViolation))\n",
            ),
        ),
        {"imports": "IntegrityViolation", "error-handling": "the client gets an unhandled 500"},
    ),
    Mutant(
        "options that do not go together",
        CONFIGURED,
        (
            ("pool_pre_ping=True", "poolclass=NullPool"),
            ("from sqlmodel.ext", "from sqlalchemy.pool import NullPool\nfrom sqlmodel.ext"),
        ),
        {"imports": "does not import"},
    ),
)
