package dev.trunkline.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netty.buffer.Unpooled;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real server understands what we write, and we understand what it writes. */
@Timeout(60)
class PostgresTest {
  private static final String HBA =
      """
      host all postgres all trust
      host all bob_scram all scram-sha-256
      host all bob_md5 all md5
      host all bob_clear all password
      """;

  private static EmbeddedPostgres postgres;

  @BeforeAll
  static void start(@TempDir Path directory) throws IOException {
    Path hba = Files.writeString(directory.resolve("pg_hba.conf"), HBA);
    postgres = EmbeddedPostgres.builder().setServerConfig("hba_file", hba.toString()).start();
    try (FakeClient admin = login()) {
      admin.query(
          "create role bob_scram login password 'secret';"
              + "create role bob_clear login password 'secret';"
              + "set password_encryption = 'md5';"
              + "create role bob_md5 login password 'secret'");
    }
  }

  @AfterAll
  static void stop() throws IOException {
    postgres.close();
  }

  private static FakeClient connect() {
    return FakeClient.connect(postgres.getPort());
  }

  private static FakeClient login() {
    return connect().login("postgres", "postgres", "");
  }

  @Test
  void everyPasswordMethodLetsIn() {
    for (String user : List.of("bob_scram", "bob_md5", "bob_clear")) {
      try (FakeClient client = connect().login(user, "postgres", "secret")) {
        assertThat(client.query("select current_user").get(1).row()).containsExactly(user);
        assertThat(client.parameters()).containsEntry("session_authorization", user);
      }
    }
  }

  @Test
  void aWrongPasswordIsRefused() {
    try (FakeClient client = connect()) {
      client.startup("bob_scram", "postgres");

      ErrorFields refusal = client.authenticate("bob_scram", "guess").getLast().fields();

      assertThat(refusal.sqlstate()).isEqualTo("28P01");
      assertThat(refusal.closesConnection()).isTrue();
    }
  }

  @Test
  void theExtendedProtocolIsSpokenBothWays() {
    try (FakeClient client = login()) {
      client.send(
          out -> {
            Frontend.parse(out, "s", "select $1::int4 as a, $2::text as b", 23);
            Frontend.describe(out, Frontend.STATEMENT, "s");
            Frontend.bind(
                out,
                "p",
                "s",
                new short[] {Backend.BINARY, Backend.TEXT},
                List.of(new byte[] {0, 0, 0, 42}, "x".getBytes(StandardCharsets.UTF_8)),
                new short[0]);
            Frontend.execute(out, "p", 0);
            Frontend.close(out, Frontend.STATEMENT, "s");
            Frontend.sync(out);
          });

      List<Message> answer = client.until(Tags.Backend.READY_FOR_QUERY);

      assertThat(tags(answer)).isEqualTo("1tT2DC3Z");
      assertThat(BackendDecoder.rowDescription(answer.get(2).buffer()))
          .containsExactly(
              new Backend.Column("a", 23, (short) 4, Backend.TEXT),
              new Backend.Column("b", 25, (short) -1, Backend.TEXT));
      assertThat(answer.get(4).row()).containsExactly("42", "x");
      assertThat(BackendDecoder.commandComplete(answer.get(5).buffer())).isEqualTo("SELECT 1");
    }
  }

  @Test
  void ourResultIsByteForByteTheServers() {
    try (FakeClient client = login()) {
      List<Message> answer = client.query("select 42 as answer, null as nothing");

      byte[] ours =
          Message.bytes(
              out -> {
                Backend.rowDescription(out, BackendDecoder.rowDescription(answer.get(0).buffer()));
                Backend.dataRow(out, BackendDecoder.dataRow(answer.get(1).buffer()));
                Backend.commandComplete(out, "SELECT 1");
                Backend.readyForQuery(out, Tags.Status.IDLE);
              });

      assertThat(Message.all(ours)).isEqualTo(answer);
    }
  }

  @Test
  void aServersErrorIsPassedOnByteForByte() {
    try (FakeClient client = login()) {
      Message error = client.query("select missing from pg_class").getFirst();

      assertThat(error.fields().sqlstate()).isEqualTo("42703");
      assertThat(error.fields().other('P')).isEqualTo("8");
      assertThat(Message.of(out -> Backend.error(out, error.fields()))).isEqualTo(error);
    }
  }

  @Test
  void dataIsCopiedInAndOut() {
    try (FakeClient client = login()) {
      client.query("create temp table t (a int)");
      client.send(out -> Frontend.query(out, "copy t from stdin"));
      Message response = client.expect(Tags.Backend.COPY_IN_RESPONSE);
      client.send(
          out -> {
            Frontend.copyData(out, "7\n8\n".getBytes(StandardCharsets.UTF_8));
            Frontend.copyDone(out);
          });

      assertThat(tags(client.until(Tags.Backend.READY_FOR_QUERY))).isEqualTo("CZ");
      assertThat(tags(client.query("copy t to stdout"))).isEqualTo("HddcCZ");
      assertThat(Message.of(out -> Backend.copyInResponse(out, (byte) 0, new short[1])))
          .isEqualTo(response);
    }
  }

