package dev.trunkline.proxy.server;

import dev.trunkline.proxy.auth.Credential;
import io.netty.channel.EventLoop;
import java.util.Map;

/** Opens connections to PostgreSQL servers. Never blocks an event loop. */
public interface Connector {
  /** Opens one connection on that loop. Any thread. */
  void open(EventLoop loop, Target target, Callback callback);

  /**
   * Sends a CancelRequest for a connection. The connection counts as being cancelled until the
   * server has acted on it. Any thread.
   */
  void cancel(ServerConnection server);

  /** Has the names of a server resolved again, when it is time. Any thread. */
  default void refresh(Endpoint endpoint) {}

  /** Whether the address a connection goes to is still one of its server's. Any thread. */
  default boolean current(ServerConnection server) {
    return true;
  }

  /** What opening a connection leads to. Called once, on the connection's loop. */
  interface Callback {
    /** Logged in and idle. The receiver attaches an owner before it returns. */
    void connected(ServerConnection server);

    void failed(ConnectFailure failure);
  }

  /**
   * What is opened.
   *
   * @param endpoint server and database
   * @param user role to log in as
   * @param credential how the role proves itself
   * @param startup further parameters of the startup message
   * @param connectQuery sent once after login, or null
   * @param home the pool
   * @param generation the pool's generation
   */
  record Target(
      Endpoint endpoint,
      String user,
      Credential credential,
      Map<String, String> startup,
      String connectQuery,
      ServerConnection.Home home,
      int generation) {}
}
