package dev.trunkline.proxy.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Renders docs/configuration.md from the declarations. The main method writes the file, the test
 * beside this class compares it.
 */
final class KeyDocs {
  /** Seen from the module, where Maven runs tests. */
  static final Path FILE = Path.of("..", "docs", "configuration.md");

  private static final String INTRO =
      """
      # Configuration

      <!-- Rendered from the declarations in the source; KeyDocsTest says how to refresh it. -->

      One file configures a process: in [HOCON](https://github.com/lightbend/config/blob/main/HOCON.md), or,
      if its name ends with `.ini`, in PgBouncer's format ([pgbouncer.md](pgbouncer.md)).
      `trunkline.conf`, which comes with the program, shows every key. The blocks are:

      | block | what it says |
      |---|---|
      | `pgbouncer` | settings that PgBouncer has, too, by its names and with its defaults |
      | `trunkline` | settings of this program's own; SHOW CONFIG and SET call them `trunkline.NAME` |
      | `hosts` | the physical PostgreSQL servers |
      | `groups` | proxy groups: which hosts share a listener and limits |
      | `databases` | the names clients connect to |
      | `users` | who may connect |
      | `map` | where the shard map is read from |

      * **Times** are seconds (`1.5`) or have a unit: `500ms`, `30s`, `5m`, `1h`.
      * **Sizes** are bytes or have a unit: `64 KiB` is 65,536 bytes, `64 kB` is 64,000.
      * **Switches** are `true` or `false`; `1`/`0`, `on`/`off` and `yes`/`no` do as well.
      * **Lists** are `[a, b]` or, as in PgBouncer, `"a, b"`.
      * **The environment**: `password = ${?APP_PASSWORD}` takes the value of a variable and is as if
        it were not there when the variable is not set.
      * **Includes**: `include required("secrets.conf")`. Without `required` a missing file goes unnoticed.

      A file with a mistake stops the start, and RELOAD leaves everything as it was. Every mistake is named
      with its line, unknown keys included:

      ```
      trunkline.conf:12: hosts.host-1.port: 70000 is not a port (1 to 65535)
      trunkline.conf:31: pgbouncer.default_pol_size: unknown key; did you mean default_pool_size?
      ```

      Keys under **live** with *yes* follow RELOAD (and, as settings, the console's `SET`); the others
      need a restart, and RELOAD logs which of them wait for one.

      """;

  private static final String HOSTS =
      """
      ## hosts

      Each entry is one physical PostgreSQL server: an endpoint and the database on it that holds
      logical shards as schemas. Pools belong to hosts, never to logical shards, so moving shards
      together on fewer hosts does not multiply connections. A host is in exactly one group.

      ```hocon
      hosts {
        host-1 { host = 10.0.0.11, dbname = app, region = eu-1, max_connections = 200 }
        host-2 { host = 10.0.0.12, dbname = app, region = eu-1, max_connections = 200 }
      }
      ```

      """;

  private static final String GROUPS =
      """
      ## groups

      A proxy group is a set of hosts with its own listener, pools and limits: one group's trouble
      stays its own. Clients of a group's listener reach only its hosts; clients of
      `pgbouncer.listen_addr` reach all.

      ```hocon
      groups {
        a { hosts = [host-1, host-2], listen = "0.0.0.0:6433", max_connections = 400 }
      }
      ```

      """;

  private static final String DATABASES =
      """
      ## databases

      What a client names in its connection string. A database is *sharded* (each transaction goes
      to the logical shard of its workspace) or *plain* (one server, as in PgBouncer). The entry `*`
      stands for every name that is not listed. `pgbouncer` and `trunkline` are the console.

      ```hocon
      databases {
        app { sharded = true, search_path = [public], workspace_setting = "app.workspace_id" }
        legacy { host = 10.0.0.5, dbname = legacy, pool_size = 5 }
      }
      ```

      Where the default column names a setting, that setting counts. For pool mode and pool sizes
      the user's entry goes before the database's, and that before the setting.

      """;

  private static final String USERS =
      """
      ## users

      Who may connect. Plain text passwords serve every `auth_type` and the login to servers, too.

      ```hocon
      users {
        app { password = ${?APP_PASSWORD}, max_user_connections = 50 }
      }
      ```

      """;

  private static final String PEERS =
      """
      ## peers

      Other processes that clients reach at the same address, with `so_reuseport` or behind a load
      balancer. A cancel request comes on a connection of its own, so it may reach another process
      than the query: each process has a `peer_id`, clients' cancel keys tell it, and the processes
      pass on what is not theirs. The block may be the same for all of them. It works with PgBouncer
      in the same set.

      ```hocon
      pgbouncer.peer_id = 1
      peers {
        1 { host = /run/trunkline/1 }
        2 { host = /run/trunkline/2 }
      }
      ```

      """;

  private static final String DARK_READS =
      """
      ## trunkline.dark_reads

      Samples of reads that are repeated on another home and compared ([operations.md](operations.md));
      the console's `DARK READ` begins the same. Each entry names one of `group`, `host` and `shard`.
      Follows RELOAD. Not in a pgbouncer.ini.

      ```hocon
      trunkline.dark_reads {
        upgrade {
          host = host-1, sample = 0.1%
          against = "host=10.0.0.21 dbname=app user=dark password='"${?DARK_PASSWORD}"'"
        }
      }
      ```

      """;

