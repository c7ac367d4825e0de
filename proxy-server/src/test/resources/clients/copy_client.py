"""COPY with asyncpg and psycopg, for several workspaces, none of which is declared."""
import asyncio
import sys

import asyncpg
import psycopg

WORKSPACES = [f"w{i}" for i in range(1, 7)]


async def with_asyncpg(url):
    connection = await asyncpg.connect(url)
    for workspace in WORKSPACES:
        await connection.copy_records_to_table(
            "orm_project", columns=["workspace_id", "id", "name"], records=[(workspace, 1, "of " + workspace)])
        await connection.copy_records_to_table(
            "orm_task", columns=["id", "title", "project_id", "workspace_id"],
            records=[(i, f"{workspace} {i}", 1, workspace) for i in (1, 2)])
    try:
        await connection.copy_records_to_table(
            "orm_task", columns=["workspace_id", "id", "project_id"], records=[("w1", 8, 1), ("w2", 8, 1)])
        sys.exit("rows of two workspaces were accepted")
    except asyncpg.PostgresError as e:
        assert e.sqlstate == "TL005", e
    # Asks for a type it does not know, with jit off meanwhile, and stays free to go anywhere.
    assert await connection.fetchval("SELECT '{pg_catalog}'::information_schema.sql_identifier[]") == ["pg_catalog"]
    for workspace in WORKSPACES:
        count = "SELECT count(*) FROM orm_task WHERE workspace_id = $1"
        assert await connection.fetchval(count, workspace) == 2
    await connection.close()


def with_psycopg(url):
    with psycopg.connect(url) as connection:
        for workspace in WORKSPACES:
            copy = "COPY orm_task (workspace_id, id, project_id, title) FROM STDIN"
            with connection.cursor().copy(copy) as rows:
                for i in (3, 4):
                    rows.write_row((workspace, i, 1, f"{workspace} {i}"))
            connection.commit()


asyncio.run(with_asyncpg(sys.argv[1]))
with_psycopg(sys.argv[1])
print("ok")
