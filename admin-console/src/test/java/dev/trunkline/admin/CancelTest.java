package dev.trunkline.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CancelTest {
  private final Talk talk = new Talk(Access.ADMIN);

  @ParameterizedTest
  @ValueSource(strings = {"PAUSE", "PAUSE p", "WAIT_CLOSE p"})
  void cancelEndsACommandThatWaitsAndUndoesIt(String sql) throws Exception {
    talk.operator.stuck = new CountDownLatch(1);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      CompletableFuture<Talk.Reply> waiting =
          CompletableFuture.supplyAsync(() -> talk.query(sql), threads);
      assertThat(talk.operator.stuck.await(10, TimeUnit.SECONDS)).isTrue();

      talk.session.cancel();
      Talk.Reply reply = waiting.get(10, TimeUnit.SECONDS);

      assertThat(reply.error().sqlstate()).isEqualTo("57014");
      assertThat(reply.tags()).isEqualTo("EZ");
    }
    assertThat(talk.operator.paused).isEmpty();
    assertThat(talk.operator.done).isEmpty();
  }

  @Test
  void cancelOfASessionThatDoesNotWaitDoesNothing() {
    talk.session.cancel();

    assertThat(talk.query("PAUSE").completed()).containsExactly("PAUSE");
    talk.session.cancel();
    assertThat(talk.query("RESUME").completed()).containsExactly("RESUME");
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void aCancelThatComesTooLateDoesNotHitTheNextCommand() {
    talk.operator.beforeReturn = talk.session::cancel;

    assertThat(talk.query("PAUSE p").completed()).containsExactly("PAUSE");

    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }
}
