package dev.trunkline.proxy;

import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.proxy.pool.Pools;
import dev.trunkline.proxy.server.ConnectFailure;
import dev.trunkline.proxy.server.ServerConnection;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;

/** Says in the log what happens to server connections, in PgBouncer's words. */
final class PoolLog implements Pools.Events {
  @Override
  public void connected(Pool pool, ServerConnection server) {
    String from =
        server.channel().localAddress() instanceof InetSocketAddress local
            ? " (from " + NetUtil.toSocketAddressString(local) + ")"
            : "";
    Log.log(context(pool, server), "new connection to server" + from);
  }

  @Override
  public void disconnected(Pool pool, ServerConnection server) {
    String reason = server.closeReason() == null ? "connection ended" : server.closeReason();
    long seconds = server.ageNanos(System.nanoTime()) / 1_000_000_000L;
    Log.log(context(pool, server), "closing because: " + reason + " (age=" + seconds + "s)");
  }

  @Override
  public void connectFailed(Pool pool, ConnectFailure failure) {
    String detail = failure.error().detail();
    Log.warning(
        name(pool),
        "server login failed: "
            + failure.error().message()
            + (detail == null ? "" : " (" + detail + ")"));
  }

  @Override
  public void reserveTaken(Pool pool) {
    Log.warning(name(pool), "taking connection from reserve_pool");
  }

  private static String context(Pool pool, ServerConnection server) {
    return "S-0x" + Long.toHexString(server.id()) + ": " + name(pool);
  }

  private static String name(Pool pool) {
    return pool.key().database() + "/" + pool.key().user() + "@" + pool.endpoint();
  }
}
