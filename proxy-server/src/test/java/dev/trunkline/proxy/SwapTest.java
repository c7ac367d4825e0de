package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.Message;
import dev.trunkline.wire.Tags;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/**
 * A host goes back and forth between two servers while clients write. {@code -Dtrunkline.swaps=300}
 * makes the long run, {@code -Dtrunkline.swap_rate} is the transactions per second of each client,
 * 0 for as many as the machine bears. Either writes a report with a plot, see {@link StallReport}.
 */
@Timeout(600)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SwapTest {
  private static final int CLIENTS = 32;
  private static final int SWAPS = Integer.getInteger("trunkline.swaps", 6);
  private static final int RATE = Integer.getInteger("trunkline.swap_rate", 50);
  private static final long BEFORE_MILLIS = 350;
  private static final long AFTER_MILLIS = 250;

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

  @Test
  @Order(1)
  void noClientNoticesAndNothingIsLost() throws Exception {
    StallReport report = new StallReport(CLIENTS, RATE);
    try (SwapLoad load = new SwapLoad(replicas, CLIENTS, RATE)) {
      Thread.sleep(2_000);
      for (int i = 0; i < SWAPS; i++) {
        report.swapped(swap(load));
      }
      List<Integer> acknowledged = load.stop();
      System.out.println(report.write(load.count(), load.lasted()));
      everySwapSucceeded();
      everythingIsThereOnce(acknowledged);
    }
  }

  /** Swaps, and says what clients felt before it, meanwhile, and while it held them. */
  private static StallReport.Swap swap(SwapLoad load) throws SQLException, InterruptedException {
    Thread.sleep(BEFORE_MILLIS);
    int to = 1 - home;
    long asked = System.nanoTime();
    Sql.run(console, "SWAP HOST h1 " + replicas.to(to) + " WITHIN 5s" + Replicated.catchUp(to));
    long answered = System.nanoTime();
    home = to;
    // Who was held has to warm the new home's connections up; that is part of the stall.
    Thread.sleep(AFTER_MILLIS);
    StallReport.Waits waits = newestSwap();
    long paused = answered - waits.heldNanos();
    long end = answered + AFTER_MILLIS * 1_000_000;
    StallReport.Swap swap =
        new StallReport.Swap(
            load.longest(asked - (end - paused), asked),
            load.longest(asked, paused),
            load.longest(paused, end),
            answered - asked,
            waits);
    load.forget();
    return swap;
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

  /** A subscriber that applies nothing: what a pause would wait for in vain. */
  @Test
  @Order(2)
  void nobodyIsHeldForANewHomeThatIsTooFarBehind() throws Exception {
    int to = 1 - home;
    String swap = swapAway("") + " WITHIN 200ms" + Replicated.catchUp(to);
    try (Connection direct = replicas.connect(to)) {
      Sql.run(direct, "ALTER SUBSCRIPTION home_" + to + " DISABLE");
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> Sql.run(console, swap))
          .withMessageContaining("Nobody was held: the new home is more than 5000 ms behind")
          .withMessageContaining("WITHIN is 200 ms");
      assertThat(newestSwap().stepNanos()).containsKey("approach").doesNotContainKey("drain");
      Sql.run(direct, "ALTER SUBSCRIPTION home_" + to + " ENABLE");
      Sql.run(console, swap.replace("SWAP", "REHEARSE SWAP"));
    }
    assertThat(newestSwap().stepNanos()).containsKeys("approach", "drain", "verify");
  }

  @Test
  @Order(2)
  void aCatchUpCheckThatCannotBeMadeIsRefusedBeforeAnybodyWaits() {
    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(
            () -> Sql.run(console, swapAway("") + " CATCH UP nobody MARKER 'schema_001.marker'"))
        .withMessageContaining("there is no subscription \"nobody\"")
        .withMessageNotContaining("drain");
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
        ResultSet rows = statement.executeQuery(swapAway("PLAN ") + Replicated.catchUp(1 - home))) {
      List<String> names = new ArrayList<>();
      while (rows.next()) {
        names.add(rows.getString("step"));
        assertThat(rows.getString("result")).as(rows.getString("step")).isNotEqualTo("failed");
      }
      assertThat(names)
          .contains("check: fingerprint", "check: login of app", "warm", "approach", "drain");
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

  /** It has no transaction that a swap would wait for, and no other home to go on at. */
  @Test
  @Order(8)
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
