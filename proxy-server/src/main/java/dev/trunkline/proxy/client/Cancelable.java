package dev.trunkline.proxy.client;

/** What a CancelRequest can reach: a session with servers, or one with the console. */
@FunctionalInterface
public interface Cancelable {
  /**
   * Ends what it is doing now, if anything. From any thread; must not block.
   *
   * @param done called once, on any thread, when nothing that comes later can be hit any more
   */
  void cancel(Runnable done);
}
