package dev.trunkline.proxy.client;

/**
 * Which workspace, or which logical shard directly, a client has named, with the scopes of
 * PostgreSQL settings: for the session, for the transaction, undone by a rollback.
 */
final class WorkspaceState {
  private String session;
  private String local;
  private String sessionShard;
  private String localShard;
  private String before;
  private String shardBefore;

  /** The workspace in force, or null. */
  String workspace() {
    return local != null ? local : session;
  }

  /** The logical shard addressed directly, or null. */
  String shard() {
    return localShard != null ? localShard : sessionShard;
  }

  void set(String workspace, boolean forTransaction) {
    if (forTransaction) {
      local = workspace;
    } else {
      session = workspace;
      local = null;
    }
  }

  void setShard(String shard, boolean forTransaction) {
    if (forTransaction) {
      localShard = shard;
    } else {
      sessionShard = shard;
      localShard = null;
    }
  }

  /** From here on a rollback undoes what is set. */
  void transactionBegins() {
    before = session;
    shardBefore = sessionShard;
  }

  /** The transaction, explicit or implicit, is over. */
  void transactionEnds(boolean rolledBack) {
    local = null;
    localShard = null;
    if (rolledBack) {
      session = before;
      sessionShard = shardBefore;
    }
    before = session;
    shardBefore = sessionShard;
  }
}
