package dev.trunkline.bench.compare;

import dev.trunkline.bench.compare.Beside.Kind;
import dev.trunkline.bench.compare.Workload.Driver;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What can be measured; each workload is declared here and nowhere else. */
final class Workloads {
  /** Logical shards that exist, {@code schema_1} on. */
  static final int SCHEMAS = 15;

  /** Workspaces that exist, {@code w1} on, spread over the shards. */
  static final int WORKSPACES = 1_000;

  private static final String ONE_ROW =
      """
      \\set aid random(1, 1000)
      SELECT abalance FROM account WHERE aid = :aid;
      """;

  private static final String FIVE_STATEMENTS =
      """
      \\set aid random(1, 1000)
      BEGIN;
      SELECT abalance FROM account WHERE aid = :aid;
      SELECT abalance FROM account WHERE aid = :aid + 1;
      SELECT abalance FROM account WHERE aid = :aid + 2;
      SELECT abalance FROM account WHERE aid = :aid + 3;
      SELECT abalance FROM account WHERE aid = :aid + 4;
      COMMIT;
      """;

  /** pgbench's own script, spelled out so that all peers and scales run the same text. */
  private static final String TPC_B =
      """
      \\set aid random(1, 100000 * :scale)
      \\set bid random(1, :scale)
      \\set tid random(1, 10 * :scale)
      \\set delta random(-5000, 5000)
      BEGIN;
      UPDATE pgbench_accounts SET abalance = abalance + :delta WHERE aid = :aid;
      SELECT abalance FROM pgbench_accounts WHERE aid = :aid;
      UPDATE pgbench_tellers SET tbalance = tbalance + :delta WHERE tid = :tid;
      UPDATE pgbench_branches SET bbalance = bbalance + :delta WHERE bid = :bid;
      INSERT INTO pgbench_history (tid, bid, aid, delta, mtime)
        VALUES (:tid, :bid, :aid, :delta, CURRENT_TIMESTAMP);
      END;
      """;

  /** A client's variables outlive its transactions, so the workspace is set in the first one. */
  private static final String WORKSPACE_IN_SESSION =
      """
      \\if :started
      \\else
      \\set workspace :client_id % :schemas + 1
      SET trunkline.workspace = 'w:workspace';
      \\set started 1
      \\endif
      """
          + ONE_ROW;

  private static final String WORKSPACE_PER_TRANSACTION =
      """
      \\set workspace random(1, :schemas)
      \\set aid random(1, 1000)
      BEGIN;
      SET LOCAL trunkline.workspace = 'w:workspace';
      SELECT abalance FROM account WHERE aid = :aid;
      COMMIT;
      """;

  /** What an application does without a routing proxy. */
  private static final String SEARCH_PATH_PER_TRANSACTION =
      """
      \\set workspace random(1, :schemas)
      \\set aid random(1, 1000)
      BEGIN;
      SET LOCAL search_path = schema_:workspace;
      SELECT abalance FROM account WHERE aid = :aid;
      COMMIT;
      """;

  private static final String WORKSPACE_IN_SQL =
      """
      \\set workspace random(1, :schemas)
      \\set aid random(1, 1000)
      /*workspace_id='w:workspace'*/ SELECT abalance FROM account WHERE aid = :aid;
      """;

  /** Those that differ from another one in one thing, by their names. */
  private static final Map<String, String> WITHOUT =
      Map.of(
          "busy-logins-500", "busy",
          "dark-reads-1", "dark-reads-none",
          "idle-2000", "select",
          "idle-20000", "select",
          "neighbour-paused", "neighbour");

  /** In the order in which they run. Bytes are those of the messages that carry rows. */
  static final List<Workload> ALL = all();

  private Workloads() {}

