"""The gap checklist: one file an item. Pure functions from facts and observations to opinions."""

from __future__ import annotations

from typing import Final

from harness.criteria import (
    async_engine,
    awaited,
    create_returns_task,
    dependency_shape,
    depends,
    diagnosis,
    error_handling,
    expire_on_commit,
    imports,
    no_lazy_load,
    pool_size,
    problems_named,
    relation_loaded,
    request_scope,
    right_example,
    session_factory,
    session_import,
    sql_echo,
    wrong_example,
)
from harness.criteria.combine import believed, combine, tempered
from harness.criteria.criterion import Criterion, Example, Kind, Sample, Subject

CRITERIA: Final[dict[str, Criterion]] = {
    module.CRITERION.id: module.CRITERION
    for module in (
        session_import,
        session_factory,
        expire_on_commit,
        dependency_shape,
        depends,
        imports,
        create_returns_task,
        error_handling,
        no_lazy_load,
        request_scope,
        awaited,
        async_engine,
        relation_loaded,
        diagnosis,
        pool_size,
        sql_echo,
        right_example,
        wrong_example,
        problems_named,
    )
}
"""Every criterion by its id, in the checklist's order."""

IDS: Final[tuple[str, ...]] = tuple(CRITERIA)

__all__ = ["CRITERIA", "IDS", "Criterion", "Example", "Kind", "Sample", "Subject", "believed", "combine", "tempered"]
