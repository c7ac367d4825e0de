package dev.trunkline.bench.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the collector of a JVM writes with {@code -Xlog:gc}. */
final class GcLog {
  /** As in {@code GC(3) Pause Young (Allocation Failure) 13M->9M(16M) 1.234ms}. */
  private static final Pattern PAUSE = Pattern.compile("Pause .* ([0-9.]+)ms$");

  private static final Pattern AFTER = Pattern.compile("->(\\d+)M\\(");

  private GcLog() {}

  /** The pauses until now, in milliseconds. */
  static List<Double> pauses(Path file) throws IOException {
    return Files.readAllLines(file).stream()
        .map(PAUSE::matcher)
        .filter(Matcher::find)
        .map(each -> Double.valueOf(each.group(1)))
        .toList();
  }

  /** What the last collection has left, in bytes; empty before the first. */
  static OptionalLong heap(Path file) throws IOException {
    return Files.readAllLines(file).stream()
        .map(AFTER::matcher)
        .filter(Matcher::find)
        .mapToLong(each -> Long.parseLong(each.group(1)) << 20)
        .reduce((_, last) -> last);
  }
}
