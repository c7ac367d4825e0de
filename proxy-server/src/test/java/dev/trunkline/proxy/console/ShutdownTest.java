package dev.trunkline.proxy.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import java.sql.Connection;
import java.sql.Statement;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** SHUTDOWN in its three ways; each ends the proxy. */
class ShutdownTest {
  @Test
  void immediateAsksTheProgramToEnd() throws Exception {
    try (RunningProxy running = new RunningProxy();
        FakeClient console = running.console()) {
      CountDownLatch stopped = stop(running);
      console.send(out -> Frontend.query(out, "SHUTDOWN"));
      assertThat(stopped.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void waitForClientsEndsWithTheLastClient() throws Exception {
    try (RunningProxy running = new RunningProxy();
        FakeClient console = running.console()) {
      CountDownLatch stopped = stop(running);
      try (Connection client = running.plain();
          Statement statement = client.createStatement()) {
        console.query("SHUTDOWN WAIT_FOR_CLIENTS");
        statement.execute("SELECT 1");
        assertThat(stopped.getCount()).isEqualTo(1);
        assertThat(running.get("/ready").statusCode()).isEqualTo(503);
      }
      assertThat(stopped.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void waitForServersEndsWithTheLastTransaction() throws Exception {
    try (RunningProxy running = new RunningProxy();
        FakeClient console = running.console();
        Connection client = running.plain();
        Statement statement = client.createStatement()) {
      CountDownLatch stopped = stop(running);
      client.setAutoCommit(false);
      statement.execute("SELECT 1");
      console.query("SHUTDOWN WAIT_FOR_SERVERS");
      assertThat(stopped.getCount()).isEqualTo(1);
      assertThat(console.query("RESUME").getFirst().fields().message())
          .isEqualTo("pooler is shutting down");
      client.commit();
      assertThat(stopped.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static CountDownLatch stop(RunningProxy running) {
    CountDownLatch stopped = new CountDownLatch(1);
    running.proxy.onStop(stopped::countDown);
    return stopped;
  }
}
