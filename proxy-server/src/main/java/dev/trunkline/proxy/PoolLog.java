package dev.trunkline.proxy;

import dev.trunkline.proxy.auth.TlsContexts;
import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.proxy.pool.Pools;
import dev.trunkline.proxy.server.ConnectFailure;
import dev.trunkline.proxy.server.Endpoint;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.wire.ErrorFields;
import io.netty.handler.ssl.SslHandler;
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
    SslHandler tls = server.channel().pipeline().get(SslHandler.class);
    if (tls != null) {
      Log.log(
          context(pool, server),
          "SSL established: " + TlsContexts.describe(tls.engine().getSession()));
    }
  }

  @Override
  public void disconnected(Pool pool, ServerConnection server) {
    String reason = server.closeReason() == null ? "server conn crashed?" : server.closeReason();
    long seconds = server.ageNanos(System.nanoTime()) / 1_000_000_000L;
    Log.log(context(pool, server), "closing because: " + reason + " (age=" + seconds + "s)");
  }

  @Override
  public void connectFailed(Pool pool, ConnectFailure failure) {
    ErrorFields error = failure.error();
    if (failure.answered()) {
      Log.warning("server login failed: " + error.severity() + " " + error.message());
      closing(pool, error.message());
    } else {
      Log.warning(name(pool), error.message() + " (" + error.detail() + ")");
      closing(pool, "connect failed");
    }
  }

  @Override
  public void idleError(Pool pool, ServerConnection server, ErrorFields error) {
    String why = error.severity() + " " + error.message();
    Log.warning(context(pool, server), "got packet 'E' from server when not linked: " + why);
  }

  /** There is no connection that would have a number. */
  private static void closing(Pool pool, String reason) {
    Log.log("S-0x0: " + name(pool), "closing because: " + reason + " (age=0s)");
  }

  @Override
  public void reserveTaken(Pool pool) {
    Log.warning(name(pool), "taking connection from reserve_pool");
  }

  private static String context(Pool pool, ServerConnection server) {
    return "S-0x" + Long.toHexString(server.id()) + ": " + name(pool, server.endpoint());
  }

  private static String name(Pool pool) {
    return name(pool, pool.endpoint());
  }

  /**
   * @param at one server, where the pool has a list of them
   */
  private static String name(Pool pool, Endpoint at) {
    return pool.key().database() + "/" + pool.key().user() + "@" + at;
  }
}
