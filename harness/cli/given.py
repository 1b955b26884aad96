"""Which options of a command were given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def given(wishes: DataclassInstance) -> tuple[str, ...]:
    """Those whose values are not what a blank one of the class has, as they are written: ``--max-cost``."""
    blank: Any = type(wishes)()
    return tuple(
        f"--{name.replace('_', '-')}"
        for name in wishes.__dataclass_fields__
        if getattr(wishes, name) != getattr(blank, name)
    )