  @Test
  void aCopyFailsWithTheClientsReason() {
    try (FakeClient client = login()) {
      client.query("create temp table t (a int)");
      client.send(out -> Frontend.query(out, "copy t from stdin"));
      client.expect(Tags.Backend.COPY_IN_RESPONSE);
      client.send(out -> Frontend.copyFail(out, "out of data"));

      Message error = client.until(Tags.Backend.READY_FOR_QUERY).getFirst();

      assertThat(error.fields().message()).contains("out of data");
    }
  }

  @Test
  void aFunctionIsCalledByItsObjectId() {
    byte[] two = "2".getBytes(StandardCharsets.UTF_8);
    try (FakeClient client = login()) {
      client.send(
          out -> Frontend.functionCall(out, 177, new short[0], List.of(two, two), (short) 0));

      Message result = client.until(Tags.Backend.READY_FOR_QUERY).getFirst();

      assertThat(result.tag()).isEqualTo(Tags.Backend.FUNCTION_CALL_RESPONSE);
      assertThat(MessageReader.readValue(result.buffer())).asString().isEqualTo("4");
    }
  }

  @Test
  void notificationsAreRead() {
    try (FakeClient client = login()) {
      List<Message> answer = client.query("listen jobs; notify jobs, 'x'");

      Message notification =
          answer.stream()
              .filter(message -> message.tag() == Tags.Backend.NOTIFICATION_RESPONSE)
              .findFirst()
              .orElseThrow();

      assertThat(BackendDecoder.notificationResponse(notification.buffer()))
          .isEqualTo(new BackendDecoder.NotificationResponse(client.key().pid(), "jobs", "x"));
    }
  }

  @Test
  void aNewerMinorVersionIsNegotiatedDown() {
    try (FakeClient client = connect()) {
      client.send(out -> Frontend.startup(out, 9, parameters("_pq_.unheard_of", "on")));

      List<Message> answer = client.authenticate("postgres", "");

      assertThat(BackendDecoder.negotiateProtocolVersion(answer.getFirst().buffer()))
          .isEqualTo(new BackendDecoder.NegotiateProtocolVersion(2, List.of("_pq_.unheard_of")));
      assertThat(answer.getLast().tag()).isEqualTo(Tags.Backend.READY_FOR_QUERY);
    }
  }

  @Test
  void aLongKeyCancelsAQuery() {
    try (FakeClient client = connect();
        FakeClient observer = login()) {
      client.send(out -> Frontend.startup(out, 2, parameters("application_name", "sleeper")));
      client.authenticate("postgres", "");
      assertThat(client.key().key()).hasSizeGreaterThan(4);
      client.send(out -> Frontend.query(out, "select pg_sleep(60)"));
      awaitSleep(observer, client.key().pid());

      try (FakeClient canceller = connect()) {
        canceller.send(out -> Frontend.cancelRequest(out, client.key().pid(), client.key().key()));
        canceller.expectClosed();
      }

      List<Message> answer = client.until(Tags.Backend.READY_FOR_QUERY);
      assertThat(answer.get(answer.size() - 2).fields().sqlstate()).isEqualTo("57014");
    }
  }

  private static void awaitSleep(FakeClient observer, int pid) {
    String sql =
        "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and pid = " + pid;
    String sleeping = "0";
    while (sleeping.equals("0")) {
      sleeping = observer.query(sql).get(1).row().getFirst();
    }
  }

  @Test
  void aBrokenStartupPacketIsRefusedInTheServersWords() {
    byte[] packet = Hand.bytes("00000013 00030000 'user' 00 'bob' 000000");
    try (FakeClient client = connect()) {
      client.send(packet);

      ErrorFields refusal = client.receive().fields();

      assertThatExceptionOfType(ProtocolViolation.class)
          .isThrownBy(() -> StartupDecoder.decode(Unpooled.wrappedBuffer(packet)))
          .withMessage(refusal.message())
          .satisfies(violation -> assertThat(violation.sqlstate()).isEqualTo(refusal.sqlstate()));
    }
  }

  private static Map<String, String> parameters(String name, String value) {
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("user", "postgres");
    parameters.put("database", "postgres");
    parameters.put(name, value);
    return parameters;
  }

  private static String tags(List<Message> messages) {
    StringBuilder tags = new StringBuilder();
    messages.forEach(message -> tags.append((char) message.tag()));
    return tags.toString();
  }
}
