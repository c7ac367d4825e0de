package dev.trunkline.proxy.client;

import dev.trunkline.proxy.config.PoolMode;
import dev.trunkline.proxy.pool.Directory;

/**
 * The pool mode of one session. It follows RELOAD between two transactions: what is under way ends
 * as it began. On the session's loop.
 */
final class Pooling {
  private final ClientSession session;
  private PoolMode mode;
  private int generation;

  Pooling(ClientSession session) {
    this.session = session;
    look();
  }

  PoolMode mode() {
    return mode;
  }

  /** Takes the mode that is in force; nothing is under way, and no server connection is held. */
  void follow() {
    if (changed() && mode == PoolMode.SESSION) {
      session.settings.lost();
    }
  }

  /** The same with a server connection; whether the session must not keep it any more. */
  boolean ends() {
    PoolMode before = mode;
    return changed() && before == PoolMode.SESSION;
  }

  private boolean changed() {
    PoolMode before = mode;
    if (generation != session.services.directory().generation()) {
      look();
    }
    return mode != before;
  }

  private void look() {
    Directory directory = session.services.directory();
    generation = directory.generation();
    mode = directory.mode(session.identity.database(), session.identity.user());
  }
}
