"""Executes the modules of a program in memory and makes the imports between them resolve."""

from __future__ import annotations

import importlib
import linecache
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import PurePosixPath
from types import ModuleType
from typing import TYPE_CHECKING, Any

from harness.inside.names import is_installed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.inside.places import Places
    from harness.inside.stand_in import StandIns

ROOT = "_answer"
"""The invented package above all modules, so that relative imports do not run out of parents."""


class ProgramLoader(Loader, MetaPathFinder):
    """Finds, executes and keeps the modules of one program (``Program.to_json()``).

    ``loaded`` holds the modules that executed to their end, by their own dotted names; ``imports`` holds one
    ``ImportSeen`` as JSON for each module of the program, in their order, after ``run``.
    """

    def __init__(self, program: dict[str, Any], folder: str, places: Places, stand_ins: StandIns) -> None:
        self.program: dict[str, dict[str, Any]] = {module["name"]: module for module in program["modules"]}
        self.virtual: dict[str, dict[str, str]] = program.get("virtual", {})
        self.folder = folder
        self.places = places
        self.stand_ins = stand_ins
        self.loaded: dict[str, ModuleType] = {}
        self.imports: list[dict[str, Any]] = []
        self._known = {name for name in (*self.program, *self.virtual) if name}
        for name in list(self._known):
            parts = name.split(".")
            self._known.update(".".join(parts[:length]) for length in range(1, len(parts)))
        self._modules: dict[str, ModuleType] = {}
        self._errors: dict[str, BaseException] = {}
        self._pending: list[tuple[ModuleType, str, str]] = []
        self._absent: dict[str, ModuleType] = {}

    def run(self) -> None:
        """Execute every module; an error in one does not keep the others from being tried."""
        sys.meta_path.insert(0, self)
        importlib.invalidate_caches()
        for name in self.program:
            try:
                importlib.import_module(f"{ROOT}.{name}")
            except BaseException as error:
                self._errors.setdefault(name, error)
            self._supply_pending()
        self.imports = [self._seen(name) for name in self.program]

    # finding

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        rooted = fullname == ROOT or fullname.startswith(ROOT + ".")
        name = fullname[len(ROOT) + 1 :] if rooted else fullname
        if not name:
            return self._spec(fullname, "", package=True)
        if name in self._known and (rooted or name in self.program or not is_installed(name)):
            return self._spec(fullname, name, package=True)
        if not rooted and is_installed(name):
            return None
        resolved = self._by_suffix(name)
        if resolved is not None:
            return self._spec(fullname, resolved, package=True)
        top = name.partition(".")[0]
        if rooted and is_installed(top):
            return None
        return self._spec(fullname, "?" + name, package=True)

    def _by_suffix(self, name: str) -> str | None:
        parts = name.split(".")
        for start in range(1, len(parts)):
            suffix = ".".join(parts[start:])
            if suffix in self._known:
                return suffix
        ending = sorted((known for known in self._known if known.endswith("." + name)), key=len)
        return ending[0] if ending else None

    def _spec(self, fullname: str, key: str, *, package: bool) -> ModuleSpec:
        spec = ModuleSpec(fullname, self, origin=key, is_package=package)
        spec.loader_state = key
        return spec

    # executing

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        key = str(spec.loader_state)
        if key in self._errors:
            raise self._errors[key]
        if key.startswith("?"):
            return self.stand_ins.module(key[1:])
        if key not in self._modules:
            self._modules[key] = self._new(key)
        return self._modules[key]

    def _new(self, key: str) -> ModuleType:
        name = f"{ROOT}.{key}" if key else ROOT
        if key in self.virtual and key not in self.program:
            module: ModuleType = VirtualModule(name, self.virtual[key], self)
        else:
            module = ModuleType(name)
        module.__path__ = []
        module.__package__ = name if self._is_package(key) else name.rpartition(".")[0]
        return module

    def _is_package(self, key: str) -> bool:
        written = self.program.get(key)
        if written is None:
            return True
        return PurePosixPath(written["path"]).name == "__init__.py"

    def exec_module(self, module: ModuleType) -> None:
        spec = module.__spec__
        assert spec is not None
        key = str(spec.loader_state)
        name = f"{ROOT}.{key}" if key else ROOT
        if key.startswith("?"):
            return
        # the import system has just written the alias's spec: relative imports go by the module's own
        module.__spec__ = ModuleSpec(name, self, origin=key, is_package=True)
        module.__spec__.loader_state = key
        if module.__package__ != name:
            module.__spec__.submodule_search_locations = None
        sys.modules[name] = module
        if key not in self.program or "__harness_started__" in module.__dict__:
            return
        module.__dict__["__harness_started__"] = True
        try:
            self._execute(self.program[key], module)
        except BaseException as error:
            self._errors[key] = error
            sys.modules.pop(name, None)
            raise
        finally:
            module.__dict__.pop("__harness_started__", None) if key in self._errors else None
        self.loaded[key] = module

    def _execute(self, written: dict[str, Any], module: ModuleType) -> None:
        source: str = written["source"]
        filename = f"{self.folder}/{written['path']}"
        if filename in linecache.cache:
            filename = f"{self.folder}/{written['name']}.py"
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        if written.get("lends"):
            self.places.add_lending(filename)
        elif not written.get("ours"):
            self.places.add(filename, written["name"])
        module.__file__ = filename
        for name, target in written.get("supplied", {}).items():
            self._supply(module, name, target)
        exec(compile(source, filename, "exec", dont_inherit=True), module.__dict__)

    # supplying names

    def _supply(self, module: ModuleType, name: str, target: str) -> None:
        try:
            module.__dict__[name] = self.resolve(target)
        except AttributeError:
            self._pending.append((module, name, target))

    def _supply_pending(self) -> None:
        waiting, self._pending = self._pending, []
        for module, name, target in waiting:
            if name not in module.__dict__:
                self._supply(module, name, target)

    def resolve(self, target: str) -> Any:
        """What the target ``"module:attribute"`` means; ``""`` and unknown modules give stand-ins.

        AttributeError: the module has no such attribute (yet).
        """
        if not target:
            return self.stand_ins.make("unknown")
        module_name, _, attribute = target.partition(":")
        if module_name in self._known:
            module_name = f"{ROOT}.{module_name}"
        value: Any = importlib.import_module(module_name)
        for part in filter(None, attribute.split(".")):
            value = getattr(value, part)
        return value

    # reporting

    def _seen(self, name: str) -> dict[str, Any]:
        error = self._errors.get(name)
        if error is None:
            return {"module": name, "error": None, "kind": "", "place": None, "absent": None}
        kind = type(error).__name__
        place = self.places.of_traceback(error.__traceback__)
        if isinstance(error, SyntaxError):
            place = self.places.of_line(error.filename or "", error.lineno or 1) or place
        absent = None
        if isinstance(error, ModuleNotFoundError) and error.name and not is_installed(error.name):
            absent = error.name.partition(".")[0]
        return {"module": name, "error": f"{kind}: {text_of(error)}", "kind": kind, "place": place, "absent": absent}


class VirtualModule(ModuleType):
    """A module of the reader's own project: its names are looked up when they are asked for."""

    def __init__(self, name: str, targets: dict[str, str], loader: ProgramLoader) -> None:
        super().__init__(name)
        self.__dict__["_targets"] = targets
        self.__dict__["_loader"] = loader
        self.__all__ = list(targets)

    def __getattr__(self, name: str) -> Any:
        targets, loader = self.__dict__["_targets"], self.__dict__["_loader"]
        if name.startswith("__") and name not in targets:
            raise AttributeError(name)
        target = targets.get(name, "")
        value = loader.resolve(target) if target else loader.stand_ins.make(f"{self.__name__[len(ROOT) + 1 :]}.{name}")
        self.__dict__[name] = value
        return value


def text_of(error: BaseException) -> str:
    """``str(error)``, at most 500 characters, also where that fails."""
    try:
        return str(error)[:500]
    except Exception:
        return "(no text)"
