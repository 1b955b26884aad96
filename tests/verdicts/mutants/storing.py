"""Faults in what is stored and answered."""

from tests.verdicts.mutant import LAYERS, PLAIN, Mutant

_COMMIT = "        await session.commit()\n"

STORING = (
    Mutant(
        "flushed and never committed",
        PLAIN,
        ((_COMMIT, "        await session.flush()\n"),),
        {"create-returns-task": "no row is stored"},
    ),
    Mutant(
        "an empty body",
        PLAIN,
        ((") -> Task:\n    task =", "):\n    task ="), ("    return task\n\n", "    return {}\n\n")),
        {"create-returns-task": "without the task's id and fields: {}"},
    ),
    Mutant(
        "the id is left out of the response model",
        LAYERS,
        (("class TaskRead(SQLModel):\n    id: int\n", "class TaskRead(SQLModel):\n"),),
        {"create-returns-task": "without the task's id and fields"},
    ),
    Mutant(
        "something else is stored than was sent",
        LAYERS,
        (("Task(**data.model_dump())", 'Task(**{**data.model_dump(), "title": "untitled"})'),),
        {"create-returns-task": "no row is stored"},
    ),
    Mutant(
        "committed only when there is a description",
        LAYERS,
        (
            (
                "            await self.session.commit()\n",
                "            await (self.session.commit if task.description else self.session.flush)()\n",
            ),
            (
                'await self.session.refresh(task, attribute_names=["project"])',
                'await self.session.flush()\n        await self.session.refresh(task, attribute_names=["project"])',
            ),
        ),
        {"create-returns-task": "no row is stored"},
    ),
    Mutant(
        "what it refers to is left out",
        LAYERS,
        (("Task(**data.model_dump())", 'Task(**data.model_dump(exclude={"project_id"}))'),),
        {"create-returns-task": "no row is stored"},
    ),
)
