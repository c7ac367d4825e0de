package dev.trunkline.proxy.storm;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One client of the storm. Each transaction names its workspace in one of the ways there are, and
 * each statement that reaches a shard answers with the schema it ran in.
 */
final class StormClient {
  private static final String INSERT =
      "INSERT INTO storm VALUES ('%s', %d) RETURNING (SELECT name FROM shard_name)";
  private static final String BOUND =
      "INSERT INTO storm VALUES ($1, $2) RETURNING (SELECT name FROM shard_name)";
  private static final Set<String> CANCELED = Set.of("57014");

  private final int index;
  private final int port;
  private final Tally tally;
  private final Random random;
  private final AtomicLong progress;
  private final Set<String> prepared = new HashSet<>();
  private long number;
  private RawClient client;
  private String base;
  private String now;
  private boolean unnamedIsInsert;

  StormClient(int index, int port, long seed, Tally tally, AtomicLong progress) {
    this.index = index;
    this.port = port;
    this.tally = tally;
    this.progress = progress;
    this.random = new Random(seed + index);
    this.number = index * Tally.SPAN;
  }

  void run(int transactions) throws IOException {
    try {
      for (int i = 0; i < transactions; i++) {
        if (client == null) {
          connect();
        }
        transaction();
        progress.incrementAndGet();
      }
    } finally {
      disconnect();
    }
  }

  private void connect() throws IOException {
    base = random.nextInt(3) == 0 ? null : someWorkspace();
    boolean suffix = base != null && random.nextBoolean();
    String options = base == null || suffix ? null : "-c trunkline.workspace=" + base;
    client = RawClient.connect(port, suffix ? "app@" + base : "app", options);
    now = base;
    prepared.clear();
    unnamedIsInsert = false;
    tally.count(base == null ? "connect" : suffix ? "connect suffix" : "connect options");
  }

  private void disconnect() {
    if (client != null) {
      client.close();
      client = null;
    }
  }

  private void transaction() throws IOException {
    int action = random.nextInt(100);
    if (action < 22) {
      insert();
    } else if (action < 38) {
      block();
    } else if (action < 46) {
      named();
    } else if (action < 54) {
      pipeline();
    } else if (action < 60) {
      pipelinedRollback();
    } else if (action < 70) {
      comment();
    } else if (action < 80) {
      local();
    } else if (action < 86) {
      undoneSet();
    } else if (action < 94) {
      error();
    } else if (action < 97) {
      canceled();
    } else {
      vanish();
    }
  }

  // ---- naming the workspace ----

  private String someWorkspace() {
    return Shards.workspace(random.nextInt(Shards.WORKSPACES));
  }

  /** Makes sure that the session has a workspace, often a new one. */
  private String settle() throws IOException {
    int way = random.nextInt(now == null ? 2 : 4);
    if (way > 1) {
      return now;
    }
    String next = someWorkspace();
    Reply reply;
    if (way == 0) {
      tally.count("SET");
      reply = client.simple("SET trunkline.workspace = '" + next + "'");
    } else {
      tally.count("set_config");
      reply = setConfig(next, "false");
    }
    must(reply);
    now = next;
    return next;
  }

  private Reply setConfig(String workspace, String local) throws IOException {
    client.parse("", "SELECT set_config('trunkline.workspace', $1, $2)");
    unnamedIsInsert = false;
    client.bind("", workspace, local).execute().sync().flush();
    return client.read(1);
  }

  private void reset() throws IOException {
    must(client.simple("RESET trunkline.workspace"));
    now = base;
  }

  // ---- transactions ----

  private void insert() throws IOException {
    String workspace = settle();
    long row = ++number;
    keep(row, workspace, write(workspace, row));
  }

  /** One row by either protocol, not waited for in a block. */
  private Reply write(String workspace, long row) throws IOException {
    switch (random.nextInt(3)) {
      case 0 -> client.query(INSERT.formatted(workspace, row)).flush();
      case 1 -> {
        unnamedIsInsert = true;
        client.parse("", BOUND).bind("", workspace, "" + row).execute().sync().flush();
      }
      default -> {
        // Bound in a later lease than it was parsed in.
        boolean fresh = !unnamedIsInsert;
        if (fresh) {
          must(parseAlone());
        }
        client.bind("", workspace, "" + row).execute().sync().flush();
      }
    }
    Reply reply = client.read(1);
    unnamedIsInsert &= reply.ok();
    return reply;
  }

  /** Repeated when somebody cancels it. */
  private Reply parseAlone() throws IOException {
    Reply reply;
    do {
      client.parse("", BOUND).sync().flush();
      reply = client.read(1);
    } while (CANCELED.contains(String.valueOf(reply.error())) && reply.status() == 'I');
    unnamedIsInsert = reply.ok();
    if (!reply.ok() && !CANCELED.contains(reply.error()) && !"25P02".equals(reply.error())) {
      throw unexpected(reply);
    }
    return new Reply();
  }

