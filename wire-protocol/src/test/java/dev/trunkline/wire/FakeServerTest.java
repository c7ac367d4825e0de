package dev.trunkline.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The fake ends talk to each other; who uses them in other modules relies on it. */
class FakeServerTest {
  @Test
  void aClientLogsInAndQueries() {
    try (FakeServer server = FakeServer.start(FakeServerTest::oneRow);
        FakeClient client = FakeClient.connect(server.port()).login("bob", "db", "")) {
      List<Message> answer = client.query("select 42");

      assertThat(answer).extracting(message -> (char) message.tag()).containsExactly('D', 'C', 'Z');
      assertThat(answer.getFirst().row()).containsExactly("42");
      assertThat(client.parameters()).containsEntry("server_version", "18.0");
      assertThat(client.key().pid()).isEqualTo(1);
      server.join();
    }
  }

  private static void oneRow(FakeServerConnection connection) {
    connection.login();
    assertThat(connection.startupPacket().user()).isEqualTo("bob");
    assertThat(connection.expectQuery()).isEqualTo("select 42");
    connection.answer(
        out -> {
          Backend.dataRow(out, List.of("42".getBytes(StandardCharsets.UTF_8)));
          Backend.commandComplete(out, "SELECT 1");
        });
  }

  @Test
  void aClientLogsInWithEachMethod() {
    List<FakeServer.Script> scripts =
        List.of(
            connection -> connection.loginCleartext("secret"),
            connection -> connection.loginMd5("secret"),
            connection -> connection.loginScram("secret"));
    try (FakeServer server = FakeServer.start(scripts)) {
      for (int i = 0; i < scripts.size(); i++) {
        FakeClient.connect(server.port()).login("bob", "db", "secret").close();
      }
      server.join();
      assertThat(server.accepted()).isEqualTo(scripts.size());
    }
  }

  @Test
  void aWrongPasswordFailsTheScript() {
    FakeServer server = FakeServer.start(connection -> connection.loginScram("secret"));
    try (FakeClient client = FakeClient.connect(server.port())) {
      assertThatExceptionOfType(AssertionError.class)
          .isThrownBy(() -> client.login("bob", "db", "guess"));
      assertThatExceptionOfType(AssertionError.class)
          .isThrownBy(server::close)
          .withMessageContaining("does not know the password");
    }
  }

  @Test
  void encryptionIsRefusedBeforeTheLogin() {
    try (FakeServer server = FakeServer.start(FakeServerConnection::login);
        FakeClient client = FakeClient.connect(server.port())) {
      client.send(Frontend::sslRequest);
      assertThat(client.receiveBytes(1)).isEqualTo(new byte[] {'N'});
      client.login("bob", "db", "");
      server.join();
    }
  }

  @Test
  void aRefusedLoginTellsWhy() {
    ErrorFields refusal = ErrorFields.fatal("3D000", "no such database");
    try (FakeServer server = FakeServer.start(connection -> refuse(connection, refusal));
        FakeClient client = FakeClient.connect(server.port())) {
      assertThatExceptionOfType(AssertionError.class)
          .isThrownBy(() -> client.login("bob", "db", ""))
          .withMessageContaining("no such database");
      client.expectClosed();
    }
  }

  private static void refuse(FakeServerConnection connection, ErrorFields refusal) {
    connection.startup();
    connection.send(out -> Backend.error(out, refusal));
  }

  @Test
  void anUnexpectedMessageFailsTheScriptReadably() {
    FakeServer server = FakeServer.start(connection -> connection.expect(Tags.Frontend.QUERY));
    try (FakeClient client = FakeClient.connect(server.port())) {
      client.send(out -> Frontend.parse(out, "", "select 1"));
      client.expectClosed();
      assertThatExceptionOfType(AssertionError.class)
          .isThrownBy(server::close)
          .withMessageContaining("expected 'Q', but was P(12)[\\0select 1\\0\\0\\0]");
    }
  }

  @Test
  void aServerServesUntilTheClientSaysGoodbye() {
    try (FakeServer server = FakeServer.start(FakeServerTest::echoTags);
        FakeClient client = FakeClient.connect(server.port()).login("bob", "db", "")) {
      client.send(Frontend::flush);
      assertThat(client.query("x")).hasSize(2);
      client.terminate();
      server.join();
    }
  }

  private static void echoTags(FakeServerConnection connection) {
    connection.login();
    connection.serve(
        message -> {
          if (message.tag() == Tags.Frontend.QUERY) {
            connection.answer(Backend::emptyQueryResponse);
          }
        });
  }

  @Test
  void closingTheServerEndsScriptsThatWait() {
    FakeServer server = FakeServer.start(FakeServerConnection::login);
    try (FakeClient client = FakeClient.connect(server.port())) {
      server.close();
      client.expectClosed();
    }
  }
}
