from fastapi import APIRouter, HTTPException
from sqlalchemy.orm import selectinload
from sqlmodel import select

from app.database import SessionDep
from app.errors import database_errors
from app.models import Task, TaskCreate, TaskDetail, TaskRead

router = APIRouter(prefix="/tasks")


@router.post("", response_model=TaskRead, status_code=201)
async def create_task(data: TaskCreate, session: SessionDep) -> Task:
    task = Task.model_validate(data)
    session.add(task)
    async with database_errors(session):
        await session.commit()
    return task


@router.get("/{task_id}", response_model=TaskDetail)
async def get_task(task_id: int, session: SessionDep) -> Task:
    statement = select(Task).where(Task.id == task_id).options(selectinload(Task.project))
    async with database_errors(session):
        task = (await session.exec(statement)).one_or_none()
    if task is None:
        raise HTTPException(404, "Task not found")
    return task
