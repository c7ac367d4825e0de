package dev.trunkline.proxy.pool;

import static dev.trunkline.proxy.pool.PoolBench.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.proxy.auth.Credential;
import dev.trunkline.proxy.pool.PoolBench.Client;
import dev.trunkline.proxy.pool.PoolBench.Sizes;
import dev.trunkline.proxy.server.FakeConnector;
import dev.trunkline.proxy.server.ServerConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PoolTest {
  private final PoolBench bench = new PoolBench();

  @AfterEach
  void nothingIsLeft() {
    bench.close();
  }

  @Test
  void clientsOfOneLoopAreServedInTheOrderTheyCame() throws InterruptedException {
    Pool pool = bench.pool(1);
    Client holder = bench.asks(0, pool).served();
    List<Client> queue = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      queue.add(bench.asks(0, pool));
    }
    bench.served.clear();
    holder.release();
    List<Client> order = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      Client next = bench.served.take();
      order.add(next);
      next.release();
    }
    assertThat(order).containsExactlyElementsOf(queue);
    assertThat(bench.connector.opened).hasSize(1);
  }

  @Test
  void aClientOfAnotherLoopThatWaitedClearlyLongerIsServedFirst() throws InterruptedException {
    Pool pool = bench.pool(1);
    Client holder = bench.asks(0, pool).served();
    Client far = bench.asks(1, pool);
    Thread.sleep(20);
    Client near = bench.asks(0, pool);
    bench.served.clear();
    holder.release();
    assertThat(bench.served.take()).isSameAs(far);
    far.release();
    assertThat(bench.served.take()).isSameAs(near);
  }

  @Test
  void aConnectionStaysOnItsSearchPathWhileSomebodyWaitsForThat() throws InterruptedException {
    Pool pool = bench.pool(1);
    Client holder = bench.asks(0, pool, "a").served();
    Client first = bench.asks(0, pool, "b");
    Client second = bench.asks(0, pool, "a");
    while (second.sinceNanos() - first.sinceNanos() > 1_000_000) {
      // The machine was busy: one that came that much later has to wait for its turn.
      second.leave();
      first.leave();
      first = bench.asks(0, pool, "b");
      second = bench.asks(0, pool, "a");
    }
    bench.served.clear();
    holder.release();
    assertThat(bench.served.take()).isSameAs(second);
    assertThat(pool.snapshot().waiting()).isEqualTo(1);
    second.release();
    assertThat(bench.served.take()).isSameAs(first);
  }

  @Test
  void poolSizeIsExactOverTwoLoops() {
    Pool pool = bench.pool(3);
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      clients.add(bench.asks(i % 2, pool));
    }
    AtomicInteger served = new AtomicInteger();
    while (served.get() < 40) {
      assertThat(pool.connections()).isLessThanOrEqualTo(3);
      clients.stream()
          .filter(client -> client.server != null)
          .forEach(
              client -> {
                client.release();
                served.incrementAndGet();
              });
    }
    assertThat(bench.connector.opened).hasSizeLessThanOrEqualTo(3);
  }

  @Test
  void theReserveIsOpenedForAClientThatWaitedLong() {
    Pool pool = bench.pool("p", new Sizes(1, 0, 1, 300, 3_600_000).options());
    bench.asks(0, pool).served();
    Client late = bench.asks(0, pool);
    bench.settle();
    assertThat(late.server).isNull();
    assertThat(late.served().server).isNotNull();
    Client tooMany = bench.asks(1, pool);
    await(() -> bench.log.contains("reserve p"));
    assertThat(tooMany.server).isNull();
    assertThat(pool.connections()).isEqualTo(2);
  }

  @Test
  void theLongestIdleConnectionOfAllPoolsMakesRoom() throws InterruptedException {
    Budget budget = new Budget("database db", 2);
    PoolOptions options = Sizes.of(2).options();
    Pool older = bench.pool("older", options, budget);
    Pool newer = bench.pool("newer", options, budget);
    Client first = bench.asks(0, older).served();
    Client second = bench.asks(0, newer).served();
    first.release();
    Thread.sleep(5);
    second.release();
    bench.asks(0, bench.pool("wanting", options, budget)).served();
    assertThat(bench.log).contains("closed older: evicted").doesNotContain("closed newer: evicted");
    assertThat(budget.used()).isEqualTo(2);
  }

  @Test
  void aServerThatIsDownRefusesAtOnceAndIsTriedAgain() {
    Pool pool = bench.pool(1);
    bench.connector.server(FakeConnector.Server.DOWN);
    Client first = bench.asks(0, pool);
    await(() -> first.error != null);
    assertThat(first.error.message()).startsWith("connect failed");
    Client second = bench.asks(0, pool);
    await(() -> second.error != null);
    assertThat(second.error.message())
        .startsWith("server login has been failing, cached error: connect failed")
        .endsWith("(server_login_retry)");
    bench.connector.server(FakeConnector.Server.UP);
    await(() -> pool.connections() == 1);
    bench.asks(0, pool).served();
  }

  @Test
  void waitersOfARetiredPoolAskTheNextOneAndKeepTheirPlace() {
    Pool pool = bench.pool(1);
    Client holder = bench.asks(0, pool).served();
    Client waiting = bench.asks(0, pool);
    long since = waiting.sinceNanos();
    bench.pools.update(gone -> PoolBench.spec("elsewhere", Sizes.of(1).options()));
    await(() -> waiting.moved);
    assertThat(waiting.error).isNull();
    assertThat(pool.retired()).isTrue();
    bench.connector.server(FakeConnector.Server.SLOW);
    Pool next = bench.pool(1);
    Client later = bench.asks(0, next);
    waiting.ask(next);
    assertThat(waiting.sinceNanos()).isEqualTo(since);
    bench.connector.answer();
    waiting.served();
    assertThat(later.server).isNull();
    holder.release();
    await(() -> bench.log.contains("closed p: database configuration changed"));
  }

  @Test
  void waitersOfARemovedDatabaseAreTold() {
    Pool pool = bench.pool(1);
    bench.asks(0, pool).served();
    Client waiting = bench.asks(0, pool);
    bench.pools.update(gone -> null);
    await(() -> waiting.error != null);
    assertThat(waiting.error.message()).isEqualTo("database removed");
  }

  @Test
  void newConnectionsUseTheCredentialThatWasProvedLast() {
    Pool pool = bench.pool(2);
    Client open = bench.asks(0, pool).served();
    pool.upkeep().proved(new Credential.Plain("new"), 20);
    pool.upkeep().proved(new Credential.Plain("old"), 10);
    bench.asks(0, pool).served();
    assertThat(bench.connector.attempts.getLast().credential())
        .isEqualTo(new Credential.Plain("new"));
    open.release();
    bench.settle();
    assertThat(bench.log).noneMatch(line -> line.startsWith("closed"));
  }

  @Test
  void lifetimeEndsAreSpread() throws InterruptedException {
    Pool pool = bench.pool("p", new Sizes(2, 0, 0, 0, 2_000).options());
    Client first = bench.asks(0, pool).served();
    Client second = bench.asks(0, pool).served();
    Thread.sleep(2_050);
    first.release();
    second.release();
    bench.settle();
    assertThat(bench.log.stream().filter(line -> line.endsWith("lifetime over"))).hasSize(1);
    await(() -> pool.connections() == 0);
  }

  @Test
  void aPoolIsWarmedAheadOfItsClients() {
    Pool pool = bench.pool(5);
    bench.pools.warm(pool, 4, null);
    await(() -> bench.connector.opened.size() == 4);
    bench.asks(0, pool).served();
    assertThat(bench.connector.attempts).hasSize(4);
  }

  @Test
  void whoWaitsForTheEndOfAPoolIsTold() {
    Pool pool = bench.pool(2);
    Client first = bench.asks(0, pool).served();
    Client second = bench.asks(1, pool).served();
    AtomicInteger asked = new AtomicInteger();
    CompletableFuture<Void> end =
        bench.pools.drained(each -> asked.incrementAndGet() > 0 && each == pool);
    CompletableFuture<Long> logged = end.thenApply(_ -> closings());
    first.release();
    bench.settle();
    bench.pools.closeIdle(each -> each == pool, "host moves");
    await(() -> pool.connections() == 1);
    bench.settle();
    assertThat(end).isNotDone();
    assertThat(asked).as("asked while some are left").hasValue(1);
    second.release();
    bench.settle();
    bench.pools.closeIdle(each -> each == pool, "host moves");
    await(logged::isDone);
    assertThat(pool.connections()).isZero();
    assertThat(logged).as("in the log when it was told").isCompletedWithValue(2L);
    assertThat(bench.pools.drained(each -> each == pool)).isDone();
  }

  private long closings() {
    return bench.log.stream().filter("closed p: host moves"::equals).count();
  }

  @Test
  void aPoolThatNobodyUsesIsForgotten() {
    Pool pool = bench.pool("p", Sizes.of(1).options(100));
    bench.asks(0, pool).served().release();
    bench.settle();
    bench.pools.closeIdle(each -> each == pool, "server idle timeout");
    await(pool::retired);
    await(() -> bench.pools.all().isEmpty());
    Client late = bench.asks(0, pool);
    await(() -> late.moved);
  }

  @Test
  void aConnectionThatDiesWhileIdleIsReplaced() {
    Pool pool = bench.pool(1);
    bench.asks(0, pool).served().release();
    ServerConnection dead = bench.connector.opened.getFirst();
    dead.channel().close().syncUninterruptibly();
    assertThat(bench.asks(1, pool).served().server).isNotSameAs(dead);
  }
}
