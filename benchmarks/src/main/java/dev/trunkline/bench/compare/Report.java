package dev.trunkline.bench.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** Writes results as JSON, for programs, and as Markdown with plots, for people. */
final class Report {
  private static final List<Metric> PLOTTED = List.of(Metric.THROUGHPUT, Metric.CPU, Metric.P99);
  private static final List<Metric> COMPARED =
      List.of(Metric.THROUGHPUT, Metric.CPU, Metric.P50, Metric.P99, Metric.SWITCHES);

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
    Files.writeString(directory.resolve("results.md"), markdown());
    for (Metric metric : PLOTTED) {
      Files.writeString(directory.resolve(metric.key() + ".svg"), Plot.of(results, metric));
    }
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
            "{\"workload\": %s, \"clients\": %d, \"beside\": %d, \"peer\": %s, \"round\": %d, \"transactions\": %d"
                .formatted(
                    text(result.workload()),
                    result.clients(),
                    result.beside(),
                    text(result.peer()),
                    result.round(),
                    result.transactions()));
    for (Metric metric : Metric.values()) {
      out.append(", ").append(text(metric.key())).append(": ");
      out.append(String.format(Locale.ROOT, "%.3f", metric.of(result)));
    }
    return out.append('}').toString();
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
    results.omissions().forEach(each -> out.append("* not measured: ").append(each).append('\n'));
    out.append(
        "\n"
            + "Medians over the rounds; ratios are medians of the rounds' pairs, with least and"
            + " most.\n");
    for (Metric metric : PLOTTED) {
      out.append("\n![").append(metric.title()).append("](").append(metric.key()).append(".svg)");
    }
    out.append('\n');
    results.scenarios().forEach(scenario -> scenario(out, scenario));
    return out.toString();
  }

  private void scenario(StringBuilder out, String scenario) {
    out.append("\n## ").append(scenario).append("\n\n| |");
    for (Metric metric : Metric.values()) {
      out.append(' ').append(metric.title()).append(" |");
    }
    out.append("\n|---|").append("---:|".repeat(Metric.values().length)).append('\n');
    results.peers().forEach(peer -> medians(out, scenario, peer));
    if (results.median(scenario, Peers.PGBOUNCER, Metric.CPU).isPresent()) {
      out.append("\n| ÷ PgBouncer |");
      COMPARED.forEach(metric -> out.append(' ').append(metric.title()).append(" |"));
      out.append("\n|---|").append("---:|".repeat(COMPARED.size())).append('\n');
      results.peers().forEach(peer -> ratios(out, scenario, peer));
    }
  }

  private void medians(StringBuilder out, String scenario, String peer) {
    if (results.median(scenario, peer, Metric.THROUGHPUT).isEmpty()) {
      return;
    }
    out.append("| ").append(peer).append(" |");
    for (Metric metric : Metric.values()) {
      OptionalDouble median = results.median(scenario, peer, metric);
      out.append(' ').append(number(median.orElse(0))).append(" |");
    }
    out.append('\n');
  }

  private void ratios(StringBuilder out, String scenario, String peer) {
    if (peer.equals(Peers.PGBOUNCER)
        || results.ratio(scenario, peer, Peers.PGBOUNCER, Metric.THROUGHPUT) == null) {
      return;
    }
    out.append("| ").append(peer).append(" |");
    for (Metric metric : COMPARED) {
      Results.Ratio ratio = results.ratio(scenario, peer, Peers.PGBOUNCER, metric);
      out.append(' ').append(ratio == null ? "" : spread(ratio)).append(" |");
    }
    out.append('\n');
  }

  private static String spread(Results.Ratio ratio) {
    return String.format(
        Locale.ROOT, "%.2f (%.2f–%.2f)", ratio.median(), ratio.least(), ratio.most());
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value >= 100 ? "%,.0f" : "%.2f", value);
  }
}
