package dev.trunkline.proxy.client;

import dev.trunkline.proxy.metrics.WorkspaceActivity;

/** Counts what a session does for the workspace of its lease, for SHOW WORKSPACES. */
final class SessionActivity {
  private final ClientSession session;

  /** Null where the lease has no workspace. */
  private WorkspaceActivity.Entry entry;

  private String workspace;

  SessionActivity(ClientSession session) {
    this.session = session;
  }

  /** From now on the lease works for that workspace, null for none. */
  void begins(String next) {
    if (next == null) {
      entry = null;
    } else if (!next.equals(workspace)) {
      entry = session.services.activity().entry(next);
    }
    workspace = next;
  }

  /** What has been moved so far was its workspace's. */
  void ends() {
    if (entry != null) {
      entry.bytesReceived.add(session.relay.received());
      entry.bytesSent.add(session.relay.sent());
    }
    session.relay.countAnew();
  }

  void transaction() {
    if (entry != null) {
      entry.transactions.increment();
    }
  }

  void query() {
    if (entry != null) {
      entry.queries.increment();
    }
  }
}
