package dev.trunkline.shard;

import dev.trunkline.shard.KeyGraph.Instance;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What names of columns mean at a place of a statement. Where PostgreSQL would call a name
 * ambiguous, the answer does not matter: the statement fails.
 *
 * @param sources what the block's FROM has, at top level
 * @param outer null for the outermost block
 */
record Scope(List<Source> sources, Scope outer) {
  /** A column that is a key. */
  record Key(Instance instance, boolean derived) {}

  /** An item of FROM, or a join of two. */
  sealed interface Source {
    /** The key of this name that an unqualified column means; null if it is none. */
    Key column(String name);

    void addRanges(List<Range> ranges);
  }

  /**
   * One table, sub-select or function.
   *
   * @param instance null unless it is a sharded table
   * @param outputs keys that a sub-select or CTE hands out, by column
   */
  record Range(String alias, Instance instance, Map<String, Instance> outputs) implements Source {
    @Override
    public Key column(String name) {
      if (instance != null) {
        return instance.key.name().equals(name) ? new Key(instance, false) : null;
      }
      Instance output = outputs.get(name);
      return output == null ? null : new Key(output, true);
    }

    @Override
    public void addRanges(List<Range> ranges) {
      ranges.add(this);
    }
  }

  /** Two sources; {@code merged} has the names of USING. */
  record Joined(SqlTree.JoinKind kind, Source left, Source right, List<String> merged)
      implements Source {
    @Override
    public Key column(String name) {
      if (!merged.contains(name)) {
        return only(left.column(name), right.column(name));
      }
      return switch (kind) {
        case INNER, LEFT -> left.column(name);
        case RIGHT -> right.column(name);
        case FULL -> null;
      };
    }

    @Override
    public void addRanges(List<Range> ranges) {
      left.addRanges(ranges);
      right.addRanges(ranges);
    }
  }

  private static Key only(Key one, Key other) {
    return one == null ? other : other == null ? one : null;
  }

  /** The key a column is; null when it is none, or cannot be told. */
  Key resolve(SqlTree.Column column) {
    return column.qualifier() == null
        ? unqualified(column.name())
        : qualified(column.qualifier(), column.name());
  }

  private Key unqualified(String name) {
    if (sources.isEmpty()) {
      return outer == null ? null : outer.unqualified(name);
    }
    Key found = null;
    for (Source source : sources) {
      found = only(found, source.column(name));
    }
    return found;
  }

  private static List<Range> ranges(List<Source> sources) {
    List<Range> ranges = new ArrayList<>();
    sources.forEach(source -> source.addRanges(ranges));
    return ranges;
  }

  /** The sharded tables among the sources. */
  static Set<Instance> instances(List<Source> sources) {
    Set<Instance> instances = new HashSet<>();
    for (Range range : ranges(sources)) {
      if (range.instance() != null) {
        instances.add(range.instance());
      }
    }
    return instances;
  }

  private Key qualified(String alias, String name) {
    List<Range> named =
        ranges(sources).stream().filter(range -> alias.equals(range.alias())).toList();
    if (named.isEmpty()) {
      return outer == null ? null : outer.qualified(alias, name);
    }
    return named.size() == 1 ? named.getFirst().column(name) : null;
  }
}
