package dev.trunkline.shard;

import java.util.Collection;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The shard map as the proxy uses it. All methods are safe from any thread and none of them blocks;
 * what must wait for the catalog goes through {@link #load}.
 */
public interface MapStore extends AutoCloseable {
  /** How {@link #recheck} came out. */
  enum Recheck {
    /** {@link #epoch} tells whether anything has changed. */
    DONE,
    /** The same; and somebody's swap, which was under way, is over. */
    SWAPPED
  }

  /**
   * Number that changes whenever any earlier answer may no longer hold. A session that keeps a
   * {@link Placement} compares it with the value it saw when it asked: one volatile read.
   */
  long epoch();

  /** Version of the newest map this store has seen; as in {@link Placement#version}. */
  long version();

  /** The answer that is at hand, or null when the store has to ask: then call {@link #load}. */
  Lookup peek(String workspace);

  /**
   * Answers once, perhaps before returning, from any thread. However many ask for one workspace,
   * the catalog is asked once.
   */
  void load(String workspace, Consumer<Lookup> answer);

  /** Where a logical shard lives, or null when the map has no such shard. */
  Placement shard(String shard);

  /** Where a host is, when the map says otherwise than the configuration; else null. */
  Home home(String host);

  /** All logical shards of the newest map. */
  Collection<Placement> shards();

  /** Whether others than this process may change the map, at any time. */
  default boolean shared() {
    return false;
  }

  /**
   * Asks the source, now, whether the map has changed, and takes in what has. However many ask, the
   * source is asked for all of them together, and not too often.
   *
   * @param answer told once, perhaps before returning, from any thread; also if the source is out
   *     of reach
   */
  default void recheck(Consumer<Recheck> answer) {
    answer.accept(Recheck.DONE);
  }

  /** Figures for SHOW MAP and the metrics: name to value, in the order to be shown. */
  Map<String, Object> status();

  /** The writing side; null when changes have nowhere to be kept. */
  MapChanges changes();

  @Override
  void close();
}
