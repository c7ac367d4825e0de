package dev.trunkline.proxy.client;

import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.Replication;

/** A client that has been let in, as operators see it. On the client's loop. */
public sealed interface Session permits ClientSession, ReplicationSession {
  Identity identity();

  ClientConnection connection();

  /** What it streams beside ordinary work. */
  Replication replication();

  /** The server connection it holds, or null. */
  ServerConnection server();

  /** As in SHOW CLIENTS. */
  String state();

  /** The workspace it works for, or "". */
  String workspaceText();

  int preparedStatements();

  String applicationName();

  /** Wall clock of its last lease. */
  long requestMillis();

  /** How long it has waited for a server connection, in microseconds. */
  long waitedMicros();

  /** An operator wants it gone. */
  void kill(ErrorFields error);
}
