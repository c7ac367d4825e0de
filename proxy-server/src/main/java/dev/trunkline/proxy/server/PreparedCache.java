package dev.trunkline.proxy.server;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The statements prepared on one server connection, least recently used first, bounded in count and
 * in bytes.
 */
public final class PreparedCache {
  /** To the number of the Parse's entry in the ledger. */
  private final LinkedHashMap<Statement, Long> entries = new LinkedHashMap<>(16, 0.75f, true);

  private long bytes;

  /** Whether the server has it; counts as use. */
  public boolean use(Statement statement) {
    return entries.get(statement) != null;
  }

  /** Whether the server has it. */
  public boolean has(Statement statement) {
    return entries.containsKey(statement);
  }

  /** The number of the ledger's entry for its Parse, 0 when the server has it for certain. */
  public long parsed(Statement statement) {
    return entries.getOrDefault(statement, 0L);
  }

  /**
   * The server is about to have it.
   *
   * @param parse number of the ledger's entry, 0 when none is owed
   */
  public void add(Statement statement, long parse) {
    if (entries.put(statement, parse) == null) {
      bytes += statement.bytes();
    }
  }

  /** The server does not have it after all. */
  public void remove(Statement statement) {
    if (entries.remove(statement) != null) {
      bytes -= statement.bytes();
    }
  }

  /** DISCARD ALL or DEALLOCATE ALL ran. */
  public void clear() {
    entries.clear();
    bytes = 0;
  }

  /**
   * The least recently used statement that has to go, or null when the bounds hold; removes it. The
   * most recent one always stays.
   */
  public Statement evict(int maxCount, long maxBytes) {
    if (entries.size() <= 1 || (entries.size() <= maxCount && bytes <= maxBytes)) {
      return null;
    }
    Iterator<Map.Entry<Statement, Long>> oldest = entries.entrySet().iterator();
    Statement statement = oldest.next().getKey();
    oldest.remove();
    bytes -= statement.bytes();
    return statement;
  }

  public int size() {
    return entries.size();
  }
}
