from sqlmodel import Field, Relationship, SQLModel


class Project(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    tasks: list["Task"] = Relationship(back_populates="project")


class TaskCreate(SQLModel):
    title: str = Field(min_length=1, max_length=200, unique=True)
    project_id: int | None = Field(default=None, foreign_key="project.id")


class Task(TaskCreate, table=True):
    id: int | None = Field(default=None, primary_key=True)
    project: Project | None = Relationship(back_populates="tasks")


class TaskRead(TaskCreate):
    id: int


class ProjectRead(SQLModel):
    id: int
    name: str


class TaskDetail(TaskRead):
    project: ProjectRead | None
