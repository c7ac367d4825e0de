package dev.trunkline.proxy.pool;

import dev.trunkline.proxy.server.Owner;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.wire.ErrorFields;
import io.netty.channel.EventLoop;

/**
 * One client that wants a server connection. It is its own node in the pool's queue, so that
 * queueing allocates nothing. The links belong to the pool's lock.
 */
public abstract class Waiter {
  Waiter previous;
  Waiter next;
  Pool queuedIn;
  long sinceNanos;

  /** Its {@link #searchPath} since it is in the queue: what any thread under the lock may read. */
  String wantedPath;

  /** How many that came later have been served since it is in the queue. */
  int overtaken;

  /** It comes from a pool that is gone, and keeps the time since which it waits. */
  boolean moving;

  /** The loop of the client; {@link #granted} and {@link #refused} are called on it. */
  protected abstract EventLoop loop();

  /** Who owns the connection once it is granted. */
  protected abstract Owner owner();

  /** The search_path the client needs, or null; a connection that has it already is preferred. */
  protected abstract String searchPath();

  /** How long it may wait, {@code query_wait_timeout}; 0 = for ever. */
  protected abstract long timeoutNanos();

  /** The connection is the client's until it is released. */
  protected abstract void granted(ServerConnection server);

  /** There will be no connection. */
  protected abstract void refused(ErrorFields error);

  /** The pool is gone: ask again for the one that serves now. */
  protected abstract void moved();

  /** Whether a connection on that search_path serves it as well as any other. */
  final boolean fits(String path) {
    return wantedPath == null || path == null || wantedPath.equals(path);
  }

  /** When it began to wait, {@link System#nanoTime}. */
  public long sinceNanos() {
    return sinceNanos;
  }
}
