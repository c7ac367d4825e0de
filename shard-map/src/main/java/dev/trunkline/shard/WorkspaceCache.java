package dev.trunkline.shard;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.function.BiConsumer;

/** What the catalog said about workspaces, bounded in bytes of heap. */
final class WorkspaceCache {
  /** Entry, Caffeine's node, the slot of its hash table and the String around the id: measured. */
  private static final int OVERHEAD_BYTES = 168;

  /** The {@link Lookup.Unknown} of a negative entry, or a placement of its own. */
  private static final int OWN_ANSWER_BYTES = 56;

  private final Cache<String, Entry> entries;

  /**
   * One answer of the catalog.
   *
   * @param shard the map's own copy of the shard's name; null when there is no such workspace
   * @param version the map version the row was read in
   * @param generation entries of another generation than the map's do not count any more
   * @param loadedAt on the store's clock, in nanoseconds
   * @param own Unknown for a negative entry; where the row was newer than the table of shards, the
   *     complete answer from the row, good until that table has caught up; else null
   */
  record Entry(String shard, long version, int generation, long loadedAt, Lookup own) {
    boolean negative() {
      return shard == null;
    }
  }

  WorkspaceCache(long bytes) {
    this.entries =
        Caffeine.newBuilder()
            .maximumWeight(bytes)
            .weigher(WorkspaceCache::weigh)
            .executor(Runnable::run)
            .build();
  }

  static int weigh(String workspace, Entry entry) {
    int id = isLatin1(workspace) ? workspace.length() : 2 * workspace.length();
    return OVERHEAD_BYTES + (id + 7) / 8 * 8 + (entry.own() == null ? 0 : OWN_ANSWER_BYTES);
  }

  private static boolean isLatin1(String id) {
    for (int i = 0; i < id.length(); i++) {
      if (id.charAt(i) > 0xff) {
        return false;
      }
    }
    return true;
  }

  Entry get(String workspace) {
    return entries.getIfPresent(workspace);
  }

  /** Without counting as a use. */
  Entry quietly(String workspace) {
    return entries.policy().getIfPresentQuietly(workspace);
  }

  void put(String workspace, Entry entry) {
    entries.put(workspace, entry);
  }

  /** Removes what was read before that version. */
  boolean removeOlder(String workspace, long version) {
    Entry entry = quietly(workspace);
    if (entry == null || entry.version() >= version) {
      return false;
    }
    entries.invalidate(workspace);
    return true;
  }

  void clear() {
    entries.invalidateAll();
  }

  void forEach(BiConsumer<String, Entry> action) {
    entries.asMap().forEach(action);
  }

  long size() {
    return entries.estimatedSize();
  }

  /** Estimated bytes of heap. */
  long bytes() {
    return entries.policy().eviction().orElseThrow().weightedSize().orElseThrow();
  }

  /** Finishes pending evictions, so that sizes are exact. */
  void settle() {
    entries.cleanUp();
  }
}