  private static final String FILE_MAP =
      """
      ## map

      The shard map says which workspace lives in which logical shard (a schema), and which logical
      shard lives on which host. A configuration with a sharded database needs one.

      ### map in this file: `type = file`

      ```hocon
      map {
        type = file
        shards { schema_001 = host-1, schema_002 = host-2 }
        placement = hash
        workspaces { "3f1c9a52-6e0b-4c1d-9f57-0a8e5d2b7c11" = schema_002 }
      }
      ```

      `shards` names a host for each logical shard. `workspaces` names a logical shard for single
      workspaces and goes before `placement`.

      """;

  private static final String CATALOG_MAP =
      """

      ### map in a catalog database: `type = postgres`

      ```hocon
      map {
        type = postgres
        host = 10.0.0.2, dbname = catalog, user = trunkline, password = ${?CATALOG_PASSWORD}
        sslmode = verify-full
        snapshot_file = /var/lib/trunkline/map.snapshot
      }
      ```

      Hosts and groups stay in this file; shards and workspaces come from the catalog's tables.
      Changing `type` needs a restart.

      """;

  private static final String TABLES =
      """

      ### map.sharded_tables

      What is known of the tables of sharded databases, so that statements without a declared workspace
      go where the key in them says ([orms.md](orms.md)). With either type of map; not in a pgbouncer.ini.
      A table that is not declared is never routed by its statements.

      ```hocon
      map.sharded_tables {
        key = workspace_id, user = trunkline, password = ${?CATALOG_PASSWORD}
        tables { legacy_task = "tenant uuid" }
        views { open_task = "workspace_id uuid" }
        reference = [country, currency]
        functions = [slug]
      }
      ```

      `tables` and `views` name a key column and its type (`uuid`, `bigint`, `int`, `smallint`, `text`,
      `varchar`) for what `key` does not find. A view is safe if its rows with one key come from rows with
      that key alone. Triggers and rules are not seen: they must stay within the row's workspace.

      """;

  private KeyDocs() {}

  public static void main(String[] args) throws IOException {
    Files.writeString(FILE, render());
  }

  static String render() {
    StringBuilder out = new StringBuilder(INTRO);
    out.append("## Settings\n");
    for (Section section : Keys.sections()) {
      out.append("\n### ").append(section.title()).append("\n\n");
      settings(out, section.settings());
    }
    out.append('\n');
    block(out, HOSTS, EntryKeys.Host.KIND);
    block(out.append('\n'), GROUPS, EntryKeys.Group.KIND);
    block(out.append('\n'), DATABASES, EntryKeys.Database.KIND);
    block(out.append('\n'), USERS, EntryKeys.User.KIND);
    block(out.append('\n'), PEERS, EntryKeys.Peer.KIND);
    block(out.append('\n'), DARK_READS, EntryKeys.DarkRead.KIND);
    block(out.append('\n'), FILE_MAP, EntryKeys.FileMap.KIND);
    block(out, CATALOG_MAP, EntryKeys.CatalogMap.KIND);
    block(out, TABLES, EntryKeys.Tables.KIND);
    return out.append('\n').append(notHonoured()).toString();
  }

  private static void settings(StringBuilder out, List<Setting<?>> settings) {
    out.append("| setting | default | live | |\n|---|---|---|---|\n");
    for (Setting<?> setting : settings) {
      row(
          out,
          code(setting.name()),
          code(shownDefault(setting)),
          setting.changeable() ? "yes" : "no",
          meaning(setting));
    }
  }

  private static String meaning(Setting<?> setting) {
    if (!setting.effective()) {
      return "*Without effect:* " + setting.doc();
    }
    return setting.iniDefault().equals(setting.defaultText())
        ? setting.doc()
        : setting.doc() + " In a pgbouncer.ini the default is " + iniDefault(setting) + ".";
  }

  private static String iniDefault(Setting<?> setting) {
    return setting.iniDefault().isEmpty() ? "empty" : code(setting.iniDefault());
  }

  private static void block(StringBuilder out, String prose, EntryKeys.Kind kind) {
    out.append(prose).append("| key | default | |\n|---|---|---|\n");
    for (EntryKeys.Key<?> key : kind.keys()) {
      row(out, code(key.name()), key.required() ? "*required*" : entryDefault(key), doc(key));
    }
  }

  private static String doc(EntryKeys.Key<?> key) {
    return key.setting().doc();
  }

  /** What is not a value that could be written in the file is told in words. */
  private static String entryDefault(EntryKeys.Key<?> key) {
    String shown = key.setting().defaultText();
    return shown.contains("the ") ? shown : code(shown);
  }

  /** As an operator would write it, where SHOW CONFIG prints bare seconds, bytes and 0 or 1. */
  private static String shownDefault(Setting<?> setting) {
    return switch (setting.defaultValue()) {
      case Boolean on -> on ? "true" : "false";
      case Duration time when !time.isZero() -> setting.defaultText() + "s";
      case Long bytes when bytes > 0 && bytes % (1 << 20) == 0 -> (bytes >> 20) + " MiB";
      case Integer bytes when setting.name().endsWith("watermark") -> (bytes >> 10) + " KiB";
      default -> setting.defaultText();
    };
  }

  private static String notHonoured() {
    StringBuilder out = new StringBuilder("## Settings of PgBouncer that are refused\n\n");
    out.append("This version does not honour them, so a file that has them does not load:\n");
    Keys.NOT_HONOURED.stream().sorted().forEach(name -> out.append(code(name)).append(",\n"));
    return out.delete(out.length() - 2, out.length()).append(".\n").toString();
  }

  private static String code(String text) {
    return text.isEmpty() ? "" : "`" + text + "`";
  }

  private static void row(StringBuilder out, String... cells) {
    out.append('|');
    for (String cell : cells) {
      out.append(' ').append(cell.replace("|", "\\|")).append(cell.isEmpty() ? "|" : " |");
    }
    out.append('\n');
  }
}
