package dev.trunkline.proxy;

import dev.trunkline.proxy.metrics.Health;
import dev.trunkline.proxy.route.Router;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** Whether the process works, and whether it wants clients. */
final class ProxyHealth implements Health {
  private final Proxy proxy;
  private final EventLoopGroup loops;

  ProxyHealth(Proxy proxy, EventLoopGroup loops) {
    this.proxy = proxy;
    this.loops = loops;
  }

  @Override
  public boolean alive() {
    List<EventExecutor> all = new ArrayList<>();
    loops.forEach(all::add);
    CountDownLatch answers = new CountDownLatch(all.size());
    try {
      all.forEach(loop -> loop.execute(answers::countDown));
      return answers.await(1, TimeUnit.SECONDS);
    } catch (RejectedExecutionException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public List<String> obstacles() {
    List<String> obstacles = new ArrayList<>();
    if (!proxy.listening()) {
      obstacles.add("the listeners are not open");
    }
    if (proxy.admission().closed()) {
      obstacles.add("the proxy is shutting down");
    }
    if (proxy.directory().pools().paused(null)) {
      obstacles.add("the proxy is paused");
    }
    Router router = proxy.router();
    if (router != null && router.store().shards().isEmpty()) {
      obstacles.add("the shard map is not available");
    }
    return obstacles;
  }
}
