package dev.trunkline.shard;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The map as it was in one version, for {@code SHOW MAP AS OF}.
 *
 * @param version the version
 * @param homes hosts that are not where the configuration says, to their {@link Home} as text
 * @param shards logical shard to host name
 * @param workspaces workspaces whose entry has changed since, to their shard then, null for none;
 *     all others are as they are now
 */
public record MapView(
    long version,
    Map<String, String> homes,
    Map<String, String> shards,
    Map<String, String> workspaces) {

  /**
   * That view with the journal undone.
   *
   * @param newestFirst every entry after {@code to}
   */
  MapView undo(List<MapEntry> newestFirst, long to) {
    Map<String, String> oldHomes = new HashMap<>(homes);
    Map<String, String> oldShards = new HashMap<>(shards);
    Map<String, String> oldWorkspaces = new HashMap<>(workspaces);
    for (MapEntry entry : newestFirst) {
      switch (entry.kind()) {
        case HOST -> put(oldHomes, entry);
        case SHARD -> put(oldShards, entry);
        case WORKSPACE -> oldWorkspaces.put(entry.subject(), entry.before());
      }
    }
    return new MapView(to, oldHomes, oldShards, oldWorkspaces);
  }

  private static void put(Map<String, String> values, MapEntry entry) {
    values.compute(entry.subject(), (subject, now) -> entry.before());
  }
}
