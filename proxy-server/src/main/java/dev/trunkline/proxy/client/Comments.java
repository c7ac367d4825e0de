package dev.trunkline.proxy.client;

import dev.trunkline.shard.SqlScanner;
import dev.trunkline.shard.WorkspaceId;

/** The workspace a statement's comment names. */
final class Comments {
  private Comments() {}

  /** In canonical form, or null. A malformed id stays as it is: no map knows it. */
  static String workspace(SqlScanner scanner) {
    String raw = scanner.commentWorkspace();
    if (raw == null || raw.isEmpty()) {
      return null;
    }
    try {
      return WorkspaceId.canonical(raw);
    } catch (IllegalArgumentException e) {
      return raw;
    }
  }
}