  private void keep(long row, String workspace, Reply reply) {
    if (allowed(reply)) {
      inSchema(reply, workspace);
      tally.kept(row);
    }
  }

  private void block() throws IOException {
    String workspace = settle();
    boolean begun = allowed(client.simple("BEGIN"));
    finish(begun, workspace, random.nextBoolean());
  }

  /** Rows and the end of a transaction block. */
  private void finish(boolean begun, String workspace, boolean commit) throws IOException {
    long first = number + 1;
    int rows = 1 + random.nextInt(3);
    boolean ok = begun;
    for (int i = 0; ok && i < rows; i++) {
      Reply reply = client.simple(INSERT.formatted(workspace, ++number));
      ok = allowed(reply);
      inSchema(reply, workspace);
    }
    Reply end = client.simple(commit ? "COMMIT" : "ROLLBACK");
    boolean done = allowed(end) && end.tags().contains("COMMIT");
    if (done != (ok && commit) && end.ok()) {
      throw new AssertionError("end of a block: " + end);
    }
    for (long row = first; done && row <= number; row++) {
      tally.kept(row);
    }
    clear(end);
  }

  private void named() throws IOException {
    String name = "s" + random.nextInt(5);
    String workspace = settle();
    boolean fresh = !prepared.contains(name);
    if (fresh) {
      client.parse(name, BOUND + " /* " + name + " */");
    }
    long row = ++number;
    client.bind(name, workspace, "" + row).execute().sync().flush();
    Reply reply = client.read(1);
    keep(row, workspace, reply);
    if (reply.ok()) {
      prepared.add(name);
    } else if (fresh) {
      // Whether the Parse was before or behind the error is not known.
      must(client.put(out -> dev.trunkline.wire.Frontend.close(out, (byte) 'S', name)), 1);
    }
    tally.count("named");
  }

  private Reply must(RawClient sender, int readies) throws IOException {
    sender.sync().flush();
    Reply reply = sender.read(readies);
    must(reply);
    return reply;
  }

  private void pipeline() throws IOException {
    String workspace = settle();
    int batches = 2 + random.nextInt(5);
    long first = number + 1;
    boolean[] simple = new boolean[batches];
    for (int i = 0; i < batches; i++) {
      simple[i] = random.nextBoolean();
      long row = ++number;
      if (simple[i]) {
        client.query(INSERT.formatted(workspace, row));
      } else {
        client.parse("", BOUND).bind("", workspace, "" + row).execute().sync();
      }
    }
    client.flush();
    unnamedIsInsert = false;
    Reply reply = client.read(batches);
    allowed(reply);
    inSchema(reply, workspace);
    for (int i = 0; i < batches; i++) {
      if (reply.errorOf(i).isEmpty()) {
        tally.kept(first + i);
      }
    }
    tally.count("pipeline");
  }

  /** A block, its rollback and a row behind it in one write: an error must not shift anything. */
  private void pipelinedRollback() throws IOException {
    String workspace = settle();
    long undone = ++number;
    long kept = ++number;
    for (String sql :
        List.of(
            "BEGIN",
            INSERT.formatted(workspace, undone),
            "ROLLBACK",
            INSERT.formatted(workspace, kept))) {
      if (random.nextBoolean()) {
        client.query(sql);
      } else {
        client.parse("", sql).bind("").execute().sync();
      }
    }
    client.flush();
    unnamedIsInsert = false;
    Reply reply = client.read(4);
    allowed(reply);
    inSchema(reply, workspace);
    boolean begun = reply.errorOf(0).isEmpty();
    if (!begun && reply.errorOf(1).isEmpty()) {
      tally.kept(undone);
    }
    if (reply.errorOf(3).isEmpty() && reply.errorOf(2).isEmpty()) {
      tally.kept(kept);
    }
    clear(reply);
    tally.count("pipelined rollback");
  }

  private void comment() throws IOException {
    if (now != null) {
      reset();
    }
    String workspace = now == null ? someWorkspace() : now;
    long row = ++number;
    String comment = "/*workspace_id='" + workspace + "'*/";
    String sql = INSERT.formatted(workspace, row);
    String text = random.nextBoolean() ? comment + sql : sql + " " + comment;
    if (random.nextBoolean()) {
      client.query(text).flush();
    } else {
      unnamedIsInsert = false;
      client.parse("", text).bind("").execute().sync().flush();
    }
    keep(row, workspace, client.read(1));
    tally.count("comment");
  }

  private void local() throws IOException {
    String workspace = someWorkspace();
    boolean begun = allowed(client.simple("BEGIN"));
    if (random.nextBoolean()) {
      tally.count("SET LOCAL");
      must(client.simple("SET LOCAL trunkline.workspace = '" + workspace + "'"));
    } else {
      tally.count("set_config local");
      must(setConfig(workspace, "true"));
    }
    finish(begun, workspace, random.nextInt(3) > 0);
  }

