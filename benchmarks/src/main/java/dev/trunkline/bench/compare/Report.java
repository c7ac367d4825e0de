package dev.trunkline.bench.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes results as JSON, for programs, and as Markdown with plots, for people. */
final class Report {
  static final String FILE = "results.md";
  static final String SUMMARY = "## Summary";
  static final String SUMMARY_LEGEND = "Medians; in parentheses divided by PgBouncer's.\n";

  private static final List<Metric> PLOTTED = List.of(Metric.THROUGHPUT, Metric.CPU, Metric.P99);

  /** What a quotient of two peers says something about. */
  private static final List<Metric> COMPARED =
      List.of(
          Metric.THROUGHPUT,
          Metric.CPU,
          Metric.BYTES,
          Metric.P50,
          Metric.P99,
          Metric.SWITCHES,
          Metric.START,
          Metric.IDLE,
          Metric.GROWTH);

  /** What a difference to the server itself says something about, as long as it has no queue. */
  private static final List<Metric> ADDED = List.of(Metric.P50, Metric.P95, Metric.P99);

  private final Results results;
  private final Map<String, String> facts;

  /**
   * @param facts about the machine, the command and the day, in the order in which to print them
   */
  Report(Results results, Map<String, String> facts) {
    this.results = results;
    this.facts = facts;
  }

