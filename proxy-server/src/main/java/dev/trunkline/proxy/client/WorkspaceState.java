package dev.trunkline.proxy.client;

/**
 * Which workspace, or which logical shard directly, a client has named, with the scopes of
 * PostgreSQL settings: for the session, for the transaction, undone by a rollback.
 */
final class WorkspaceState {
  /** What has been named, for the session and for the transaction; null where nothing has. */
  private record Choice(String session, String local, String sessionShard, String localShard) {
    static final Choice NOTHING = new Choice(null, null, null, null);

    Choice withoutLocal() {
      return local == null && localShard == null
          ? this
          : new Choice(session, null, sessionShard, null);
    }
  }

  private Choice startup = Choice.NOTHING;
  private Choice now = startup;

  /** What a rollback returns to. */
  private Choice before = now;

  /** What held at the first savepoint of the transaction; null while there is none. */
  private Choice atSavepoint;

  /** The workspace in force, or null. */
  String workspace() {
    return now.local != null ? now.local : now.session;
  }

  /** The logical shard addressed directly, or null. */
  String shard() {
    return now.localShard != null ? now.localShard : now.sessionShard;
  }

  /** What the startup message says. */
  void startsWith(String workspace, String shard) {
    startup = new Choice(workspace, null, shard, null);
    now = startup;
    before = now;
  }

  /** RESET ALL: back to what the startup message said. */
  void reset() {
    now = startup;
  }

  void set(String workspace, boolean forTransaction) {
    now =
        forTransaction
            ? new Choice(now.session, workspace, now.sessionShard, now.localShard)
            : new Choice(workspace, null, now.sessionShard, now.localShard);
  }

  void setShard(String shard, boolean forTransaction) {
    now =
        forTransaction
            ? new Choice(now.session, now.local, now.sessionShard, shard)
            : new Choice(now.session, now.local, shard, null);
  }

  /** From here on a rollback undoes what is set. */
  void transactionBegins() {
    before = now;
  }

  /** A savepoint has been made. */
  void savepoint() {
    if (atSavepoint == null) {
      atSavepoint = now;
    }
  }

  /**
   * ROLLBACK TO SAVEPOINT. What was named before the first savepoint stays; what was named since
   * may be undone or not, so nothing counts as named any more: the next statement is refused rather
   * than sent to the wrong place.
   */
  void rolledBackToSavepoint() {
    if (atSavepoint != null && !atSavepoint.equals(now)) {
      now = Choice.NOTHING;
      atSavepoint = now;
    }
  }

  /** The transaction, explicit or implicit, is over. */
  void transactionEnds(boolean rolledBack) {
    now = rolledBack ? before : now.withoutLocal();
    before = now;
    atSavepoint = null;
  }
}
