"""From frames, code objects and tracebacks to lines of the answer."""

from __future__ import annotations

from types import CodeType, FrameType, TracebackType
from typing import TYPE_CHECKING, Any

from harness.inside.context import ENDPOINT, innermost

if TYPE_CHECKING:
    from collections.abc import Callable

PlaceJson = dict[str, Any]
"""``{"module": str, "line": int}``, the line 1-based in the module's source."""


class Places:
    """Knows which file names stand for modules of the answer (not those written by the harness).

    All of them are known before any code of the answer runs; nobody adds one later.
    """

    def __init__(self) -> None:
        self._modules: dict[str, str] = {}
        self._lending: dict[str, str] = {}
        self.tables: tuple[dict[str, str], ...] = (self._modules, self._lending)

    def add(self, filename: str, module: str) -> None:
        self._modules[filename] = module

    def add_lending(self, filename: str, module: str) -> None:
        """A wrong example, run for the names that it lends only: nothing in it is a place."""
        self._lending[filename] = module

    def is_lent(self, frame: FrameType | None) -> bool:
        """Whether the innermost code of the answer on the stack is a wrong example's."""
        if not self._lending:
            return False
        while frame is not None and frame.f_code.co_filename not in self._modules:
            if frame.f_code.co_filename in self._lending:
                return True
            frame = frame.f_back
        return False

    def knows(self, filename: str) -> bool:
        return filename in self._modules

    def of_line(self, filename: str, line: int) -> PlaceJson | None:
        module = self._modules.get(filename)
        return None if module is None else {"module": module, "line": line}

    def of_code(self, code: CodeType) -> PlaceJson | None:
        return self.of_line(code.co_filename, code.co_firstlineno)

    def of_function(self, function: Callable[..., Any] | None) -> PlaceJson | None:
        """Where the function (below its decorators) begins."""
        if function is None:
            return None
        inner = innermost(function)
        code = getattr(inner, "__code__", None) or getattr(getattr(inner, "__init__", None), "__code__", None)
        return self.of_code(code) if isinstance(code, CodeType) else None

    def of_stack(self, frame: FrameType | None) -> PlaceJson | None:
        """The innermost line of the answer on the stack."""
        while frame is not None:
            place = self.of_line(frame.f_code.co_filename, frame.f_lineno)
            if place is not None:
                return place
            frame = frame.f_back
        return None

    def of_traceback(self, traceback: TracebackType | None) -> PlaceJson | None:
        """The innermost line of the answer in the traceback."""
        place = None
        while traceback is not None:
            here = self.of_line(traceback.tb_frame.f_code.co_filename, traceback.tb_lineno)
            place = here or place
            traceback = traceback.tb_next
        return place

    def of_stack_or_endpoint(self, frame: FrameType | None) -> PlaceJson | None:
        """As ``of_stack``; where the framework alone is on the stack, the endpoint of the request."""
        return self.of_stack(frame) or self.of_function(ENDPOINT.get())
