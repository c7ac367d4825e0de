package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.Tags;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two proxies have one map, and the second does not hear of its changes: what a fence at the old
 * home does to its clients must not be seen by them, and what is their own must.
 */
@Timeout(120)
class FenceTest {
  private static final String CATALOG = "catalog_fence";
  private static final String TABLES = "REVOKE ALL ON ALL TABLES IN SCHEMA schema_001 FROM app";
  private static final String SCHEMA = "REVOKE USAGE ON SCHEMA schema_001 FROM app";
  private static final String LOGIN = "ALTER ROLE app NOLOGIN";
  private static final String SESSIONS =
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'";

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicBoolean stop = new AtomicBoolean();
  private final List<Future<Integer>> writers = new ArrayList<>();
  private Replicas replicas;
  private TestCluster late;
  private DeafLink link;
  private Connection catalog;

  @BeforeEach
  void start() throws Exception {
    TestHosts.SHARED.createCatalog(CATALOG);
    catalog = TestHosts.SHARED.connect(0, CATALOG);
    replicas = new Replicas(TestHosts.mapOf(CATALOG, TestCluster.hostPort(0)));
    link = new DeafLink(TestCluster.hostPort(0));
    late =
        TestCluster.start(
            "hosts.h1 { host = \"127.0.0.1\", port = %d, dbname = postgres }\n"
                    .formatted(replicas.port(0))
                + TestHosts.mapOf(CATALOG, link.port()));
  }

  @AfterEach
  void stop() throws Exception {
    stop.set(true);
    threads.shutdownNow();
    late.close();
    link.close();
    replicas.close();
    catalog.close();
    TestHosts.SHARED.dropCatalog(CATALOG);
  }

  // ---- under writers ----

  /** Any error ends it, and the test. */
  private int write(TestCluster cluster, int client, String options, boolean blocks)
      throws SQLException {
    int acknowledged = 0;
    try (Connection connection =
            cluster.connect("app", "options=-c%20trunkline.workspace=w1&" + options);
        PreparedStatement insert = connection.prepareStatement("INSERT INTO entry VALUES (?, ?)")) {
      connection.setAutoCommit(!blocks);
      while (!stop.get()) {
        insert.setInt(1, client);
        insert.setInt(2, acknowledged + 1);
        insert.executeUpdate();
        if (blocks) {
          connection.commit();
        }
        acknowledged++;
      }
    }
    return acknowledged;
  }

  private void writer(TestCluster cluster, String options, boolean blocks) {
    int client = writers.size() + 1;
    writers.add(threads.submit(() -> write(cluster, client, options, blocks)));
  }

  private void swap(String... fence) throws Exception {
    play("", "", String.join("; ", fence), "SELECT 1", 1);
  }

  /** Everybody writes before, during and after, and all of it is at that server in the end. */
  private void play(String how, String verify, String fence, String undo, int end)
      throws Exception {
    Thread.sleep(1_000);
    try (Connection console = replicas.console()) {
      Sql.run(
          console,
          "%sSWAP HOST h1 %s WITHIN 5s%s FENCE '%s' UNDO '%s'%s"
              .formatted(
                  how,
                  replicas.to(1),
                  verify,
                  fence.replace("'", "''"),
                  undo,
                  Replicated.catchUp(1)));
    }
    Thread.sleep(1_000);
    stop.set(true);
    List<Integer> acknowledged = new ArrayList<>();
    for (Future<Integer> writer : writers) {
      acknowledged.add(writer.get(20, TimeUnit.SECONDS));
    }
    try (Connection direct = replicas.connect(end)) {
      for (int i = 0; i < writers.size(); i++) {
        String found = "SELECT count(*) FROM schema_001.entry WHERE client = " + (i + 1);
        assertThat(Sql.value(direct, found)).isEqualTo("" + acknowledged.get(i));
      }
    }
    assertThat(late.proxy().router().host("h1").port()).isEqualTo(replicas.port(end));
  }

