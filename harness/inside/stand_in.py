"""Stand-ins for what is not there: packages that are not installed, names of the reader's own project."""

from __future__ import annotations

from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Iterator


class StandIns:
    """Makes stand-ins and remembers the names of those that were used (importing one is not use)."""

    def __init__(self) -> None:
        self.used: list[str] = []

    def note(self, name: str) -> None:
        if name not in self.used:
            self.used.append(name)

    def make(self, name: str) -> StandIn:
        return StandIn(self, name)

    def module(self, name: str, submodule: Callable[[str], ModuleType | None]) -> ModuleType:
        """A module whose attributes are what ``submodule`` finds under their dotted names, else stand-ins."""
        return StandInModule(self, name, submodule)


class StandIn:
    """An object that can be called, awaited, entered, iterated, subclassed and used as a decorator."""

    def __init__(self, owner: StandIns, name: str) -> None:
        self.__dict__.update(_owner=owner, _name=name)

    _owner: StandIns
    _name: str

    def __getattr__(self, name: str) -> StandIn:
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn(self._owner, f"{self._name}.{name}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self._owner.note(self._name)
        if len(args) == 1 and not kwargs and isinstance(args[0], (FunctionType, type)):
            return args[0]  # used as a decorator
        return StandIn(self._owner, f"{self._name}()")

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        self._owner.note(self._name)
        return ()

    def __await__(self) -> Generator[Any, None, StandIn]:
        self._owner.note(self._name)
        return self
        yield

    def __iter__(self) -> Iterator[Any]:
        self._owner.note(self._name)
        return iter(())

    async def __aiter__(self) -> AsyncIterator[Any]:
        self._owner.note(self._name)
        nothing: tuple[Any, ...] = ()
        for item in nothing:
            yield item

    def __enter__(self) -> StandIn:
        self._owner.note(self._name)
        return self

    def __exit__(self, *error: object) -> None:
        return None

    async def __aenter__(self) -> StandIn:
        return self.__enter__()

    async def __aexit__(self, *error: object) -> None:
        return None

    def __getitem__(self, key: Any) -> StandIn:
        return StandIn(self._owner, f"{self._name}[]")

    def __or__(self, other: Any) -> Any:
        return Any

    __ror__ = __or__

    def __bool__(self) -> bool:
        self._owner.note(self._name)
        return True

    def __repr__(self) -> str:
        return f"<stand-in for {self._name}>"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Callable[..., Any]) -> Any:
        from pydantic_core import core_schema

        return core_schema.any_schema()


class StandInModule(ModuleType):
    """A module, and a package, whose every attribute is a stand-in."""

    def __init__(self, owner: StandIns, name: str, submodule: Callable[[str], ModuleType | None]) -> None:
        super().__init__(name)
        self.__dict__["_submodule"] = submodule
        self.__path__: list[str] = []
        self.__dict__["_owner"] = owner

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = self.__dict__["_submodule"](f"{self.__name__}.{name}")
        return found if found is not None else self.__dict__["_owner"].make(f"{self.__name__}.{name}")
