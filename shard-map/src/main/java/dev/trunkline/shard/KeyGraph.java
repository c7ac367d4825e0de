package dev.trunkline.shard;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntUnaryOperator;

/**
 * Which sharded tables of a statement are held to the key, and by what. An edge from one to another
 * says: where the first is held, so is the second.
 */
final class KeyGraph {
  /** How the clause of a table begins that rows are inserted into. */
  static final String INSERT = "INSERT into ";

  private final List<Instance> instances = new ArrayList<>();
  private final Set<KeySource> sources = new LinkedHashSet<>();
  private final Map<Integer, Set<Integer>> typed = new HashMap<>();

  /** One use of a sharded table in a statement. */
  static final class Instance {
    final String table;
    final String alias;
    final ShardedTables.KeyColumn key;
    final String clause;
    private final List<Instance> holds = new ArrayList<>();
    private boolean held;

    private Instance(String table, String alias, ShardedTables.KeyColumn key, String clause) {
      this.table = table;
      this.alias = alias;
      this.key = key;
      this.clause = clause;
    }

    /** Why there is no telling, when nothing holds it. */
    RouteMiss notHeld() {
      String column = alias + "." + key.name();
      String hint =
          clause.startsWith(INSERT)
              ? "Give " + key.name() + " a plain value in each row, or name the workspace."
              : "Add a condition that every row has to meet: "
                  + column
                  + " equals a value, or the key of another table; or name the workspace.";
      return RouteMiss.ofTable(
          table, clause, "Nothing in " + clause + " holds " + column + " to one value.", hint);
    }
  }

  Instance add(String table, String alias, ShardedTables.KeyColumn key, String clause) {
    Instance instance = new Instance(table, alias, key, clause);
    instances.add(instance);
    return instance;
  }

  /** A constant that is compared with a key, whether or not it holds a table to it. */
  void compare(KeySource source) {
    sources.add(source);
  }

  /** A place where PostgreSQL gives a parameter of an open type that of the key. */
  void typed(SqlTree.Constant constant) {
    if (constant.kind().parameter()) {
      typed.computeIfAbsent(constant.number(), _ -> new HashSet<>()).add(constant.token());
    }
  }

  void hold(Instance instance) {
    instance.held = true;
  }

  void edge(Instance from, Instance to) {
    from.holds.add(to);
  }

  /**
   * Where the keys are.
   *
   * @param uses how often the statement uses a parameter; any other use might give it another type
   */
  List<KeySource> sources(IntUnaryOperator uses) {
    return sources.stream().map(source -> typed(source, uses)).toList();
  }

  private KeySource typed(KeySource source, IntUnaryOperator uses) {
    int number = source.number();
    boolean alone =
        source.kind() == KeySource.Kind.PARAMETER
            && typed.getOrDefault(number, Set.of()).size() == uses.applyAsInt(number);
    return alone ? new KeySource(KeySource.Kind.KEY_PARAMETER, number, source.type()) : source;
  }

  /** Whether rows come into being whose key nothing holds; asked after {@link #free}. */
  boolean makesRows() {
    return instances.stream().anyMatch(each -> !each.held && each.clause.startsWith(INSERT));
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
