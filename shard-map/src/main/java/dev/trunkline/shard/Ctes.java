package dev.trunkline.shard;

import dev.trunkline.shard.KeyGraph.Instance;
import java.util.Map;

/** CTEs in sight, by name, with the keys they hand out; null where there are none. */
record Ctes(String name, Map<String, Instance> outputs, Ctes outer) {
  /** What the CTE of that name hands out; null when there is none. */
  static Map<String, Instance> find(Ctes ctes, String name) {
    for (Ctes at = ctes; at != null; at = at.outer) {
      if (at.name.equals(name)) {
        return at.outputs;
      }
    }
    return null;
  }
}
