package dev.trunkline.proxy.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trunkline.wire.BackendDecoder;
import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.Message;
import dev.trunkline.wire.Tags;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** SUSPEND: sockets rest until RESUME, and nothing of what they had to say is lost. */
@Timeout(60)
class SuspendTest {
  private static final Duration A_WHILE = Duration.ofMillis(300);

  private static RunningProxy running;

  @BeforeAll
  static void start() throws Exception {
    running = new RunningProxy();
  }

  @AfterAll
  static void stop() throws IOException {
    running.close();
  }

  private static FakeClient client() {
    return FakeClient.connect(running.proxy.port()).login("joe", "plain", "x");
  }

  private static CompletableFuture<List<Message>> answer(FakeClient client) {
    return CompletableFuture.supplyAsync(() -> client.until(Tags.Backend.READY_FOR_QUERY));
  }

  private static void hasNothing(CompletableFuture<?> answer) {
    assertThatExceptionOfType(TimeoutException.class)
        .isThrownBy(() -> answer.get(A_WHILE.toMillis(), TimeUnit.MILLISECONDS));
  }

  private static String tag(List<Message> answer) {
    return answer.getFirst().tag() == Tags.Backend.ERROR_RESPONSE
        ? answer.getFirst().fields().message()
        : BackendDecoder.commandComplete(answer.getFirst().buffer());
  }

  private static List<String> state(FakeClient console) {
    return console.query("SHOW STATE").stream()
        .filter(message -> message.tag() == Tags.Backend.DATA_ROW)
        .map(message -> String.join(" ", message.row()))
        .toList();
  }

  @Test
  void queriesWaitAndAnswersComeAfterResume() throws Exception {
    try (FakeClient console = running.console();
        FakeClient asks = client();
        FakeClient runs = client()) {
      runs.send(out -> Frontend.query(out, "SELECT pg_sleep(0.3), 'late'"));
      asks.query("SELECT 1");
      assertThat(tag(console.query("SUSPEND"))).isEqualTo("SUSPEND");
      assertThat(state(console)).containsExactly("active no", "paused no", "suspended yes");
      assertThat(tag(console.query("SUSPEND"))).isEqualTo("already suspended/paused");
      assertThat(tag(console.query("PAUSE"))).isEqualTo("already suspended/paused");
      for (int i = 0; i < 100; i++) {
        int n = i;
        asks.send(out -> Frontend.query(out, "SELECT " + n));
      }
      CompletableFuture<List<Message>> first = answer(asks);
      CompletableFuture<List<Message>> late = answer(runs);
      hasNothing(first);
      hasNothing(late);
      CompletableFuture<FakeClient> newcomer = CompletableFuture.supplyAsync(SuspendTest::client);
      hasNothing(newcomer);
      assertThat(tag(console.query("RESUME"))).isEqualTo("RESUME");
      assertThat(first.get().get(1).row()).containsExactly("0");
      for (int i = 1; i < 100; i++) {
        assertThat(asks.until(Tags.Backend.READY_FOR_QUERY).get(1).row()).containsExactly("" + i);
      }
      assertThat(late.get().get(1).row()).contains("late");
      newcomer.get().close();
      assertThat(state(console)).containsExactly("active yes", "paused no", "suspended no");
    }
  }

  @Test
  void itEndsWithTheLastConsole() throws Exception {
    try (FakeClient asks = client()) {
      CompletableFuture<List<Message>> answer;
      try (FakeClient console = running.console()) {
        console.query("SUSPEND");
        asks.send(out -> Frontend.query(out, "SELECT 1"));
        answer = answer(asks);
        hasNothing(answer);
      }
      assertThat(answer.get(5, TimeUnit.SECONDS).get(1).row()).containsExactly("1");
      client().close();
    }
  }

  /** The kernel's buffers take some megabytes; then it stands still. */
  private static void awaitStandstill() {
    long before = -1;
    while (before != sent() || before == 0) {
      before = sent();
      LockSupport.parkNanos(A_WHILE.toNanos());
    }
  }

  private static long sent() {
    return running.proxy.directory().pools().all().stream()
        .mapToLong(pool -> pool.total().bytesSent)
        .sum();
  }

  @Test
  void whoDoesNotTakeHisAnswerIsDroppedInTheEnd() throws SQLException {
    try (FakeClient console = running.console();
        FakeClient slow = client()) {
      console.query("SET suspend_timeout = 0.2");
      slow.send(
          out -> Frontend.query(out, "SELECT repeat('x', 100000) FROM generate_series(1, 2000)"));
      awaitStandstill();
      assertThat(tag(console.query("SUSPEND"))).isEqualTo("SUSPEND");
      console.query("RESUME");
      RunningProxy.await(() -> running.proxy.admission().clients() == 0);
    }
  }
}
