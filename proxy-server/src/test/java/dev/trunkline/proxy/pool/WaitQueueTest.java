package dev.trunkline.proxy.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.proxy.server.Owner;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.wire.ErrorFields;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WaitQueueTest {
  private static final long MILLISECOND = 1_000_000;

  private final EventLoop here = new DefaultEventLoop();
  private final EventLoop there = new DefaultEventLoop();
  private final WaitQueue queue = new WaitQueue();
  private long now = Long.MAX_VALUE; // nanoTime may be anything, and wrap around

  @AfterEach
  void stop() {
    here.shutdownGracefully();
    there.shutdownGracefully();
  }

  private Client comes(EventLoop loop, String path) {
    Client client = new Client(loop, path);
    queue.add(client, null, now++);
    return client;
  }

  private Client comes(String path) {
    return comes(here, path);
  }

  private Waiter freed(String path) {
    return queue.poll(here, path);
  }

  @Test
  void withoutSearchPathsTheOldestIsServed() {
    List<Waiter> came = new ArrayList<>();
    List<Waiter> served = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      came.add(comes(null));
    }
    for (int i = 0; i < 100; i++) {
      served.add(freed(null));
    }
    assertThat(served).isEqualTo(came);
    assertThat(came).allMatch(waiter -> waiter.overtaken == 0);
  }

  @Test
  void theOldestOnTheSearchPathOfTheConnectionIsServed() {
    Client head = comes("a");
    Client first = comes("b");
    comes("b");
    assertThat(freed("b")).isSameAs(first);
    assertThat(freed("a")).isSameAs(head);
  }

  @Test
  void aConnectionOnNoSearchPathAndAClientThatNeedsNoneAreServedInTurn() {
    Client head = comes("a");
    Client any = comes(null);
    Client last = comes("b");
    assertThat(freed(null)).isSameAs(head);
    assertThat(freed("b")).isSameAs(any);
    assertThat(freed("c")).isSameAs(last);
    assertThat(freed("c")).isNull();
  }

  @Test
  void theHeadIsServedAfterTheMostThatMayOvertakeIt() {
    Client head = comes("a");
    for (int i = 0; i < WaitQueue.MOST_OVERTAKEN; i++) {
      Client overtakes = comes("b");
      assertThat(freed("b")).isSameAs(overtakes);
    }
    comes("b");
    assertThat(freed("b")).isSameAs(head);
  }

  /** The worst order of arrival for a queue: all connections stay on what only newcomers want. */
  @Test
  void nobodyOfAQueueWaitsForMoreThanThoseBeforeItAndTheMostThatMayOvertakeIt() {
    List<Client> stuck = new ArrayList<>();
    for (int i = 0; i < WaitQueue.REACH - 1; i++) {
      stuck.add(comes("a"));
    }
    List<Waiter> served = new ArrayList<>();
    while (!served.containsAll(stuck)) {
      comes("b");
      served.add(freed("b"));
    }
    for (int i = 0; i < stuck.size(); i++) {
      assertThat(served.indexOf(stuck.get(i))).isEqualTo(i + WaitQueue.MOST_OVERTAKEN);
    }
  }

  @Test
  void whoCameClearlyLaterOvertakesNobody() {
    Client head = comes("a");
    now += 6 * MILLISECOND;
    comes("b");
    assertThat(freed("b")).isSameAs(head);
  }

  @Test
  void onlyTheOldestAreLookedAt() {
    Client head = comes("a");
    for (int i = 1; i < WaitQueue.REACH; i++) {
      comes("a");
    }
    comes("b");
    assertThat(freed("b")).isSameAs(head);
  }

  @Test
  void aClientOfTheLoopGoesBeforeOneWhoseSearchPathFits() {
    Client far = comes(there, "b");
    Client near = comes(here, "a");
    assertThat(freed("b")).isSameAs(near);
    assertThat(freed("b")).isSameAs(far);
  }

  @Test
  void aClientOfAnotherLoopIsOvertakenNoMoreOftenThanAnyOther() {
    Client far = comes(there, null);
    for (int i = 0; i < WaitQueue.MOST_OVERTAKEN; i++) {
      Client near = comes(here, null);
      assertThat(freed(null)).isSameAs(near);
    }
    comes(here, null);
    assertThat(freed(null)).isSameAs(far);
  }

  @Test
  void whoIsPutBackStandsBehindThoseWhoWaitForLonger() {
    Client head = comes("a");
    Client chosen = comes("b");
    Client last = comes("a");
    assertThat(freed("b")).isSameAs(chosen);
    queue.putBack(chosen, null);
    assertThat(queue.first()).isSameAs(head);
    assertThat(queue.drain()).containsExactly(head, chosen, last);
  }

  @Test
  void theFirstIsTheOldestAndThoseWhoWaitedTooLongLeaveWhoeverWasServed() {
    Client head = comes("a");
    now += MILLISECOND;
    Client second = comes("b");
    Client third = comes("a");
    assertThat(freed("b")).isSameAs(second);
    assertThat(queue.first()).isSameAs(head);
    assertThat(queue.takeLate(head.sinceNanos + Client.PATIENCE)).isEmpty();
    assertThat(queue.takeLate(head.sinceNanos + Client.PATIENCE + 1)).containsExactly(head);
    assertThat(queue.first()).isSameAs(third);
  }

  /** Against a list of all that wait, which counts for itself. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void nobodyIsOvertakenTooOftenWhateverHappens(long seed) {
    Random random = new Random(seed);
    List<Client> waiting = new ArrayList<>();
    String[] paths = {"a", "b", "c", "d", "e", null};
    for (int step = 0; step < 20_000; step++) {
      now += random.nextInt(200_000);
      int what = random.nextInt(100);
      if (what < 50 && waiting.size() < 80) {
        EventLoop loop = random.nextInt(4) == 0 ? there : here;
        waiting.add(comes(loop, paths[random.nextInt(random.nextInt(paths.length) + 1)]));
      } else if (what < 55 && !waiting.isEmpty()) {
        Client leaves = waiting.remove(random.nextInt(waiting.size()));
        queue.remove(leaves);
      } else {
        EventLoop loop = random.nextInt(4) == 0 ? there : here;
        Waiter served = queue.poll(loop, paths[random.nextInt(paths.length)]);
        int place = waiting.indexOf(served);
        assertThat(place).isEqualTo(served == null ? -1 : place).isLessThan(WaitQueue.REACH);
        waiting.subList(0, Math.max(place, 0)).forEach(each -> each.counted++);
        waiting.remove(served);
      }
      assertThat(queue.size()).isEqualTo(waiting.size());
      assertThat(queue.first()).isSameAs(waiting.isEmpty() ? null : waiting.getFirst());
      assertThat(waiting)
          .as("seed %d, step %d", seed, step)
          .allMatch(each -> each.counted <= WaitQueue.MOST_OVERTAKEN);
    }
  }

  private static final class Client extends Waiter {
    static final long PATIENCE = 1_000 * MILLISECOND;

    private final EventLoop loop;
    private final String path;
    private int counted;

    Client(EventLoop loop, String path) {
      this.loop = loop;
      this.path = path;
    }

    @Override
    protected EventLoop loop() {
      return loop;
    }

    @Override
    protected Owner owner() {
      throw new AssertionError("nobody delivers");
    }

    @Override
    protected String searchPath() {
      return path;
    }

    @Override
    protected long timeoutNanos() {
      return PATIENCE;
    }

    @Override
    protected void granted(ServerConnection server) {
      throw new AssertionError("nobody delivers");
    }

    @Override
    protected void refused(ErrorFields error) {
      throw new AssertionError("nobody refuses");
    }

    @Override
    protected void moved() {
      throw new AssertionError("nobody moves");
    }
  }
}
