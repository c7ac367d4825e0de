package dev.trunkline.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.wire.ErrorFields;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The server login against a real PostgreSQL that asks each of its users differently. */
class PostgresLoginTest {
  private static final String PASSWORD = "Pa\u00df w\u00f6rd";
  private static final String HBA =
      """
      host all clear_user all password
      host all md5_user all md5
      host all scram_user all scram-sha-256
      host all odd_user all scram-sha-256
      host all trust_user all trust
      host all postgres all trust
      local all all trust
      """;

  private static EmbeddedPostgres postgres;
  private static LoginContext context;

  @BeforeAll
  static void start() throws IOException, SQLException {
    postgres = EmbeddedPostgres.start();
    context = new LoginContext(LoginContext.Limits.DEFAULT);
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      createUsers(statement);
      Files.writeString(Path.of(text(statement, "SHOW hba_file")), HBA);
      statement.execute("SELECT pg_reload_conf()");
      awaitRules(statement);
    }
  }

  private static void createUsers(Statement statement) throws SQLException {
    statement.execute("SET password_encryption = 'md5'");
    statement.execute("CREATE USER md5_user PASSWORD '" + PASSWORD + "'");
    statement.execute("SET password_encryption = 'scram-sha-256'");
    for (String user : new String[] {"clear_user", "scram_user", "trust_user"}) {
      statement.execute("CREATE USER " + user + " PASSWORD '" + PASSWORD + "'");
    }
  }

  /** The view shows the file; the reload itself is seen when the postmaster's time moves on. */
  private static void awaitRules(Statement statement) throws SQLException {
    String loaded = "SELECT pg_conf_load_time() > pg_postmaster_start_time()";
    for (int i = 0; i < 1_000 && !text(statement, loaded).equals("t"); i++) {
      statement.execute("SELECT pg_sleep(0.01)");
    }
  }

  @AfterAll
  static void stop() throws IOException {
    context.close();
    postgres.close();
  }

  private static String text(Statement statement, String sql) throws SQLException {
    try (ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  private static String secretText(String user) throws SQLException {
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      return text(statement, "SELECT rolpassword FROM pg_authid WHERE rolname = '" + user + "'");
    }
  }

  /** Null when PostgreSQL let the user in. */
  private static ErrorFields login(String user, Credential credential) throws IOException {
    return PostgresDriver.login(postgres.getPort(), user, credential, context);
  }

  @ParameterizedTest
  @CsvSource({"clear_user", "md5_user", "scram_user", "trust_user"})
  void aPlainPasswordOpensEveryDoor(String user) throws IOException {
    assertThat(login(user, new Credential.Plain(PASSWORD))).isNull();
    assertThat(login(user, new Credential.Plain(PASSWORD))).as("from the cache").isNull();
  }

  /** Normalised, mapped to nothing, prohibited, bidirectional, unassigned. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u2168 I\u00adX",
        "\u00ad",
        "\u00a0",
        "a\u0001b",
        "\u0007\u00e4",
        "\u06271",
        "\u0221",
        "\ud83d\ude00"
      })
  void oddPasswordsArePreparedAsByTheServer(String password) throws Exception {
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE USER odd_user PASSWORD '" + password + "'");
      try {
        assertThat(login("odd_user", new Credential.Plain(password))).isNull();
      } finally {
        statement.execute("DROP USER odd_user");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"clear_user", "md5_user", "scram_user"})
  void aWrongPasswordIsTheServersToRefuse(String user) throws IOException {
    ErrorFields error = login(user, new Credential.Plain("wrong"));

    assertThat(error.sqlstate()).isEqualTo("28P01");
    assertThat(error.message())
        .isEqualTo("password authentication failed for user \"" + user + "\"");
  }

  @Test
  void anMd5HashOpensAnMd5Server() throws Exception {
    Secret secret = Secret.parse("md5_user", secretText("md5_user"));

    assertThat(secret).isInstanceOf(Secret.Md5.class);
    assertThat(login("md5_user", Credential.of(secret))).isNull();
  }

  @Test
  void trustNeedsNothing() throws IOException {
    assertThat(login("trust_user", new Credential.None())).isNull();
  }

  @Test
  void keysOfAScramClientOpenTheServerWithTheSameSecret() throws Exception {
    Credential credential = learnedFromAClient("scram_user", secretText("scram_user"));

    assertThat(credential).isInstanceOf(Credential.Scram.class);
    assertThat(login("scram_user", credential)).isNull();
  }

  @Test
  void keysOfAnotherSecretAreRefusedWithAHint() throws Exception {
    Credential credential = learnedFromAClient("scram_user", secretText("clear_user"));

    ErrorFields error = login("scram_user", credential);

    assertThat(error.message()).isEqualTo("server login failed: wrong password type");
    assertThat(error.hint()).startsWith("Copy the secret from the server's pg_authid");
  }

  private static Credential learnedFromAClient(String user, String secretText) {
    Secret secret = Secret.parse(user, secretText);
    ClientPeer peer = new ClientPeer(Method.SCRAM_SHA_256, user, secret, context);
    Scrams.prove(peer, user, PASSWORD);
    return peer.credential();
  }
}
