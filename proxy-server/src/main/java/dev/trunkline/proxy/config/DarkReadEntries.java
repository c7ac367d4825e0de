package dev.trunkline.proxy.config;

import dev.trunkline.proxy.config.DarkReadConfig.Scope;
import dev.trunkline.proxy.config.EntryKeys.DarkRead;
import dev.trunkline.shard.HomeLogin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the block {@code trunkline.dark_reads}. */
final class DarkReadEntries {
  /** Its name inside {@code trunkline}. */
  static final String BLOCK = "dark_reads";

  private static final Map<Scope, EntryKeys.Key<String>> SUBJECTS =
      Map.of(
          Scope.GROUP, DarkRead.GROUP,
          Scope.HOST, DarkRead.HOST,
          Scope.SHARD, DarkRead.SHARD);

  private final Map<Scope, Collection<String>> known;
  private final Map<String, String> taken = new HashMap<>();

  /** Logical shards may stand in a catalog: their names are not checked here. */
  DarkReadEntries(Collection<String> groups, Collection<String> hosts) {
    this.known = Map.of(Scope.GROUP, groups, Scope.HOST, hosts);
  }

  Map<String, DarkReadConfig> read(Block own) {
    Map<String, DarkReadConfig> all = new LinkedHashMap<>();
    own.children(BLOCK)
        .forEach(
            (name, block) -> {
              DarkReadConfig entry = entry(name, block);
              if (entry != null) {
                all.put(name, entry);
              }
            });
    return all;
  }

  /** Null where something is wrong, which has been told. */
  private DarkReadConfig entry(String name, Block block) {
    block.onlyKnown(DarkRead.KIND.names());
    HomeLogin against = block.get(DarkRead.AGAINST);
    Double sample = block.get(DarkRead.SAMPLE);
    int maxRows = block.get(DarkRead.MAX_ROWS);
    Duration delay = block.get(DarkRead.DELAY);
    Scope scope = scope(block);
    String subject = scope == null ? null : block.get(SUBJECTS.get(scope));
    if (subject != null) {
      check(name, block, scope, subject);
    }
    if (subject == null || against == null || sample == null) {
      return null;
    }
    return new DarkReadConfig(
        name,
        scope,
        subject,
        against.home(),
        against.user(),
        against.password(),
        sample,
        maxRows,
        delay);
  }

  private static Scope scope(Block block) {
    List<Scope> given = new ArrayList<>();
    for (Scope scope : Scope.values()) {
      if (block.has(SUBJECTS.get(scope))) {
        given.add(scope);
      }
    }
    if (given.size() != 1) {
      block.refuseBlock("needs one of group, host and shard");
    }
    return given.size() == 1 ? given.getFirst() : null;
  }

  private void check(String name, Block block, Scope scope, String subject) {
    EntryKeys.Key<String> key = SUBJECTS.get(scope);
    Collection<String> names = known.get(scope);
    if (names != null && !names.contains(subject)) {
      block.refuse(
          key, "there is no " + key.name() + " " + subject + Spelling.hint(subject, names));
    }
    String other = taken.putIfAbsent(scope + " " + subject, name);
    if (other != null) {
      block.refuse(key, subject + " is read by " + other + " already");
    }
  }
}
