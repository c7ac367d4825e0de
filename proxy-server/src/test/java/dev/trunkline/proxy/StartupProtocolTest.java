package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.Message;
import dev.trunkline.wire.Tags;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The first bytes of a connection, well-formed and not. */
@Timeout(60)
class StartupProtocolTest {
  private FakeClient client;

  @BeforeEach
  void connect() {
    client = FakeClient.connect(TestCluster.shared().port());
  }

  @AfterEach
  void close() {
    client.close();
  }

  private List<Message> startup(int minor, Map<String, String> more) {
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("user", TestCluster.USER);
    parameters.put("database", "plain");
    parameters.putAll(more);
    client.send(out -> Frontend.startup(out, minor, parameters));
    return client.authenticate(TestCluster.USER, TestCluster.PASSWORD);
  }

  @Test
  void encryptionThatIsNotConfiguredIsDeclined() {
    client.send(Frontend::gssEncRequest);
    assertThat(client.receiveBytes(1)).containsExactly('N');
    client.send(Frontend::sslRequest);
    assertThat(client.receiveBytes(1)).containsExactly('N');
    assertThat(startup(0, Map.of()).getLast().tag()).isEqualTo(Tags.Backend.READY_FOR_QUERY);
  }

  @Test
  void aNewerProtocolIsNegotiatedDown() {
    List<Message> answer = startup(9999, Map.of("_pq_.something", "1"));
    assertThat(Wire.tags(answer)).contains("v").endsWith("Z");
    assertThat(Wire.column(client.query("SELECT 1"))).containsExactly("1");
  }

  @Test
  void anOverlongStartupPacketIsRefused() {
    client.send(ByteBuffer.allocate(8).putInt(10_001).putInt(3 << 16).array());
    assertThat(client.expect(Tags.Backend.ERROR_RESPONSE).fields().sqlstate()).isEqualTo("08P01");
    client.expectClosed();
  }

  @Test
  void anUnknownDatabaseIsRefused() {
    client.startup(TestCluster.USER, "nowhere");
    List<Message> answer = client.authenticate(TestCluster.USER, TestCluster.PASSWORD);
    assertThat(answer.getLast().fields().sqlstate()).isIn("3D000", "08P01");
    client.expectClosed();
  }

  @Test
  void aWrongPasswordIsRefused() {
    client.startup(TestCluster.USER, "plain");
    List<Message> answer = client.authenticate(TestCluster.USER, "wrong");
    assertThat(answer.getLast().fields().sqlstate()).isEqualTo("28P01");
    client.expectClosed();
  }

  @Test
  void aCancelRequestWithAWrongKeyIsIgnored() {
    client.send(out -> Frontend.cancelRequest(out, 4711, new byte[] {1, 2, 3, 4}));
    client.expectClosed();
  }
}
