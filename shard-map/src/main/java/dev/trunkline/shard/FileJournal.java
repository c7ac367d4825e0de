package dev.trunkline.shard;

import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Every change made to a map from the configuration file, oldest first. On disk: a line with the
 * form's name, version and stamp, then a line for each entry, its fields URL-encoded and separated
 * by tabs; an empty value is none. Immutable.
 */
record FileJournal(MapVersion version, List<MapEntry> entries) {
  private static final String FORM = "trunkline-map-journal-1";

  /** Is told of each step of a write, so that a test can end it there. */
  interface Steps {
    void done(String step) throws IOException;
  }

  static FileJournal empty(long version) {
    return new FileJournal(new MapVersion(version, "start"), List.of());
  }

  /** That map with all changes on top. */
  MapView over(MapView configured) {
    Map<String, String> homes = new HashMap<>(configured.homes());
    Map<String, String> shards = new HashMap<>(configured.shards());
    Map<String, String> workspaces = new HashMap<>(configured.workspaces());
    for (MapEntry entry : entries) {
      Map<String, String> values =
          switch (entry.kind()) {
            case HOST -> homes;
            case SHARD -> shards;
            case WORKSPACE -> workspaces;
          };
      values.compute(entry.subject(), (subject, before) -> entry.after());
    }
    return new MapView(version.number(), homes, shards, workspaces);
  }

  List<MapEntry> newestFirst() {
    return entries.reversed();
  }

  /** The journal with a version more. */
  FileJournal with(List<MapEntry> next, String stamp) {
    List<MapEntry> all = new ArrayList<>(entries);
    all.addAll(next);
    return new FileJournal(new MapVersion(next.getFirst().version(), stamp), List.copyOf(all));
  }

  /** Reads a journal; that of version 1 if there is no file. */
  static FileJournal read(Path file) throws IOException {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (NoSuchFileException e) {
      return empty(1);
    }
    try {
      return parse(lines);
    } catch (RuntimeException e) {
      throw new IOException(file + " is not a journal of the shard map: " + e, e);
    }
  }

  private static FileJournal parse(List<String> lines) {
    String[] head = lines.getFirst().split("\t", -1);
    if (!head[0].equals(FORM)) {
      throw new IllegalArgumentException("it does not begin with " + FORM);
    }
    List<MapEntry> entries = lines.stream().skip(1).map(FileJournal::entry).toList();
    return new FileJournal(new MapVersion(Long.parseLong(head[1]), head[2]), entries);
  }

  private static MapEntry entry(String line) {
    String[] fields = line.split("\t", -1);
    return new MapEntry(
        Long.parseLong(fields[0]),
        Instant.parse(fields[1]),
        decoded(fields[2]),
        decoded(fields[3]),
        MapEntry.Kind.valueOf(fields[4]),
        decoded(fields[5]),
        fields[6].isEmpty() ? null : decoded(fields[6]),
        fields[7].isEmpty() ? null : decoded(fields[7]));
  }

  /** Replaces the file in one step, durably: a crash leaves the old one or the new one. */
  void write(Path file, Steps steps) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    Path draft = file.resolveSibling(file.getFileName() + ".tmp");
    Files.writeString(draft, text());
    steps.done("written");
    force(draft, StandardOpenOption.WRITE);
    steps.done("forced");
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    steps.done("moved");
    force(directory, StandardOpenOption.READ);
  }

  private static void force(Path path, StandardOpenOption mode) throws IOException {
    try (FileChannel channel = FileChannel.open(path, mode)) {
      channel.force(true);
    }
  }

  private String text() {
    String head = FORM + "\t" + version.number() + "\t" + version.stamp() + "\n";
    return entries.stream().map(FileJournal::line).collect(Collectors.joining("", head, ""));
  }

  private static String line(MapEntry entry) {
    return String.join(
            "\t",
            Long.toString(entry.version()),
            entry.at().toString(),
            encoded(entry.who()),
            encoded(entry.why()),
            entry.kind().name(),
            encoded(entry.subject()),
            encoded(entry.before()),
            encoded(entry.after()))
        + "\n";
  }

  private static String encoded(String value) {
    return value == null ? "" : URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  private static String decoded(String value) {
    return URLDecoder.decode(value, StandardCharsets.UTF_8);
  }
}