  private static List<Workload> all() {
    Setup scram = new Setup(true, false, false);
    List<Workload> all = new ArrayList<>();
    all.add(Workload.of("select", ONE_ROW));
    all.add(Workload.of("select-extended", ONE_ROW).driver(Driver.EXTENDED));
    all.add(Workload.of("select-prepared", ONE_ROW).driver(Driver.PREPARED));
    all.add(Workload.of("tpcb", TPC_B));
    all.add(Workload.of("transaction-5", FIVE_STATEMENTS));
    all.add(Workload.of("rows-1000", "SELECT * FROM account LIMIT 1000;").bytes(102_893));
    all.add(
        Workload.of("result-10mb", "SELECT repeat('x', 10000) FROM generate_series(1, 1000);")
            .bytes(1000 * (5 + 6 + 10_000)));
    all.add(Workload.of("copy-out", "COPY wide TO STDOUT").driver(Driver.COPY).bytes(10_108_894));
    // WHERE false: every byte is sent and parsed, none is kept.
    all.add(
        Workload.of("copy-in", "COPY wide FROM STDIN WHERE false")
            .driver(Driver.COPY)
            .bytes(CopyLoad.ROWS.length()));
    all.add(connect("connect", scram));
    all.add(connect("connect-tls", new Setup(true, true, false)));
    all.add(Workload.of("tls-client", ONE_ROW).setup(new Setup(false, true, false)));
    all.add(Workload.of("tls-server", ONE_ROW).setup(new Setup(false, false, true)));
    all.add(Workload.of("busy", ONE_ROW).setup(scram));
    all.add(Workload.of("busy-logins-500", ONE_ROW).setup(scram).beside(Kind.LOGIN, 500));
    all.add(Workload.of("idle-2000", ONE_ROW).beside(Kind.IDLE, 2_000));
    all.add(Workload.of("idle-20000", ONE_ROW).beside(Kind.IDLE, 20_000));
    all.add(Workload.of("memory-20000", "").driver(Driver.IDLE).beside(Kind.IDLE, 20_000));
    all.add(
        Workload.of("churn", ONE_ROW).driver(Driver.CHURN).setup(scram).beside(Kind.VISIT, 100));
    all.add(Workload.of("start", "").driver(Driver.START));
    all.add(
        Workload.of("neighbour", ONE_ROW)
            .routed(5, WORKSPACE_IN_SESSION)
            .beside(Kind.NEIGHBOUR, 8));
    all.add(
        Workload.of("neighbour-paused", ONE_ROW)
            .routed(5, WORKSPACE_IN_SESSION)
            .beside(Kind.PAUSED_NEIGHBOUR, 8));
    all.add(Workload.of("dark-reads-none", ONE_ROW).routed(5, WORKSPACE_IN_SESSION));
    all.add(
        Workload.of("dark-reads-1", ONE_ROW)
            .routed(5, WORKSPACE_IN_SESSION)
            .beside(Kind.DARK_READ, 1));
    for (int schemas : new int[] {1, 5, 15}) {
      all.add(
          Workload.of("workspace-session-" + schemas, ONE_ROW)
              .routed(schemas, WORKSPACE_IN_SESSION));
      all.add(
          Workload.of("workspace-transaction-" + schemas, SEARCH_PATH_PER_TRANSACTION)
              .routed(schemas, WORKSPACE_PER_TRANSACTION));
      all.add(Workload.of("workspace-sql-" + schemas, ONE_ROW).routed(schemas, WORKSPACE_IN_SQL));
    }
    return List.copyOf(all);
  }

  private static Workload connect(String name, Setup setup) {
    return Workload.of(name, ONE_ROW).driver(Driver.RECONNECT).setup(setup);
  }

  /** The same workload without what this one is about; empty for one that stands by itself. */
  static Optional<String> without(String name) {
    return Optional.ofNullable(WITHOUT.get(name));
  }

  /**
   * @throws IllegalArgumentException naming those that exist
   */
  static Workload named(String name) {
    return ALL.stream()
        .filter(each -> each.name().equals(name))
        .findAny()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no workload "
                        + name
                        + "; there are "
                        + String.join(", ", ALL.stream().map(Workload::name).toList())));
  }
}
