package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.Message;
import dev.trunkline.wire.Tags;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/**
 * A host goes back and forth between two servers while clients write. {@code -Dtrunkline.swaps=300}
 * makes the long run. Either writes a report with a plot, see {@link StallReport}.
 */
@Timeout(600)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SwapTest {
  private static final int CLIENTS = 32;
  private static final int SWAPS = Integer.getInteger("trunkline.swaps", 6);

  private static Replicas replicas;
  private static Connection console;
  private static int home;

  @BeforeAll
  static void start() throws Exception {
    replicas = new Replicas("users.repl { password = secret, may_set_shard = true }");
    console = replicas.console();
  }

  @AfterAll
  static void stop() throws Exception {
    console.close();
    replicas.close();
  }

  /** When the clients' transactions began and ended. */
  private static final class Transactions {
    private final Queue<long[]> all = new ConcurrentLinkedQueue<>();

    /** One that has begun then ends now; when that is. */
    long ended(long began) {
      long now = System.nanoTime();
      all.add(new long[] {began, now});
      return now;
    }

    void forget() {
      all.clear();
    }

    /** Nanoseconds of the longest that ran in a span of time; parts outside of it count. */
    long longest(long from, long to) {
      return all.stream()
          .filter(each -> each[0] < to && each[1] > from)
          .mapToLong(each -> each[1] - each[0])
          .max()
          .orElse(0);
    }
  }

  /** What a client wrote, and was told it had. */
  private static final class Writer implements AutoCloseable {
    private final int number;
    private final Connection connection = replicas.cluster.workspace("w1");
    private final AtomicBoolean stop;
    private final Transactions transactions;
    private int acknowledged;

    Writer(int number, AtomicBoolean stop, Transactions transactions) throws SQLException {
      this.number = number;
      this.stop = stop;
      this.transactions = transactions;
    }

    /** Every error ends it, and the test. */
    int run() throws SQLException {
      try (PreparedStatement insert =
              connection.prepareStatement("INSERT INTO entry VALUES (?, ?)");
          PreparedStatement count =
              connection.prepareStatement("UPDATE counter SET n = n + 1 WHERE client = ?");
          PreparedStatement read =
              connection.prepareStatement("SELECT max(seq) FROM entry WHERE client = ?")) {
        connection.setAutoCommit(false);
        while (!stop.get()) {
          long began = System.nanoTime();
          write(insert, count);
          connection.commit();
          acknowledged++;
          began = transactions.ended(began);
          readYourWrites(read);
          connection.commit();
          transactions.ended(began);
        }
      }
      return acknowledged;
    }

    private void write(PreparedStatement insert, PreparedStatement count) throws SQLException {
      insert.setInt(1, number);
      insert.setInt(2, acknowledged + 1);
      insert.executeUpdate();
      count.setInt(1, number);
      assertThat(count.executeUpdate()).isEqualTo(1);
    }

    private void readYourWrites(PreparedStatement read) throws SQLException {
      read.setInt(1, number);
      try (ResultSet rows = read.executeQuery()) {
        rows.next();
        assertThat(rows.getInt(1)).isEqualTo(acknowledged);
      }
    }

    @Override
    public void close() throws SQLException {
      connection.close();
    }
  }

  @Test
  @Order(1)
  void noClientNoticesAndNothingIsLost() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    Transactions transactions = new Transactions();
    List<Writer> writers = new ArrayList<>();
    List<Future<Integer>> ends = new ArrayList<>();
    StallReport report = new StallReport(CLIENTS);
    try (ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
      try {
        for (int i = 1; i <= CLIENTS; i++) {
          Writer writer = new Writer(i, stop, transactions);
          writers.add(writer);
          ends.add(threads.submit(writer::run));
        }
        Thread.sleep(2_000);
        for (int i = 0; i < SWAPS; i++) {
          report.swapped(swap(transactions));
        }
      } finally {
        stop.set(true);
      }
      List<Integer> acknowledged = new ArrayList<>();
      for (Future<Integer> end : ends) {
        acknowledged.add(end.get(30, TimeUnit.SECONDS));
      }
      System.out.println(report.write(acknowledged.stream().mapToInt(Integer::intValue).sum()));
      everySwapSucceeded();
      everythingIsThereOnce(acknowledged);
    }
    for (Writer writer : writers) {
      writer.close();
    }
  }

  /** Swaps, and says what clients felt before it, meanwhile, and while it held them. */
  private static StallReport.Swap swap(Transactions transactions)
      throws SQLException, InterruptedException {
    transactions.forget();
    Thread.sleep(250);
    int to = 1 - home;
    long asked = System.nanoTime();
    Sql.run(console, "SWAP HOST h1 " + replicas.to(to) + " WITHIN 5s" + Replicated.catchUp(to));
    long answered = System.nanoTime();
    home = to;
    // Who was held has to warm the new home's connections up; that is part of the stall.
    Thread.sleep(250);
    StallReport.Waits waits = newestSwap();
    long paused = answered - waits.heldNanos();
    return new StallReport.Swap(
        transactions.longest(asked - 250_000_000, asked),
        transactions.longest(asked, paused),
        transactions.longest(paused, answered + 250_000_000),
        answered - asked,
        waits);
  }

  /** What the proxy says of the last swap. */
  private static StallReport.Waits newestSwap() throws SQLException {
    try (Statement statement = console.createStatement();
        ResultSet rows = statement.executeQuery("SHOW SWAPS")) {
      rows.next();
      return new StallReport.Waits(
          rows.getInt("waited"), rows.getLong("longest_us"), rows.getString("steps"));
    }
  }

  private static void everySwapSucceeded() throws SQLException {
    try (Statement statement = console.createStatement();
        ResultSet rows = statement.executeQuery("SHOW SWAPS")) {
      while (rows.next()) {
        assertThat(rows.getString("outcome")).isEqualTo("repointed");
        assertThat(rows.getInt("errors")).isZero();
      }
    }
  }

  private static void everythingIsThereOnce(List<Integer> acknowledged) throws SQLException {
    try (Connection direct = replicas.connect(home)) {
      for (int i = 1; i <= CLIENTS; i++) {
        String count =
            "SELECT count(*) || '/' || max(seq) FROM schema_001.entry WHERE client = " + i;
        String counter = "SELECT n FROM schema_001.counter WHERE client = " + i;
        int wrote = acknowledged.get(i - 1);
        assertThat(Sql.value(direct, count)).isEqualTo(wrote + "/" + wrote);
        assertThat(Sql.value(direct, counter)).isEqualTo(Integer.toString(wrote));
      }
    }
  }

  @Test
  @Order(2)
  void aSwapThatCannotDrainUndoesItself() throws Exception {
    try (Connection client = replicas.cluster.workspace("w1")) {
      client.setAutoCommit(false);
      Sql.run(client, "UPDATE counter SET n = n WHERE client = 64");
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> Sql.run(console, swapAway("") + " WITHIN 200ms"))
          .withMessageContaining("in a transaction");
      client.commit();
      assertThat(Sql.value(client, "SHOW port")).isEqualTo(port());
    }
    assertThat(Sql.value(console, "SHOW PAUSES")).isNull();
  }

  private static String swapAway(String how) {
    return how + "SWAP HOST h1 " + replicas.to(1 - home);
  }

  private static String port() {
    return Integer.toString(replicas.port(home));
  }

  @Test
  @Order(3)
  void aVerifyQueryThatFailsLeavesEverythingAsItWas() throws Exception {
    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> Sql.run(console, swapAway("") + " VERIFY 'select 1 = 2'"))
        .withMessageContaining("verify query");
    try (Connection client = replicas.cluster.workspace("w1")) {
      assertThat(Sql.value(client, "SHOW port")).isEqualTo(port());
    }
  }

  @Test
  @Order(4)
  void aFenceIsTakenBackWhenTheSwapIsUndone() throws Exception {
    String fence =
        " FENCE 'ALTER ROLE app CONNECTION LIMIT 0' UNDO 'ALTER ROLE app CONNECTION LIMIT 77'";
    Sql.run(console, swapAway("REHEARSE ") + fence);
    try (Connection direct = replicas.connect(home)) {
      assertThat(Sql.value(direct, "SELECT rolconnlimit FROM pg_roles WHERE rolname = 'app'"))
          .isEqualTo("77");
    }
  }

  @Test
  @Order(5)
  void newConnectionsHaveReadTheTablesBeforeClientsHaveThem() throws Exception {
    String warmed =
        "select bool_and(query like ''%EXPLAIN SELECT%'' and state = ''idle'')"
            + " from pg_stat_activity where usename = ''app''";
    try (Connection client = replicas.cluster.workspace("w1")) {
      Sql.value(client, "SELECT 1");
      Sql.run(console, swapAway("REHEARSE ") + " VERIFY '" + warmed + "'");
    }
  }

  @Test
  @Order(5)
  void aPlanShowsEveryCheckAndChangesNothing() throws Exception {
    String before = Sql.value(console, "SHOW MAP HISTORY");
    try (Statement statement = console.createStatement();
        ResultSet rows = statement.executeQuery(swapAway("PLAN "))) {
      List<String> names = new ArrayList<>();
      while (rows.next()) {
        names.add(rows.getString("step"));
        assertThat(rows.getString("result")).as(rows.getString("step")).isNotEqualTo("failed");
      }
      assertThat(names).contains("check: fingerprint", "check: login of app", "drain", "resume");
    }
    assertThat(Sql.value(console, "SHOW MAP HISTORY")).isEqualTo(before);
  }

  @Test
  @Order(6)
  void anUnreachableHomeIsRefusedBeforeAnybodyWaits() throws Exception {
    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(
            () -> Sql.run(console, "SWAP HOST h1 TO 'host=127.0.0.1 port=1 dbname=postgres'"))
        .withMessageContaining("check of the new home failed. login of postgres: 08001")
        .withMessageContaining("Not looked at: login of app, schemas, fingerprint, writable")
        .satisfies(e -> assertThat(e.getMessage().split("refused", -1)).hasSize(2));
    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> Sql.run(console, "SWAP HOST h1 " + replicas.to(home)))
        .withMessageContaining("It is there already: HOST h1");
  }

  @Test
  @Order(7)
  void aRepointNeedsItsPauseAndCanGoBack() throws Exception {
    String repoint = "REPOINT HOST h1 " + replicas.to(1 - home);
    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> Sql.run(console, repoint))
        .withMessageContaining("Pause host h1 first");
    try (Connection client = replicas.cluster.workspace("w1")) {
      Sql.run(console, "PAUSE HOST h1", repoint, "RESUME HOST h1");
      assertThat(Sql.value(client, "SHOW port")).isNotEqualTo(port());
      Sql.run(console, "PAUSE DRAIN 1s", "REPOINT BACK BECAUSE 'a test'");
      assertThat(Sql.value(console, "SHOW PAUSES")).isEqualTo("everything");
      Sql.run(console, "RESUME");
      assertThat(Sql.value(client, "SHOW port")).isEqualTo(port());
    }
  }

  @Test
  @Order(8)
  void goingBackPausesByItselfAsLongAsItTakes() throws Exception {
    try (Connection client = replicas.cluster.workspace("w1")) {
      client.setAutoCommit(false);
      Sql.run(client, "UPDATE counter SET n = n WHERE client = 64");
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> Sql.run(console, "REPOINT BACK WITHIN 100ms"))
          .withMessageContaining("in a transaction");
      assertThat(Sql.value(console, "SHOW PAUSES")).isNull();
      client.commit();
      client.setAutoCommit(true);
      Sql.run(console, "REPOINT BACK");
      assertThat(Sql.value(console, "SHOW PAUSES")).isNull();
      assertThat(Sql.value(client, "SHOW port")).isNotEqualTo(port());
      Sql.run(console, "REPOINT BACK BECAUSE 'it was better'");
      assertThat(Sql.value(client, "SHOW port")).isEqualTo(port());
    }
  }

  /** It has no transaction that a swap would wait for, and no other home to go on at. */
  @Test
  @Order(9)
  void aReplicationStreamEndsWithAnErrorAndBlocksNothing() throws Exception {
    for (int server : new int[] {0, 1}) {
      try (Connection direct = replicas.connect(server)) {
        Sql.run(direct, "CREATE ROLE repl LOGIN REPLICATION PASSWORD 'secret'");
      }
    }
    try (FakeClient client = FakeClient.connect(replicas.cluster.port())) {
      Map<String, String> startup =
          Map.of(
              "user", "repl",
              "database", "app",
              "replication", "database",
              "options", "-c trunkline.shard=schema_001");
      client.send(out -> Frontend.startup(out, 0, startup));
      client.authenticate("repl", "secret");
      client.query("CREATE_REPLICATION_SLOT of_swap TEMPORARY LOGICAL pgoutput");
      client.send(
          out ->
              Frontend.query(
                  out,
                  "START_REPLICATION SLOT of_swap LOGICAL 0/0"
                      + " (proto_version '1', publication_names 'everything')"));
      assertThat(client.receive().tag()).isEqualTo(Tags.Backend.COPY_BOTH_RESPONSE);
      Sql.run(console, swapAway("") + " WITHIN 1s" + Replicated.catchUp(1 - home));
      home = 1 - home;
      Message last = client.receive();
      while (last.tag() == Tags.Backend.COPY_DATA) {
        last = client.receive();
      }
      assertThat(last.fields().severity()).isEqualTo("FATAL");
      assertThat(last.fields().sqlstate()).isEqualTo("57P01");
      assertThat(last.fields().hint()).contains("slots of its own");
      client.expectClosed();
    }
  }
}
