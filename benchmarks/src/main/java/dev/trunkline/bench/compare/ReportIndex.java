package dev.trunkline.bench.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** One page over the reports of several runs, which lie in directories beside each other. */
final class ReportIndex {
  static final String FILE = "README.md";

  private ReportIndex() {}

  /** Writes it anew, from all reports that are there. */
  static void write(Path directory) throws IOException {
    StringBuilder out = new StringBuilder("# Side by side, in parts\n\n" + Report.SUMMARY_LEGEND);
    try (Stream<Path> files = Files.list(directory)) {
      List<Path> parts =
          files.map(each -> each.resolve(Report.FILE)).filter(Files::exists).sorted().toList();
      for (Path part : parts) {
        String name = part.getParent().getFileName().toString();
        out.append("\n## [%s](%s/%s)\n\n".formatted(name, name, Report.FILE));
        summary(part).forEach(line -> out.append(line).append('\n'));
      }
    }
    Files.writeString(directory.resolve(FILE), out);
  }

  /** The table of that section. */
  private static List<String> summary(Path report) throws IOException {
    return Files.readAllLines(report).stream()
        .dropWhile(line -> !line.equals(Report.SUMMARY))
        .skip(1)
        .takeWhile(line -> !line.startsWith("#"))
        .filter(line -> line.startsWith("|"))
        .toList();
  }
}
