"""Executes the modules of a program in memory and makes the imports between them resolve."""

from __future__ import annotations

import importlib
import linecache
import os
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, Any

from harness.inside import guard
from harness.inside.names import is_installed
from harness.inside.resolution import ROOT, Resolution, without_root
from harness.seals import REACHED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.inside.journal import Journal
    from harness.inside.places import Places
    from harness.inside.stand_in import StandIns

_HARNESS = __name__.partition(".")[0]
_IMPORT_SYSTEM = ("<frozen importlib", importlib.__file__)


class ProgramLoader(Loader, MetaPathFinder):
    """Finds, executes and keeps the modules of one program (``Program.to_json()``).

    ``loaded`` holds the modules that executed to their end, by their own dotted names; ``imports`` holds one
    ``ImportSeen`` as JSON for each module of the program, in their order, after ``run``.
    """

    def __init__(
        self, program: dict[str, Any], folder: str, places: Places, stand_ins: StandIns, journal: Journal
    ) -> None:
        self.program: dict[str, dict[str, Any]] = {module["name"]: module for module in program["modules"]}
        self.virtual: dict[str, dict[str, str]] = program.get("virtual", {})
        self.folder = folder
        self.places = places
        self.stand_ins = stand_ins
        self.journal = journal
        self.loaded: dict[str, ModuleType] = {}
        self.imports: list[dict[str, Any]] = []
        self._resolution = Resolution(self.program, self.virtual)
        self._named_so = any(name.partition(".")[0] == _HARNESS for name in self.program)
        self._modules: dict[str, ModuleType] = {}
        self._errors: dict[str, BaseException] = {}
        self._pending: list[tuple[ModuleType, str, str]] = []
        self._ours: set[str] = set()
        self._filenames = {name: self._filename(module) for name, module in self.program.items()}

    def run(self) -> None:
        """Execute every module; an error in one does not keep the others from being tried."""
        sys.meta_path.insert(0, self)
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
        if fullname.partition(".")[0] == _HARNESS and not self._named_so:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        by_answer = self._asked_by_answer(sys._getframe(1))
        if fullname in guard.NATIVE and by_answer:
            os._exit(REACHED)
        key = self._resolution.key(fullname, by_answer=by_answer)
        return None if key is None else self._spec(fullname, key)

    def _asked_by_answer(self, frame: FrameType | None) -> bool:
        """Whether the import is one of the answer's: what libraries try to import is none of our business."""
        while frame is not None and frame.f_code.co_filename.startswith(_IMPORT_SYSTEM):
            frame = frame.f_back
        return frame is not None and frame.f_code.co_filename.startswith((self.folder + "/", __file__))

    def _spec(self, fullname: str, key: str) -> ModuleSpec:
        spec = ModuleSpec(fullname, self, origin=key, is_package=self._resolution.is_package(key))
        spec.loader_state = key
        return spec

    # executing

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        key = str(spec.loader_state)
        if key in self._errors:
            raise self._errors[key]
        if key.startswith("?"):
            return self.stand_ins.module(key[1:], self._submodule)
        if key not in self._modules:
            self._modules[key] = self._new(key)
        return self._modules[key]

    def _new(self, key: str) -> ModuleType:
        name = _fullname(key)
        if key in self.virtual and key not in self.program:
            module: ModuleType = VirtualModule(name, self.virtual[key], self)
        else:
            module = ModuleType(name)
        package = self._resolution.is_package(key)
        if package:
            module.__path__ = []
        module.__package__ = name if package else name.rpartition(".")[0]
        return module

    def _submodule(self, name: str) -> ModuleType | None:
        """The answer's module that a name below an absent package means, if any."""
        key = self._resolution.by_suffix(name)
        return None if key is None else importlib.import_module(_fullname(key))

    def exec_module(self, module: ModuleType) -> None:
        spec = module.__spec__
        assert spec is not None
        key = str(spec.loader_state)
        if key.startswith("?"):
            return
        name = _fullname(key)
        # the import system has just written the alias's spec: relative imports go by the module's own
        module.__spec__ = self._spec(name, key)
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
        filename = self._filenames[written["name"]]
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        module.__file__ = filename
        for name, target in written.get("supplied", {}).items():
            self._supply(module, name, target)
        code = compile(source, filename, "exec", dont_inherit=True)
        if not written.get("ours"):
            for name in sorted(guard.reaching_names(code)):
                self.journal.note_once("reached", name, {"module": written["name"], "line": 1})
        exec(code, module.__dict__)

    def _filename(self, written: dict[str, Any]) -> str:
        """What its code is known by; two modules of one path have names of their own."""
        filename = f"{self.folder}/{written['path']}"
        if self.places.knows(filename) or filename in self._ours:
            filename = f"{self.folder}/{written['name']}.py"
        if written.get("lends"):
            self.places.add_lending(filename, written["name"])
        elif written.get("ours"):
            self._ours.add(filename)
        else:
            self.places.add(filename, written["name"])
        return filename

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
        if module_name in self._resolution.known:
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
        value = loader.resolve(target) if target else loader.stand_ins.make(f"{without_root(self.__name__)}.{name}")
        self.__dict__[name] = value
        return value


def _fullname(key: str) -> str:
    return key[1:] if key.startswith("/") else f"{ROOT}.{key}"


def text_of(error: BaseException) -> str:
    """``str(error)``, at most 500 characters, also where that fails."""
    try:
        return str(error)[:500]
    except Exception:
        return "(no text)"
