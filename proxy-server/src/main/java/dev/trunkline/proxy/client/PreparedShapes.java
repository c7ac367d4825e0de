package dev.trunkline.proxy.client;

import dev.trunkline.shard.RouteMiss;
import dev.trunkline.shard.SqlShape;
import java.util.HashMap;
import java.util.Map;

/**
 * The shapes of what a session has prepared by SQL. Whether a PREPARE succeeds is not followed: a
 * name that is prepared twice may stand for either, so nothing is known of it any more.
 */
final class PreparedShapes {
  private static final int MAX = 200;

  /** How much of what the session prepares is seen. */
  private enum Sight {
    ALL,
    /** Something was prepared while nobody looked. */
    PARTIAL
  }

  /**
   * @param version of the declaration the shape was found under
   */
  private record Prepared(SqlShape shape, long version) {
    static final Prepared AMBIGUOUS = new Prepared(null, 0);
  }

  private Map<String, Prepared> names = Map.of();
  private Sight sight = Sight.ALL;

  void unseen() {
    sight = Sight.PARTIAL;
  }

  void clear() {
    names = Map.of();
    sight = Sight.ALL;
  }

  /** A PREPARE is about to be sent. */
  void add(SqlShape shape, long version) {
    if (names.size() >= MAX || shape.preparedName() == null) {
      unseen();
      return;
    }
    if (names.isEmpty()) {
      names = new HashMap<>();
    }
    Prepared before = names.get(shape.preparedName());
    boolean again = before != null && before.shape != shape;
    names.put(shape.preparedName(), again ? Prepared.AMBIGUOUS : new Prepared(shape, version));
  }

  /** The shape of an EXECUTE; null when there is no telling. */
  SqlShape executing(SqlShape execute, long version) {
    Prepared prepared = sight == Sight.ALL ? names.get(execute.preparedName()) : null;
    boolean known = prepared != null && prepared.shape != null && prepared.version == version;
    boolean keyed = known && prepared.shape.kind() == SqlShape.Kind.KEYED;
    return keyed ? execute.executing(prepared.shape) : null;
  }

  static RouteMiss unknown(String name) {
    return new RouteMiss(
        null,
        "EXECUTE",
        "What \"" + name + "\" stands for is not known, or names no key.",
        "Prepare it again under another name, or name the workspace.");
  }
}
