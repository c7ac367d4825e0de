package dev.trunkline.shard;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What is declared of a sharded database: which tables have a key, which have the same content in
 * every schema, which functions touch nothing. Immutable; a changed declaration is another object
 * with another version, and shapes found under an older one do not count.
 */
public final class ShardedTables {
  private static final AtomicLong VERSIONS = new AtomicLong();

  private final Map<String, KeyColumn> sharded;
  private final Set<String> reference;
  private final Set<String> functions;
  private final long version = VERSIONS.incrementAndGet();

  /** The column that holds the workspace id. */
  public record KeyColumn(String name, KeyType type) {}

  /**
   * Declares tables by their names without schema, as PostgreSQL stores them.
   *
   * @param sharded tables, and views that are safe: those whose result, where their key column has
   *     one value, comes from rows with that key alone
   * @param reference tables with the same content in each schema
   * @param functions of the user's that read and write no table
   */
  public ShardedTables(
      Map<String, KeyColumn> sharded, Collection<String> reference, Collection<String> functions) {
    this.sharded = Map.copyOf(sharded);
    this.reference = Set.copyOf(reference);
    this.functions = Set.copyOf(functions);
  }

  /** Differs from that of every other declaration in this process. */
  public long version() {
    return version;
  }

  /** Whether both say the same, so that shapes need not be found again. */
  public boolean sameAs(ShardedTables other) {
    return sharded.equals(other.sharded)
        && reference.equals(other.reference)
        && functions.equals(other.functions);
  }

  /** The sharded tables by name, in order, for SHOW SHARDED TABLES. */
  public Map<String, KeyColumn> sharded() {
    return new TreeMap<>(sharded);
  }

  public Set<String> reference() {
    return reference;
  }

  public Set<String> functions() {
    return functions;
  }

  KeyColumn key(String table) {
    return sharded.get(table);
  }

  boolean isReference(String table) {
    return reference.contains(table);
  }

  boolean isSafeFunction(String function) {
    return functions.contains(function);
  }
}
