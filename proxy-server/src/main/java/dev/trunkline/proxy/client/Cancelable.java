package dev.trunkline.proxy.client;

import java.util.function.Consumer;

/** What a CancelRequest can reach: a session with servers, or one with the console. */
public interface Cancelable {
  /** The server was told. */
  String SENT = "successfully sent cancel request";

  /**
   * Ends what it is doing now, if anything. From any thread; must not block.
   *
   * @param done called once, on any thread, when nothing that comes later can be hit any more, with
   *     what has become of the request, for the log
   */
  void cancel(Consumer<String> done);

  /** The database that the session is with, for the log. */
  String database();
}