  @Test
  void nobodyNoticesThatTheTablesAreRevoked() throws Exception {
    for (TestCluster cluster : List.of(replicas.cluster, late)) {
      writer(cluster, "preferQueryMode=simple", false);
      writer(cluster, "preferQueryMode=simple", true);
      writer(cluster, "prepareThreshold=0", false);
      writer(cluster, "prepareThreshold=0", true);
      writer(cluster, "prepareThreshold=1", false);
      writer(cluster, "prepareThreshold=1", true);
    }
    swap(TABLES);
  }

  @Test
  void nobodyNoticesThatTheSchemaIsRevoked() throws Exception {
    writer(late, "preferQueryMode=simple", false);
    writer(late, "prepareThreshold=0", true);
    writer(late, "prepareThreshold=1", false);
    swap(SCHEMA);
  }

  @Test
  void nobodyNoticesThatTheRoleMayNotLogIn() throws Exception {
    writer(late, "preferQueryMode=simple", false);
    writer(late, "prepareThreshold=0", false);
    writer(late, "prepareThreshold=1", false);
    swap("BEGIN", SCHEMA, LOGIN, "COMMIT", SESSIONS);
  }

  /** It leaves no trace in the map, but for the announcement, which outlives the fence a little. */
  @ParameterizedTest
  @ValueSource(strings = {"", " VERIFY 'SELECT pg_sleep(2) IS NOT NULL'"})
  void nobodyNoticesARehearsal(String verify) throws Exception {
    writer(late, "preferQueryMode=simple", false);
    writer(late, "prepareThreshold=1", true);
    play("REHEARSE ", verify, TABLES, "GRANT ALL ON ALL TABLES IN SCHEMA schema_001 TO app", 0);
  }

