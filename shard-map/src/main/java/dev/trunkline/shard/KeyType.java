package dev.trunkline.shard;

import java.util.Set;

/** Types a key column may have; of others the equality is not that of the workspace's spelling. */
public enum KeyType {
  UUID("uuid"),
  /** smallint, integer, bigint. */
  INTEGER("int2", "int4", "int8", "smallint", "integer", "int", "bigint"),
  /** text, and varchar with a deterministic collation. */
  TEXT("text", "varchar");

  @SuppressWarnings("ImmutableEnumChecker") // Set.of cannot be changed
  private final Set<String> names;

  KeyType(String... names) {
    this.names = Set.of(names);
  }

  /** Whether a value keeps its meaning when it is cast to this type before the comparison. */
  boolean castKeeps(String type) {
    return type == null || names.contains(type);
  }

  /** The key type of a type's name in pg_type or in SQL; null when it is none. */
  public static KeyType of(String type) {
    for (KeyType candidate : values()) {
      if (candidate.names.contains(type)) {
        return candidate;
      }
    }
    return null;
  }
}
