package dev.trunkline.shard;

import dev.trunkline.shard.MapChangeException.Fate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Changes of a map from the configuration file, kept in a journal beside it. A lock in the process
 * and one on {@code <file>.lock} make each change one step for everybody who uses that file.
 */
final class FileMapChanges implements MapChanges {
  /** Of the whole process: after a reload two stores may stand on one file, for a moment. */
  private static final ReentrantLock LOCK = new ReentrantLock();

  private final Path file;
  private final MapView configured;
  private final Consumer<FileJournal> changed;
  private final FileJournal.Steps steps;

  FileMapChanges(Path file, MapView configured, Consumer<FileJournal> changed) {
    this(file, configured, changed, step -> {});
  }

  /**
   * @param configured the map that the configuration describes
   * @param changed hears of each new version, in order
   */
  FileMapChanges(
      Path file, MapView configured, Consumer<FileJournal> changed, FileJournal.Steps steps) {
    this.file = file;
    this.configured = configured;
    this.changed = changed;
    this.steps = steps;
  }

  /** The journal as it is on disk. */
  FileJournal read() {
    try {
      return FileJournal.read(file);
    } catch (IOException e) {
      throw new UncheckedIOException("The changes of the shard map cannot be read.", e);
    }
  }

  private FileJournal journal() throws MapChangeException {
    try {
      return FileJournal.read(file);
    } catch (IOException e) {
      throw new MapChangeException(Fate.REFUSED, "The journal cannot be read: " + e + ".", e);
    }
  }

  @Override
  public MapVersion version() throws MapChangeException {
    return journal().version();
  }

  @Override
  public Readiness prepare() {
    return () -> {};
  }

  /** Of one process, which knows of its own swaps. */
  @Override
  public Announcement announce() {
    return () -> {};
  }

  @Override
  public MapOutcome apply(MapChange change, MapVersion expected, String who, String why)
      throws MapChangeException {
    LOCK.lock();
    try (FileChannel channel = lockFile();
        FileLock held = channel.lock()) {
      Objects.requireNonNull(held);
      return applyLocked(change, expected, who, why);
    } catch (IOException e) {
      throw new MapChangeException(Fate.UNKNOWN, "The journal cannot be written: " + e + ".", e);
    } finally {
      LOCK.unlock();
    }
  }

  private FileChannel lockFile() throws IOException {
    Path lock = file.resolveSibling(file.getFileName() + ".lock");
    return FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  private MapOutcome applyLocked(MapChange change, MapVersion expected, String who, String why)
      throws IOException, MapChangeException {
    FileJournal now = FileJournal.read(file);
    if (!isExpected(now.version(), expected)) {
      String by = now.entries().isEmpty() ? null : now.entries().getLast().who();
      return new MapOutcome.MovedOn(expected, now.version(), by);
    }
    MapEntry draft = new MapEntry(expected.number() + 1, Instant.now(), who, why, null, "", "", "");
    List<MapEntry> entries = new ArrayList<>();
    wanted(change, now)
        .forEach((key, value) -> addIfNew(entries, draft, key, value, now.over(configured)));
    if (entries.isEmpty()) {
      throw refused("The map is like that already.");
    }
    FileJournal next = now.with(entries, UUID.randomUUID().toString());
    next.write(file, steps);
    changed.accept(next);
    return new MapOutcome.Applied(next.version());
  }

  private static boolean isExpected(MapVersion now, MapVersion expected) {
    boolean stampFits = expected.stamp() == null || expected.stamp().equals(now.stamp());
    return now.number() == expected.number() && stampFits;
  }

  private record Key(MapEntry.Kind kind, String subject) {}

  private Map<Key, String> wanted(MapChange change, FileJournal now) throws MapChangeException {
    MapView view = now.over(configured);
    return switch (change) {
      case MapChange.RepointHost(String host, Home to) ->
          Map.of(new Key(MapEntry.Kind.HOST, host), to.toString());
      case MapChange.RepointShard(String shard, String host) -> {
        requireShard(view, shard);
        yield Map.of(new Key(MapEntry.Kind.SHARD, shard), host);
      }
      case MapChange.RepointWorkspace(String workspace, String shard) -> {
        requireShard(view, shard);
        yield Map.of(new Key(MapEntry.Kind.WORKSPACE, workspace), shard);
      }
      case MapChange.Back(long version) -> before(now, version);
    };
  }

  private static void requireShard(MapView view, String shard) throws MapChangeException {
    if (!view.shards().containsKey(shard)) {
      throw refused("Logical shard \"" + shard + "\" is not in the map.");
    }
  }

  private static Map<Key, String> before(FileJournal now, long version) throws MapChangeException {
    requireKept(now, version);
    Map<Key, String> values = new HashMap<>();
    for (MapEntry entry : now.newestFirst()) {
      if (entry.version() > version) {
        values.put(new Key(entry.kind(), entry.subject()), entry.before());
      }
    }
    return values;
  }

  private static void requireKept(FileJournal now, long version) throws MapChangeException {
    if (version < 1 || version > now.version().number()) {
      throw refused(
          "Version %d is not one of those kept, 1 to %d."
              .formatted(version, now.version().number()));
    }
  }

  private static void addIfNew(
      List<MapEntry> entries, MapEntry draft, Key key, String value, MapView view) {
    String before =
        switch (key.kind()) {
          case HOST -> view.homes().get(key.subject());
          case SHARD -> view.shards().get(key.subject());
          case WORKSPACE -> view.workspaces().get(key.subject());
        };
    if (!Objects.equals(before, value)) {
      entries.add(
          new MapEntry(
              draft.version(),
              draft.at(),
              draft.who(),
              draft.why(),
              key.kind(),
              key.subject(),
              before,
              value));
    }
  }

  private static MapChangeException refused(String sentence) {
    return new MapChangeException(Fate.REFUSED, sentence, null);
  }

  @Override
  public List<MapEntry> history(int limit) throws MapChangeException {
    return journal().newestFirst().stream().limit(limit).toList();
  }

  @Override
  public MapView asOf(long version) throws MapChangeException {
    FileJournal now = journal();
    requireKept(now, version);
    List<MapEntry> later =
        now.newestFirst().stream().filter(entry -> entry.version() > version).toList();
    MapView view = now.over(configured);
    return new MapView(view.version(), view.homes(), view.shards(), Map.of()).undo(later, version);
  }
}
