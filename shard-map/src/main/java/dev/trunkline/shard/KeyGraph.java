package dev.trunkline.shard;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Which sharded tables of a statement are held to the key, and by what. An edge from one to another
 * says: where the first is held, so is the second.
 */
final class KeyGraph {
  private final List<Instance> instances = new ArrayList<>();
  private final Set<KeySource> sources = new LinkedHashSet<>();

  /** One use of a sharded table in a statement. */
  static final class Instance {
    final String table;
    final ShardedTables.KeyColumn key;
    final String clause;
    private final List<Instance> holds = new ArrayList<>();
    private boolean held;

    private Instance(String table, ShardedTables.KeyColumn key, String clause) {
      this.table = table;
      this.key = key;
      this.clause = clause;
    }
  }

  Instance add(String table, ShardedTables.KeyColumn key, String clause) {
    Instance instance = new Instance(table, key, clause);
    instances.add(instance);
    return instance;
  }

  /** A constant that is compared with a key, whether or not it holds a table to it. */
  void compare(KeySource source) {
    sources.add(source);
  }

  void hold(Instance instance) {
    instance.held = true;
  }

  void edge(Instance from, Instance to) {
    from.holds.add(to);
  }

  List<KeySource> sources() {
    return List.copyOf(sources);
  }

  /** Whether rows come into being whose key nothing holds; asked after {@link #free}. */
  boolean makesRows() {
    return instances.stream().anyMatch(each -> !each.held && each.clause.startsWith("INSERT"));
  }

  /** The first table that nothing holds to the key; null if all are held. */
  Instance free() {
    Deque<Instance> reached = new ArrayDeque<>();
    for (Instance instance : instances) {
      if (instance.held) {
        reached.add(instance);
      }
    }
    while (!reached.isEmpty()) {
      for (Instance next : reached.remove().holds) {
        if (!next.held) {
          next.held = true;
          reached.add(next);
        }
      }
    }
    return instances.stream().filter(instance -> !instance.held).findFirst().orElse(null);
  }
}