  /** Writes {@code results.json}, {@code results.md} and a plot for each of a few metrics. */
  void write(Path directory) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("results.json"), json());
    Files.writeString(directory.resolve(FILE), markdown());
    for (Metric metric : plotted()) {
      Files.writeString(directory.resolve(metric.key() + ".svg"), Plot.of(results, metric));
    }
    if (CoursePlot.has(results)) {
      Files.writeString(directory.resolve(CoursePlot.FILE), CoursePlot.of(results));
    }
  }

  private List<Metric> plotted() {
    return PLOTTED.stream().filter(each -> !without(each)).toList();
  }

  // ---- JSON ----

  private String json() {
    StringBuilder out = new StringBuilder("{\n");
    facts.forEach(
        (name, fact) ->
            out.append(' ').append(text(name)).append(": ").append(text(fact)).append(",\n"));
    out.append(" \"omitted\": [")
        .append(String.join(", ", results.omissions().stream().map(Report::text).toList()))
        .append("],\n \"runs\": [\n  ")
        .append(String.join(",\n  ", results.all().stream().map(Report::run).toList()))
        .append("\n ]\n}\n");
    return out.toString();
  }

  private static String run(Result result) {
    StringBuilder out =
        new StringBuilder(
            "{\"workload\": %s, \"clients\": %d, \"beside\": %d, \"peer\": %s, \"round\": %d"
                .formatted(
                    text(result.workload()),
                    result.clients(),
                    result.beside(),
                    text(result.peer()),
                    result.round()));
    for (Map.Entry<Metric, Double> each : result.outcome().values().entrySet()) {
      out.append(", ").append(text(each.getKey().key())).append(": ");
      out.append(String.format(Locale.ROOT, "%.3f", each.getValue()));
    }
    List<MemoryCourse.Sample> course = result.outcome().course();
    if (!course.isEmpty()) {
      out.append(", \"course\": [");
      out.append(String.join(", ", course.stream().map(Report::sample).toList())).append(']');
    }
    return out.append('}').toString();
  }

  private static String sample(MemoryCourse.Sample each) {
    return String.format(
        Locale.ROOT,
        "{\"second\": %.1f, \"resident\": %.1f, \"heap\": %.1f}",
        each.second(),
        each.resident(),
        each.heap());
  }

  private static String text(String value) {
    StringBuilder out = new StringBuilder("\"");
    value
        .chars()
        .forEach(
            each -> {
              if (each == '"' || each == '\\') {
                out.append('\\').append((char) each);
              } else if (each < ' ') {
                out.append(String.format("\\u%04x", each));
              } else {
                out.append((char) each);
              }
            });
    return out.append('"').toString();
  }

  // ---- Markdown ----

  String markdown() {
    StringBuilder out = new StringBuilder("# Side by side\n\n");
    facts.forEach(
        (name, fact) -> out.append("* ").append(name).append(": ").append(fact).append('\n'));
    results
        .omissions()
        .forEach(each -> out.append("* not measured: ").append(firstLine(each)).append('\n'));
    out.append(
        "\n"
            + "Medians over the rounds; ratios and differences are medians of the rounds' pairs,"
            + " with least and most; ± is the mean's standard error.\n");
    for (Metric metric : plotted()) {
      out.append("\n![").append(metric.title()).append("](").append(metric.key()).append(".svg)");
    }
    if (CoursePlot.has(results)) {
      out.append("\n![").append(CoursePlot.TITLE).append("](").append(CoursePlot.FILE).append(')');
    }
    out.append('\n');
    summary(out);
    results.scenarios().forEach(scenario -> scenario(out, scenario));
    return out.toString();
  }

  private void summary(StringBuilder out) {
    List<Metric> metrics = COMPARED.stream().filter(each -> !without(each)).toList();
    out.append('\n').append(SUMMARY).append("\n\n").append(SUMMARY_LEGEND).append("\n| | |");
    metrics.forEach(metric -> out.append(' ').append(metric.title()).append(" |"));
    out.append("\n|---|---|").append("---:|".repeat(metrics.size())).append('\n');
    for (String scenario : results.scenarios()) {
      for (String peer : results.peers()) {
        List<String> cells = metrics.stream().map(each -> brief(scenario, peer, each)).toList();
        if (cells.stream().anyMatch(each -> !each.isEmpty())) {
          out.append("| ").append(scenario).append(" | ").append(peer).append(" | ");
          out.append(String.join(" | ", cells)).append(" |\n");
        }
      }
    }
  }

  private boolean without(Metric metric) {
    return results.all().stream().noneMatch(each -> each.outcome().values().containsKey(metric));
  }

  /** A figure and how it compares. */
  private String brief(String scenario, String peer, Metric metric) {
    String figure = median(scenario, peer, metric);
    Results.Spread ratio = others(scenario, peer, metric);
    return ratio == null ? figure : figure + String.format(Locale.ROOT, " (%.2f)", ratio.median());
  }

  /** The rest of it, such as a log, is in the JSON. */
  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }

  private void scenario(StringBuilder out, String scenario) {
    out.append("\n## ").append(scenario).append('\n');
    List<Metric> metrics = results.metrics(scenario);
    table(out, "", metrics, (peer, metric) -> median(scenario, peer, metric));
    List<Metric> compared = COMPARED.stream().filter(metrics::contains).toList();
    table(
        out,
        "÷ PgBouncer",
        compared,
        (peer, metric) -> spread(others(scenario, peer, metric), "%.2f (%.2f–%.2f)"));
    results.without(scenario).ifPresent(other -> beside(out, scenario, other, compared));
    if (scenario.endsWith(", 1 client")) {
      List<Metric> added = ADDED.stream().filter(metrics::contains).toList();
      table(
          out,
          "− direct",
          added,
          (peer, metric) -> spread(overDirect(scenario, peer, metric), "%+.0f (%+.0f–%+.0f)"));
    }
  }

  /** What the thing costs that the one case has and the other has not. */
  private void beside(StringBuilder out, String scenario, String other, List<Metric> metrics) {
    table(
        out,
        "÷ " + other,
        metrics,
        (peer, metric) -> withMean(results.ratioToCase(scenario, peer, other, metric)));
  }

  private static String withMean(Results.Spread spread) {
    String text = spread(spread, "%.3f (%.2f–%.2f)");
    return spread == null
        ? text
        : text + String.format(Locale.ROOT, ", mean %.3f ± %.3f", spread.mean(), spread.error());
  }

  private Results.Spread others(String scenario, String peer, Metric metric) {
    return peer.equals(Peers.PGBOUNCER)
        ? null
        : results.ratio(scenario, peer, Peers.PGBOUNCER, metric);
  }

  private Results.Spread overDirect(String scenario, String peer, Metric metric) {
    return peer.equals(Peers.DIRECT) ? null : results.added(scenario, peer, Peers.DIRECT, metric);
  }

  private interface Cell {
    /** Empty where there is nothing to say. */
    String of(String peer, Metric metric);
  }

  /** A row for each peer that has a figure; nothing at all when none has. */
  private void table(StringBuilder out, String corner, List<Metric> metrics, Cell cell) {
    StringBuilder rows = new StringBuilder();
    for (String peer : results.peers()) {
      List<String> cells = metrics.stream().map(metric -> cell.of(peer, metric)).toList();
      if (cells.stream().anyMatch(each -> !each.isEmpty())) {
        rows.append("| ").append(peer).append(" | ").append(String.join(" | ", cells));
        rows.append(" |\n");
      }
    }
    if (!rows.isEmpty()) {
      String titles = String.join(" | ", metrics.stream().map(Metric::title).toList());
      out.append("\n| ").append(corner).append(" | ").append(titles).append(" |\n|---|");
      out.append("---:|".repeat(metrics.size())).append('\n').append(rows);
    }
  }

  private String median(String scenario, String peer, Metric metric) {
    return results.median(scenario, peer, metric).stream()
        .mapToObj(Report::number)
        .collect(Collectors.joining());
  }

  private static String spread(Results.Spread spread, String format) {
    return spread == null
        ? ""
        : String.format(Locale.ROOT, format, spread.median(), spread.least(), spread.most());
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value >= 100 ? "%,.0f" : "%.2f", value);
  }
}
