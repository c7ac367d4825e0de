package dev.trunkline.proxy.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trunkline.proxy.Proxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Prometheus and the probes get. */
class MetricsTest {
  private static final String PLAIN =
      "{database=\"plain\",group=\"\",host=\"plain\",user=\"postgres\"}";

  private static RunningProxy running;

  @BeforeAll
  static void start() throws Exception {
    running = new RunningProxy();
  }

  @AfterAll
  static void stop() throws Exception {
    running.close();
  }

  @Test
  void countersAndHistogramsFollowTheTraffic() throws Exception {
    try (Connection client = running.plain();
        Statement statement = client.createStatement()) {
      statement.execute("SELECT 1");
      statement.execute("SELECT 2");
      Map<String, Double> samples = scrape();
      assertThat(samples.get("trunkline_pool_transactions_total" + PLAIN))
          .isGreaterThanOrEqualTo(2);
      assertThat(samples.get("trunkline_pool_sv_idle" + PLAIN)).isEqualTo(1);
      assertThat(samples.get("trunkline_clients")).isEqualTo(1);
      String host = "{group=\"\",host=\"plain\"}";
      double count = samples.get("trunkline_transaction_seconds_count" + host);
      assertThat(count).isGreaterThanOrEqualTo(2);
      assertThat(
              samples.get(
                  "trunkline_transaction_seconds_bucket{group=\"\",host=\"plain\",le=\"+Inf\"}"))
          .isEqualTo(count);
      assertThat(samples.get("trunkline_transaction_seconds_sum" + host)).isPositive();
    }
  }

  @Test
  void errorsAreCountedBySqlstate() throws Exception {
    try (Connection client = running.plain();
        Statement statement = client.createStatement()) {
      assertThatThrownBy(() -> statement.execute("SELECT 1 / 0")).isInstanceOf(SQLException.class);
    }
    assertThat(scrape().get("trunkline_errors_total{sqlstate=\"22012\"}")).isEqualTo(1);
  }

  @Test
  void theProcessItsMapAndItsMemoryAreThere() throws Exception {
    Map<String, Double> samples = scrape();
    assertThat(samples.keySet())
        .anyMatch(name -> name.startsWith("trunkline_info{transport=\"nio\""))
        .anyMatch(name -> name.startsWith("jvm_memory_used_bytes"));
    assertThat(samples)
        .containsEntry("trunkline_map_version", 1.0)
        .containsEntry("trunkline_map_shards", 2.0)
        .containsEntry("trunkline_map_stale", 0.0)
        .containsKey("trunkline_map_cache_hits_total")
        .containsKey("trunkline_buffer_bytes{memory=\"direct\"}");
  }

  /** Name with labels to value; fails on a line that is neither sample nor comment. */
  private static Map<String, Double> scrape() throws IOException, InterruptedException {
    Map<String, Double> samples = new LinkedHashMap<>();
    for (String line : running.get("/metrics").body().lines().toList()) {
      if (!line.startsWith("#")) {
        int space = line.lastIndexOf(' ');
        assertThat(samples.put(line.substring(0, space), number(line.substring(space + 1))))
            .as("twice: " + line)
            .isNull();
      }
    }
    return samples;
  }

  private static double number(String text) {
    return switch (text) {
      case "+Inf" -> Double.POSITIVE_INFINITY;
      case "NaN" -> Double.NaN;
      default -> Double.parseDouble(text);
    };
  }

  @Test
  void aHealthyProxyIsHealthyAndReady() throws Exception {
    assertThat(running.get("/health").body()).isEqualTo("ok\n");
    assertThat(running.get("/ready").statusCode()).isEqualTo(200);
    assertThat(running.get("/metrics/more").statusCode()).isEqualTo(404);
  }

  @Test
  void aPausedProxyIsHealthyButNotReady() throws Exception {
    running.show("PAUSE");
    try {
      assertThat(running.get("/health").statusCode()).isEqualTo(200);
      assertThat(running.get("/ready").statusCode()).isEqualTo(503);
      assertThat(running.get("/ready").body()).isEqualTo("the proxy is paused\n");
    } finally {
      running.show("RESUME");
    }
  }

  @Test
  void aTakenMetricsPortStopsTheStart(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("second.conf");
    String taken = "127.0.0.1:" + running.proxy.metricsPort();
    Files.writeString(file, running.config("").replace("127.0.0.1:0", taken));
    assertThatThrownBy(() -> Proxy.start(file, Set.of()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(taken)
        .hasMessageContaining("metrics_listen");
  }
}