  /** A SET that a rollback undoes: what follows is in the workspace of before. */
  private void undoneSet() throws IOException {
    String before = settle();
    String other = someWorkspace();
    boolean begun = allowed(client.simple("BEGIN"));
    must(client.simple("SET trunkline.workspace = '" + other + "'"));
    finish(begun, other, false);
    long row = ++number;
    keep(row, before, client.simple(INSERT.formatted(before, row)));
    tally.count("undone SET");
  }

  // ---- trouble ----

  private void error() throws IOException {
    switch (random.nextInt(5)) {
      case 0 -> {
        settle();
        expect(client.simple("SELEC 1 FROM storm"), "42601");
      }
      case 1 -> {
        String workspace = settle();
        String sql = INSERT.formatted(workspace, ++number);
        expect(client.simple(sql + "; " + sql), "23505");
      }
      case 2 -> noWorkspace();
      case 3 -> twoWorkspaces();
      default -> {
        if (now != null) {
          reset();
        }
        String sql = "/*workspace_id='nobody'*/ SELECT * FROM storm";
        expect(client.simple(sql), now == null ? "TL002" : "TL005");
      }
    }
  }

  private void noWorkspace() throws IOException {
    reset();
    if (now == null) {
      expect(client.simple(INSERT.formatted("ws0000", ++number)), "TL001");
      client.parse("", BOUND).bind("", "ws0000", "" + ++number).execute().sync().flush();
      unnamedIsInsert = false;
      expect(client.read(1), "TL001");
    }
  }

  private void twoWorkspaces() throws IOException {
    String workspace = settle();
    String other = someWorkspace();
    if (other.equals(workspace)) {
      return;
    }
    boolean begun = allowed(client.simple("BEGIN"));
    Reply reply = client.simple(INSERT.formatted(workspace, ++number));
    if (begun && allowed(reply)) {
      expect(client.simple("SET LOCAL trunkline.workspace = '" + other + "'"), "TL005");
      expect(client.simple("COMMIT"), null);
    }
    must(client.simple("ROLLBACK"));
  }

  /** By its own key, by one that nobody has, or at a moment when nothing runs. */
  private void canceled() throws IOException {
    String workspace = settle();
    long row = ++number;
    String slow = "INSERT INTO storm SELECT '%s', %d FROM pg_sleep(0.02)".formatted(workspace, row);
    client.query(slow).flush();
    int way = random.nextInt(3);
    if (way == 0) {
      client.cancel();
    } else if (way == 1) {
      RawClient.cancel(port, random.nextInt(), client.secret());
    }
    Reply reply = client.read(1);
    if (way == 2) {
      client.cancel();
    }
    if (allowed(reply)) {
      tally.kept(row);
    }
    tally.count("cancel " + (reply.ok() ? "late" : "hit"));
  }

  private void vanish() throws IOException {
    String workspace = settle();
    long row = ++number;
    String sql = INSERT.formatted(workspace, row);
    switch (random.nextInt(4)) {
      case 0 -> {
        client.simple("BEGIN");
        client.simple(sql);
      }
      case 1 -> {
        client.query(sql);
        client.flush(1 + random.nextInt(client.gathered() - 1));
      }
      case 2 -> {
        client.simple("BEGIN");
        client.simple(INSERT.formatted(workspace, ++number));
        client.parse("", BOUND).bind("", workspace, "" + ++number);
        client.flush(1 + random.nextInt(client.gathered() - 1));
      }
      default -> {
        tally.unknown(row);
        client.query(sql).flush();
      }
    }
    disconnect();
    tally.count("vanish");
  }

  // ---- answers ----

  /** Whether it succeeded; the only error it may have is that somebody cancelled it. */
  private boolean allowed(Reply reply) {
    if (reply.ok()) {
      return true;
    }
    must(reply);
    if (reply.fatal()) {
      throw unexpected(reply);
    }
    tally.count("canceled");
    return false;
  }

  private void must(Reply reply) {
    if (!reply.ok() && !"25P02".equals(reply.error()) && !CANCELED.contains(reply.error())) {
      throw unexpected(reply);
    }
  }

  private void expect(Reply reply, String sqlstate) throws IOException {
    boolean right = sqlstate == null ? reply.ok() : sqlstate.equals(reply.error());
    if (!right && !CANCELED.contains(String.valueOf(reply.error()))) {
      throw new AssertionError("expected " + sqlstate + ", but was " + reply + about());
    }
    tally.count("error " + sqlstate);
  }

  private void inSchema(Reply reply, String workspace) {
    String schema = Shards.schemaOf(workspace);
    for (String row : reply.rows()) {
      if (!row.equals(schema)) {
        throw new AssertionError(workspace + " was in " + row + ", not in " + schema + about());
      }
    }
  }

  /** Whatever the end of a block met, it is over now. */
  private void clear(Reply last) throws IOException {
    Reply reply = last;
    while (reply.status() != 'I') {
      reply = client.simple("ROLLBACK");
      must(reply);
    }
  }

  private AssertionError unexpected(Reply reply) {
    return new AssertionError("unexpected: " + reply + about());
  }

  private String about() {
    return ", client " + index + ", base " + base + ", now " + now + ", row " + number;
  }
}
