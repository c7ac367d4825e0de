package dev.trunkline.bench;

import dev.trunkline.bench.DemoData.Workspace;

/** Lines to paste once the demo runs. */
final class DemoGuide {
  private static final String TEXT =
      """

      The proxy listens on 127.0.0.1:@PORT@, database spaces, user app, password app.
      @COUNT@ workspaces live in schema_001 to schema_003 on host-1 and schema_004 to schema_006 on host-2.

      A workspace on each host, named by a startup option:
        psql "host=127.0.0.1 port=@PORT@ user=app password=app dbname=spaces options='-c trunkline.workspace=@FIRST@'" -c 'select current_schema(), inet_server_port(), name from workspace limit 3'
        psql "host=127.0.0.1 port=@PORT@ user=app password=app dbname=spaces options='-c trunkline.workspace=@SECOND@'" -c 'select current_schema(), inet_server_port(), name from workspace limit 3'

      The same by the name of the database, and by SET:
        PGPASSWORD=app psql -h 127.0.0.1 -p @PORT@ -U app -d spaces@@FIRST@ -c 'select type, count(*) from block group by type'
        PGPASSWORD=app psql -h 127.0.0.1 -p @PORT@ -U app -d spaces -c "set trunkline.workspace = '@SECOND@'" -c 'select name from collection limit 3'

      Without naming it: the key in the statement tells, and a notice says where it went:
        PGPASSWORD=app psql -h 127.0.0.1 -p @PORT@ -U app -d spaces -c 'set trunkline.explain_route = on' -c "select type, count(*) from block where workspace_id = '@SECOND@' group by type"

      From programs:
        jdbc:postgresql://127.0.0.1:@PORT@/spaces?user=app&password=app&options=-c%20trunkline.workspace=@FIRST@
        python3 -c "import psycopg; print(psycopg.connect('host=127.0.0.1 port=@PORT@ user=app password=app dbname=spaces@@FIRST@').execute('select count(*) from block').fetchone())"

      Which workspaces there are, straight from the catalog:
        PGPASSWORD=admin psql -h 127.0.0.1 -p @PORT@ -U admin -d catalog -c 'select * from trunkline.workspace join trunkline.shard on name = shard limit 12'

      The console and the metrics:
        PGPASSWORD=admin psql -h 127.0.0.1 -p @PORT@ -U admin trunkline -c 'SHOW POOLS'
        PGPASSWORD=admin psql -h 127.0.0.1 -p @PORT@ -U admin trunkline -c "EXPLAIN ROUTE select * from block where workspace_id = '@FIRST@'"
        curl -s http://127.0.0.1:@METRICS@/metrics

      Port @GROUP_A@ serves proxy group a (host-1) only, port @GROUP_B@ group b (host-2).
      Configuration and logs: @DIRECTORY@
      Stop with Ctrl-C@END@.
      """;

  private DemoGuide() {}

  static String text(DemoStack stack) {
    DemoPorts ports = stack.ports();
    DemoData data = stack.data();
    Workspace first = data.workspaces().getFirst();
    Workspace second = data.workspaces().size() < DemoData.SHARDS ? first : data.on(1);
    return TEXT.replace("@PORT@", Integer.toString(ports.common()))
        .replace("@GROUP_A@", Integer.toString(ports.groupA()))
        .replace("@GROUP_B@", Integer.toString(ports.groupB()))
        .replace("@METRICS@", Integer.toString(ports.metrics()))
        .replace("@COUNT@", Integer.toString(data.workspaces().size()))
        .replace("@FIRST@", first.id().toString())
        .replace("@SECOND@", second.id().toString())
        .replace("@DIRECTORY@", stack.directory().toString())
        .replace("@END@", stack.temporary() ? "; nothing stays behind" : "; the data stays");
  }
}
