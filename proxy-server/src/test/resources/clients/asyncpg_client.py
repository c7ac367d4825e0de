"""asyncpg on the sharded database. Settings come from PGHOST, PGPORT and the like."""

import asyncio
import sys

import asyncpg


def check(wanted, got, what):
    if wanted != got:
        sys.exit(f"{what}: expected {wanted!r}, but was {got!r}")


class Undo(Exception):
    pass


async def main():
    connection = await asyncpg.connect(server_settings={"trunkline.workspace": "w3"})
    statement = await connection.prepare("SELECT name || $1::text FROM shard_name")
    for i in range(10):
        check(f"schema_003{i}", await statement.fetchval(str(i)), "a prepared statement")
    await connection.execute("SET trunkline.workspace = 'w5'")
    check("schema_005x", await statement.fetchval("x"), "the statement in another workspace")
    try:
        async with connection.transaction(isolation="serializable"):
            await connection.execute("INSERT INTO item VALUES ($1, $2)", 1, "gone")
            raise Undo
    except Undo:
        pass
    check(0, await connection.fetchval("SELECT count(*) FROM item"), "after a rollback")
    records = [(i, str(i)) for i in range(1000)]
    await connection.copy_records_to_table("item", records=records)
    await connection.executemany("UPDATE item SET name = $2 WHERE id = $1", records[:50])
    check("DELETE 1000", await connection.execute("DELETE FROM item"), "rows deleted")
    await connection.close()


asyncio.run(main())
