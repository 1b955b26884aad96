"""Reads of what is not loaded, and reads of something else."""

from tests.verdicts.mutant import COLUMNS, LAYERS, LOADING_LAYERS, NESTED, PLAIN, By, Mutant
from tests.verdicts.mutant import LOADING as PLAIN_LOADING

_OPTIONS = ", options=[selectinload(Task.project)]"
_REFRESH = '        await self.session.refresh(task, attribute_names=["project"])\n'
_LAZY = "MissingGreenlet"
_TWICE = {"no-lazy-load": _LAZY, "relation-loaded": "GET answers 500"}
_READ_TOO = {"no-lazy-load": "nothing has loaded it", "relation-loaded": "nothing has loaded it"}

LOADING = (
    Mutant(
        "the option is left out",
        PLAIN_LOADING,
        ((_OPTIONS, ""),),
        {"no-lazy-load": "project", "relation-loaded": ""},
        By.BOTH,
    ),
    Mutant("the refresh is left out", LOADING_LAYERS, ((_REFRESH, ""),), _READ_TOO, By.BOTH),
    Mutant(
        "refreshed without the relation",
        LOADING_LAYERS,
        (('refresh(task, attribute_names=["project"])', "refresh(task)"),),
        _READ_TOO,
        By.BOTH,
    ),
    Mutant(
        "an option for what is loaded already",
        LOADING_LAYERS,
        (
            (_REFRESH, "        await self.session.get(Task, key, options=[joinedload(Task.project)])\n"),
            ("from sqlmodel import Field", "from sqlalchemy.orm import joinedload\nfrom sqlmodel import Field"),
        ),
        _TWICE,
    ),
    Mutant(
        "the lazy load is masked",
        LOADING_LAYERS,
        (
            (_REFRESH, ""),
            (
                '    return {"title": task.title, "project": task.project.name if task.project else None}\n',
                "    try:\n"
                "        name = task.project.name\n"
                "    except SQLAlchemyError:\n"
                "        name = None\n"
                '    return {"title": task.title, "project": name}\n',
            ),
            ("from sqlmodel import Field", "from sqlalchemy.exc import SQLAlchemyError\nfrom sqlmodel import Field"),
        ),
        _READ_TOO,
        By.BOTH,
    ),
    Mutant(
        "a response model reads what is not loaded",
        NESTED,
        ((".options(contains_eager(Task.project))", ""),),
        _READ_TOO,
        By.BOTH,
    ),
    Mutant(
        "a second endpoint forgets the option",
        NESTED,
        ((".options(joinedload(Task.project))", ""),),
        {"no-lazy-load": "nothing has loaded it"},
        By.BOTH,
    ),
    Mutant(
        "the created task is answered with a relation that is not loaded",
        LAYERS,
        (('        await self.session.refresh(task, attribute_names=["project"])\n', ""),),
        {"no-lazy-load": _LAZY, "create-returns-task": "POST with a referenced body: answers 500"},
    ),
    Mutant(
        "read after the rollback",
        PLAIN,
        (
            (
                "    session.add(task)\n",
                "    project = await session.get(Project, data.project_id) if data.project_id else None\n"
                "    session.add(task)\n",
            ),
            (
                'HTTPException(409, "conflict")',
                'HTTPException(409, f"conflict in {project.name if project else None}")',
            ),
        ),
        {"no-lazy-load": _LAZY, "error-handling": "the client gets an unhandled 500"},
    ),
    Mutant(
        "read after the rollback, and masked",
        LAYERS,
        (
            (
                "        self.session.add(task)\n",
                "        project = await self.session.get(Project, task.project_id) if task.project_id else None\n"
                "        self.session.add(task)\n",
            ),
            (
                '            raise NotStored(409, "conflict") from error\n',
                '            where = "nowhere"\n'
                "            with contextlib.suppress(SQLAlchemyError):\n"
                "                where = project.name if project else where\n"
                "            raise NotStored(409, where) from error\n",
            ),
            (
                "from app.models import Task, TaskCreate\n\n\nclass NotStored",
                "from app.models import Project, Task, TaskCreate\n\n\nclass NotStored",
            ),
            ("from typing import Protocol", "import contextlib\nfrom typing import Protocol"),
        ),
        {"no-lazy-load": _LAZY},
    ),
    Mutant(
        "the key in place of the name",
        PLAIN_LOADING,
        (("task.project.name if task.project else None", "task.project_id"),),
        {"relation-loaded": "GET answers 200"},
    ),
    Mutant(
        "joined by the wrong column",
        COLUMNS,
        ((".join(Project, isouter=True)", ".join(Project, Project.id == -Task.id, isouter=True)"),),
        {"relation-loaded": "GET answers 200"},
    ),
    Mutant(
        "looked for under another key",
        COLUMNS,
        (("Task.id == task_id", "Task.id == -task_id"),),
        {"relation-loaded": "GET answers 404"},
    ),
)
