package dev.trunkline.proxy.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.proxy.TestCluster;
import dev.trunkline.proxy.config.ProxyConfig;
import dev.trunkline.wire.ErrorFields;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  private final Admission admission = new Admission();

  private static Identity from(ProxyConfig config, String address) {
    return new Identity(config.databases().get("plain"), "app", null, null, address);
  }

  @Test
  void nothingIsKeptOfClientsThatHaveLeft() {
    ProxyConfig config = TestCluster.shared().proxy().config();
    for (int i = 0; i < 1000; i++) {
      Identity client = from(config, "10.0.0." + i);
      assertThat(admission.enter(client, config)).isNull();
      admission.turnedAway(client);
    }
    assertThat(admission.tracked()).isZero();
    assertThat(admission.clients()).isZero();
  }

  @Test
  void aRefusedClientIsCountedNowhere() {
    try (TestCluster cluster =
        TestCluster.start("users.app { password = secret, max_user_client_connections = 1 }")) {
      ProxyConfig config = cluster.proxy().config();
      Identity first = from(config, "10.0.0.1");
      assertThat(admission.enter(first, config)).isNull();
      ErrorFields refusal = admission.enter(from(config, "10.0.0.2"), config);
      assertThat(refusal.message())
          .isEqualTo("client connections exceeded (max_user_client_connections)");
      assertThat(admission.clientsOfDatabase("plain")).isEqualTo(1);
      admission.turnedAway(first);
      assertThat(admission.tracked()).isZero();
    }
  }
}
