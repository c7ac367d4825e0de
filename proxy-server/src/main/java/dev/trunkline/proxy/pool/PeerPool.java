package dev.trunkline.proxy.pool;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/** Cancel requests for one peer: so many are on their way at a time, the others wait. */
public final class PeerPool {
  /**
   * As in SHOW PEER_POOLS.
   *
   * @param id of the peer
   * @param sending requests that are on their way
   * @param waiting requests that wait for room
   */
  public record Figures(int id, int sending, int waiting) {}

  /** One request: how it is sent, and who wants to know of its end. */
  static final class Request {
    private final Consumer<Runnable> send;
    private final Runnable done;

    Request(Consumer<Runnable> send, Runnable done) {
      this.send = send;
      this.done = done;
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Deque<Request> waiting = new ArrayDeque<>();
  private final int id;
  private int sending;

  PeerPool(int id) {
    this.id = id;
  }

  void add(Request request, int size) {
    lock.lock();
    try {
      if (size > 0 && sending >= size) {
        waiting.add(request);
        return;
      }
      sending++;
    } finally {
      lock.unlock();
    }
    send(request);
  }

  private void send(Request request) {
    request.send.accept(() -> sent(request));
  }

  /** Its place is the next one's. */
  private void sent(Request request) {
    Request next;
    lock.lock();
    try {
      next = waiting.poll();
      sending -= next == null ? 1 : 0;
    } finally {
      lock.unlock();
    }
    request.done.run();
    if (next != null) {
      send(next);
    }
  }

  /** It has waited long enough, or for nobody; one that is on its way is not called back. */
  void giveUp(Request request) {
    boolean waited;
    lock.lock();
    try {
      waited = waiting.remove(request);
    } finally {
      lock.unlock();
    }
    if (waited) {
      request.done.run();
    }
  }

  Figures figures() {
    lock.lock();
    try {
      return new Figures(id, sending, waiting.size());
    } finally {
      lock.unlock();
    }
  }
}
