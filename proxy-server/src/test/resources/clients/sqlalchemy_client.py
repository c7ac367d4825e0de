"""Create, read, update and delete with SQLAlchemy, for several workspaces, none of which is declared."""
import sys

from sqlalchemy import ForeignKeyConstraint, create_engine, func, select
from sqlalchemy.orm import (
    DeclarativeBase, Mapped, Session, joinedload, mapped_column, relationship, selectinload)


class Base(DeclarativeBase):
    pass


class Project(Base):
    __tablename__ = "orm_project"
    workspace_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    tasks: Mapped[list["Task"]] = relationship(
        back_populates="project", cascade="all, delete-orphan", order_by="Task.id")


class Task(Base):
    __tablename__ = "orm_task"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "project_id"], ["orm_project.workspace_id", "orm_project.id"]),)
    workspace_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int]
    title: Mapped[str | None]
    project: Mapped[Project] = relationship(back_populates="tasks")


def create(session, workspace):
    project = Project(workspace_id=workspace, id=1, name="of " + workspace)
    project.tasks = [Task(id=i, title=f"{workspace} {i}") for i in range(1, 6)]
    session.add(project)
    session.commit()


def read(session, workspace):
    project = session.get(Project, (workspace, 1))
    assert project.name == "of " + workspace, project.name
    assert [task.title for task in project.tasks] == [f"{workspace} {i}" for i in range(1, 6)]
    session.commit()
    session.expunge_all()
    for load in (joinedload, selectinload):
        query = (
            select(Project).where(Project.workspace_id == workspace).options(load(Project.tasks)))
        found = session.scalars(query).unique().all()
        assert [len(each.tasks) for each in found] == [5]
        session.commit()
        session.expunge_all()
    task = session.scalars(
        select(Task).join(Task.project)
        .where(Task.workspace_id == workspace, Project.name.like("of %"), Task.id == 3)).one()
    assert task.project.name == "of " + workspace
    count = select(func.count()).select_from(Task).where(Task.workspace_id == workspace)
    assert session.scalar(count) == 5
    session.commit()


def change(session, workspace):
    task = session.get(Task, (workspace, 2))
    task.title = "changed"
    session.flush()
    # Without the key, in the transaction that has learned it.
    assert session.scalars(select(Task.id).where(Task.title == "changed")).all() == [2]
    session.delete(session.get(Task, (workspace, 5)))
    session.commit()
    session.add(Task(workspace_id=workspace, id=9, project_id=1, title="undone"))
    session.flush()
    session.rollback()


def autocommit(engine, workspace):
    with Session(engine.execution_options(isolation_level="AUTOCOMMIT")) as session:
        query = select(Task.id).where(Task.workspace_id == workspace).order_by(Task.id)
        assert session.scalars(query).all() == [1, 2, 3, 4]


def main():
    engine = create_engine(sys.argv[1], pool_size=2)
    workspaces = [f"w{i}" for i in range(1, 7)]
    for step in (create, read, change):
        for workspace in workspaces:
            with Session(engine) as session:
                step(session, workspace)
    for workspace in workspaces:
        autocommit(engine, workspace)
    print("ok")


main()
