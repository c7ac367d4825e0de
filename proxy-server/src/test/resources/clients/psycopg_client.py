"""psycopg 3 on the sharded database. Settings come from PGHOST, PGPORT and the like."""

import sys

import psycopg


def check(wanted, got, what):
    if wanted != got:
        sys.exit(f"{what}: expected {wanted!r}, but was {got!r}")


def rows(connection, sql, *values):
    return connection.execute(sql, values).fetchall()


with psycopg.connect(autocommit=True, prepare_threshold=2) as connection:
    connection.execute("SET trunkline.workspace = 'w2'")
    for i in range(10):
        got = rows(connection, "SELECT name, %s::int FROM shard_name", i)
        check([("schema_002", i)], got, "a prepared statement")
    connection.execute("SET trunkline.workspace = 'w6'")
    got = rows(connection, "SELECT name, %s::int FROM shard_name", 1)
    check([("schema_006", 1)], got, "the statement in another workspace")
    try:
        with connection.transaction():
            connection.execute("INSERT INTO item VALUES (1, 'gone')")
            raise psycopg.Rollback
    except psycopg.Rollback:
        pass
    check([(0,)], rows(connection, "SELECT count(*) FROM item"), "after a rollback")
    with connection.pipeline():
        for i in range(20):
            connection.execute("INSERT INTO item VALUES (%s, %s)", (i, str(i)))
    with connection.cursor() as cursor:
        with cursor.copy("COPY item FROM STDIN") as copy:
            for i in range(20, 1000):
                copy.write_row((i, "x"))
        with cursor.copy("COPY item TO STDOUT") as copy:
            check(1000, sum(1 for _ in copy.rows()), "rows copied out")
    try:
        connection.execute("SELECT 1 / 0")
        sys.exit("a division by zero was not refused")
    except psycopg.errors.DivisionByZero:
        pass
    check(1000, connection.execute("DELETE FROM item").rowcount, "rows deleted")