  /** The others are not held up for what they cannot have met; the best of some attempts counts. */
  @Test
  void whatNeverCameToItsFenceIsNotAnnouncedAnyLonger() throws Exception {
    long shortest = Long.MAX_VALUE;
    try (FakeClient busy = replicas.cluster.client("app@w1");
        Connection console = replicas.console()) {
      assertThat(Wire.tags(busy.query("BEGIN"))).isEqualTo("CZ");
      assertThat(Wire.tags(busy.query("SELECT count(*) FROM counter"))).isEqualTo("TDCZ");
      for (int i = 0; i < 5 && shortest > 400; i++) {
        String swap = "SWAP HOST h1 %s WITHIN 50ms FENCE 'SELECT 1' UNDO 'SELECT 1'";
        assertThatExceptionOfType(SQLException.class)
            .isThrownBy(() -> Sql.run(console, swap.formatted(replicas.to(1))))
            .withMessageContaining("did not end in time");
        long undone = System.nanoTime();
        while (announcements() > 0) {
          Thread.sleep(5);
        }
        long lasted = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - undone);
        shortest = Math.min(shortest, lasted);
      }
    }
    assertThat(shortest).isLessThan(400);
  }

  private int announcements() throws SQLException {
    String sql = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %d";
    return Integer.parseInt(Sql.value(catalog, sql.formatted(0x7472_6c6e)));
  }

  // ---- an error of the application's own ----

  @Test
  void aPrivilegeThatIsMissingIsToldOnceAndAsksTheCatalogOnce() throws Exception {
    try (Connection direct = replicas.connect(0)) {
      Sql.run(direct, "REVOKE SELECT ON schema_001.counter FROM app");
    }
    try (FakeClient client = late.client("app@w1")) {
      long before = rechecks();
      assertThat(Wire.tags(client.query("SELECT n FROM counter"))).isEqualTo("EZ");
      assertThat(rechecks() - before).isEqualTo(1);
      assertThat(Wire.tags(client.query("BEGIN"))).isEqualTo("CZ");
      assertThat(Wire.tags(client.query("SELECT n FROM counter"))).isEqualTo("EZ");
      assertThat(Wire.tags(client.query("SELECT 1"))).isEqualTo("EZ");
      assertThat(Wire.tags(client.query("ROLLBACK"))).isEqualTo("CZ");
      assertThat(Wire.prepare(client, "s", "SELECT n FROM counter")).isEqualTo("1Z");
      assertThat(Wire.errors(Wire.execute(client, "s"))).containsExactly("42501");
      assertThat(Wire.tags(client.query("SELECT count(*) FROM entry"))).isEqualTo("TDCZ");
    }
  }

  @Test
  void aFloodOfThemIsNoFloodForTheCatalog() throws Exception {
    try (Connection direct = replicas.connect(0)) {
      Sql.run(direct, "REVOKE SELECT ON schema_001.counter FROM app");
    }
    long before = rechecks();
    long began = System.nanoTime();
    List<Future<?>> clients = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      clients.add(threads.submit(() -> fail(10)));
    }
    for (Future<?> client : clients) {
      client.get(20, TimeUnit.SECONDS);
    }
    long tenths = (System.nanoTime() - began) / 100_000_000;
    assertThat(rechecks() - before).isBetween(1L, tenths + 2);
  }

  private void fail(int times) {
    try (FakeClient client = late.client("app@w1")) {
      for (int i = 0; i < times; i++) {
        assertThat(Wire.errors(client.query("SELECT n FROM counter"))).containsExactly("42501");
      }
    }
  }

  private long rechecks() {
    return (long) late.proxy().router().store().status().get("rechecks");
  }

  // ---- what is not repeated ----

  /** The map has moved on, the tables of the old home are revoked, and nobody has told. */
  private void moveInSilence() throws SQLException {
    try (Connection direct = replicas.connect(0)) {
      Sql.run(direct, TABLES);
    }
    String home = replicas.to(1).replaceAll("^TO '|'$", "");
    Sql.run(catalog, "INSERT INTO trunkline.host_home VALUES ('h1', '" + home + "')");
  }

  @Test
  void onlyWhatMayNotHaveRunIsRepeated() throws Exception {
    try (FakeClient client = late.client("app@w1");
        FakeClient pipeline = late.client("app@w1");
        FakeClient repeats = late.client("app@w1")) {
      for (FakeClient each : List.of(client, pipeline, repeats)) {
        assertThat(Wire.tags(each.query("SELECT 1"))).isEqualTo("TDCZ");
      }
      moveInSilence();
      pipeline.send(
          out -> {
            Frontend.query(out, "INSERT INTO entry VALUES (9, 4)");
            Frontend.query(out, "SELECT 1");
          });
      assertThat(Wire.errors(Wire.ready(pipeline))).containsExactly("42501");
      assertThat(Wire.tags(Wire.ready(pipeline))).isEqualTo("TDCZ");
      assertThat(Wire.tags(client.query("BEGIN"))).isEqualTo("CZ");
      assertThat(Wire.tags(client.query("SELECT 1 FROM pg_class LIMIT 1"))).isEqualTo("TDCZ");
      assertThat(Wire.errors(client.query("INSERT INTO entry VALUES (9, 1)")))
          .containsExactly("42501");
      assertThat(Wire.tags(client.query("ROLLBACK"))).isEqualTo("CZ");
      assertThat(Wire.errors(client.query("SELECT 1; INSERT INTO entry VALUES (9, 2)")))
          .containsExactly("42501");
      assertThat(Wire.errors(client.query("DO 'BEGIN INSERT INTO entry VALUES (9, 3); END'")))
          .containsExactly("42501");
      assertThat(Wire.tags(repeats.query("INSERT INTO entry VALUES (9, 5)"))).isEqualTo("CZ");
    }
    try (Connection direct = replicas.connect(1)) {
      assertThat(Sql.column(direct, "SELECT seq FROM schema_001.entry WHERE client = 9"))
          .containsExactly("5");
    }
  }

  @Test
  void statementsArePreparedAgainWhereTheyGo() throws Exception {
    try (FakeClient client = late.client("app@w1")) {
      assertThat(Wire.prepare(client, "s", "INSERT INTO entry VALUES ($1, $2)")).isEqualTo("1Z");
      moveInSilence();
      client.send(
          out -> {
            Frontend.parse(out, "n", "SELECT count(*) FROM entry WHERE client = $1");
            Frontend.bind(out, "", "s", Wire.values("8", "1"));
            Frontend.execute(out, "", 0);
            Frontend.bind(out, "", "n", Wire.values("8"));
            Frontend.execute(out, "", 0);
            Frontend.close(out, (byte) 'S', "s");
            Frontend.sync(out);
          });
      assertThat(Wire.tags(Wire.ready(client))).isEqualTo("12C2DC3Z");
      assertThat(Wire.errors(Wire.execute(client, "s", "8", "2"))).containsExactly("26000");
      assertThat(Wire.column(Wire.execute(client, "n", "8"))).containsExactly("1");
    }
  }

  @Test
  void aTransactionThatHasOnlyBegunIsBegunThere() throws Exception {
    try (FakeClient client = late.client("app@w1")) {
      moveInSilence();
      assertThat(Wire.tags(client.query("BEGIN ISOLATION LEVEL SERIALIZABLE"))).isEqualTo("CZ");
      assertThat(Wire.tags(client.query("SET LOCAL TimeZone = 'Asia/Tokyo'"))).isEqualTo("CZ");
      assertThat(Wire.tags(client.query("INSERT INTO entry VALUES (7, 1)"))).isEqualTo("CSZ");
      assertThat(Wire.column(client.query("SHOW transaction_isolation")))
          .containsExactly("serializable");
      assertThat(Wire.column(client.query("SHOW TimeZone"))).containsExactly("Asia/Tokyo");
      assertThat(Wire.tags(client.query("COMMIT"))).isEqualTo("CSZ");
      assertThat(Wire.column(client.query("SHOW port"))).containsExactly("" + replicas.port(1));
    }
  }

  @Test
  void whatTheProxyHasAnsweredIsNotAnsweredAgain() throws Exception {
    String insert = "INSERT INTO entry VALUES (6, $1)";
    try (FakeClient one = late.client("app@w1");
        FakeClient two = late.client("app@w1")) {
      assertThat(Wire.prepare(one, "s", insert)).isEqualTo("1Z");
      assertThat(Wire.tags(two.query("SET application_name = 'two'"))).isEqualTo("CSZ");
      assertThat(Wire.tags(one.query("SELECT 1"))).isEqualTo("TDCZ");
      moveInSilence();
      two.send(
          out -> {
            Frontend.parse(out, "t", insert);
            Frontend.flush(out);
          });
      assertThat(Wire.tags(two.until(Tags.Backend.PARSE_COMPLETE))).isEqualTo("1");
      assertThat(Wire.tags(Wire.execute(two, "t", "1"))).isEqualTo("2CZ");
    }
  }

  @Test
  void whatTheProxyHasBlankedOutIsNotPresentedAgain() throws Exception {
    try (FakeClient client = late.client("app")) {
      assertThat(Wire.tags(client.query("/*workspace_id='w1'*/ SELECT 1"))).isEqualTo("TDCZ");
      moveInSilence();
      String both = "BEGIN /*workspace_id='w1'*/; INSERT INTO entry VALUES (5, 1)";
      assertThat(Wire.errors(client.query(both))).containsExactly("42501");
      assertThat(Wire.tags(client.query("ROLLBACK"))).isEqualTo("CZ");
      assertThat(Wire.tags(client.query("/*workspace_id='w1'*/ SELECT 1"))).isEqualTo("TDCZ");
    }
  }

  @Test
  void whatIsPresentedAgainHasNothingOfWhatWaitsBehindIt() throws Exception {
    try (FakeClient client = late.client("app")) {
      assertThat(Wire.tags(client.query("/*workspace_id='w1'*/ SELECT 1"))).isEqualTo("TDCZ");
      moveInSilence();
      client.send(
          out -> {
            Frontend.query(out, "/*workspace_id='w1'*/ INSERT INTO entry VALUES (2, 1)");
            Frontend.query(out, "/*workspace_id='w2'*/ SELECT count(*) FROM entry");
          });
      assertThat(Wire.tags(Wire.ready(client))).isEqualTo("CZ");
      assertThat(Wire.errors(Wire.ready(client))).containsExactly("TL002");
    }
  }

  @Test
  void aPauseTakesOverWhomItFindsHeld() throws Exception {
    try (FakeClient client = late.client("app@w1");
        Connection console = late.console();
        Connection swapping = TestHosts.SHARED.connect(0, CATALOG);
        Connection direct = replicas.connect(0)) {
      Sql.run(swapping, "SELECT pg_advisory_lock_shared(%d, 0)".formatted(0x7472_6c6e));
      Sql.run(direct, TABLES);
      client.send(out -> Frontend.query(out, "INSERT INTO entry VALUES (3, 1)"));
      Thread.sleep(500);
      Sql.run(console, "PAUSE");
      client.send(out -> Frontend.query(out, "SELECT count(*) FROM entry WHERE client = 3"));
      Sql.run(direct, "GRANT ALL ON ALL TABLES IN SCHEMA schema_001 TO app");
      Sql.run(console, "RESUME");
      assertThat(Wire.tags(Wire.ready(client))).isEqualTo("CZ");
      assertThat(Wire.column(Wire.ready(client))).containsExactly("1");
    }
  }

  @Test
  void whoIsHeldMayCancel() throws Exception {
    try (FakeClient client = late.client("app@w1");
        Connection swapping = TestHosts.SHARED.connect(0, CATALOG);
        Connection direct = replicas.connect(0)) {
      Sql.run(swapping, "SELECT pg_advisory_lock_shared(%d, 0)".formatted(0x7472_6c6e));
      Sql.run(direct, TABLES);
      long start = System.nanoTime();
      client.send(out -> Frontend.query(out, "INSERT INTO entry VALUES (4, 1)"));
      Thread.sleep(500);
      Wire.cancel(late, client);
      assertThat(Wire.errors(Wire.ready(client))).containsExactly("57014");
      assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start)).isLessThan(3_000);
      assertThat(Wire.tags(client.query("SELECT 1"))).isEqualTo("TDCZ");
    }
  }

  @Test
  void whoIsRefusedInsteadOfBeginningAnewHasANextChance() throws Exception {
    try (FakeClient client = late.client("app@w1");
        Connection console = late.console();
        Connection direct = replicas.connect(0)) {
      try (Connection swapping = TestHosts.SHARED.connect(0, CATALOG)) {
        Sql.run(swapping, "SELECT pg_advisory_lock_shared(%d, 0)".formatted(0x7472_6c6e));
        Sql.run(direct, TABLES);
        client.send(out -> Frontend.query(out, "INSERT INTO entry VALUES (10, 1)"));
        while (rechecks() == 0) {
          Thread.sleep(5);
        }
        Sql.run(console, "PAUSE");
        Wire.cancel(late, client);
        assertThat(Wire.errors(Wire.ready(client))).containsExactly("57014");
        Sql.run(console, "RESUME");
      }
      moveInSilence();
      assertThat(Wire.tags(client.query("INSERT INTO entry VALUES (10, 2)"))).isEqualTo("CZ");
    }
  }

  @Test
  void whatIsBegunAnewCountsOnce() throws Exception {
    String insert = "INSERT INTO entry VALUES ($1, $2)";
    try (FakeClient client = late.client("app@w1");
        Connection console = late.console()) {
      assertThat(Wire.prepare(client, "s", insert)).isEqualTo("1Z");
      moveInSilence();
      long before = queries(console);
      client.send(
          out -> {
            for (String seq : List.of("1", "2")) {
              Frontend.bind(out, "", "s", Wire.values("11", seq));
              Frontend.execute(out, "", 0);
            }
            Frontend.sync(out);
          });
      assertThat(Wire.tags(Wire.ready(client))).isEqualTo("2C2CZ");
      assertThat(queries(console) - before).isEqualTo(2);
      assertThat(Wire.tags(client.query("SELECT 1"))).isEqualTo("TDCZ");
      assertThat(queries(console) - before).isEqualTo(3);
    }
  }

  private static long queries(Connection console) throws SQLException {
    String sql = "SELECT total_query_count FROM stats WHERE database = 'app'";
    return Long.parseLong(Sql.value(console, sql));
  }
}
