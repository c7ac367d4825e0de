package dev.trunkline.proxy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * What clients felt of many swaps: {@code target/swaps/report.md} and {@code stalls.svg} beside it.
 */
final class StallReport {
  private static final Path DIRECTORY = Path.of("target", "swaps");
  private static final int WIDTH = 860;
  private static final int HEIGHT = 320;
  private static final int MARGIN = 50;

  /**
   * What SHOW SWAPS says of one.
   *
   * @param longestMicros the longest wait at the gate
   */
  record Waits(int clients, long longestMicros, String steps) {
    private static final Set<String> HELD = Set.of("drain", "fence", "verify", "repoint", "resume");

    /** How long the gate was closed. */
    long heldNanos() {
      Map<String, Long> all = stepNanos();
      return HELD.stream().mapToLong(step -> all.getOrDefault(step, 0L)).sum();
    }

    /** How long each step took, in order. */
    Map<String, Long> stepNanos() {
      Map<String, Long> all = new LinkedHashMap<>();
      for (String step : steps.split(" ", -1)) {
        String[] parts = step.split("=", -1);
        all.put(parts[0], Long.parseLong(parts[1]) * 1_000);
      }
      return all;
    }
  }

  /**
   * One swap; nanoseconds.
   *
   * @param calm the longest transaction of a client in as long a time just before it
   * @param prepared the longest while the new home was checked and connected to
   * @param held the longest from the pause on until a quarter of a second after its end
   * @param command from the command to its answer
   */
  record Swap(long calm, long prepared, long held, long command, Waits waits) {}

  /** A line of the table and dots of the plot. */
  private record Series(String name, String colour, ToLongFunction<Swap> nanos) {}

  private static final List<Series> SERIES =
      List.of(
          new Series("longest transaction without a swap", "#9aa0a6", Swap::calm),
          new Series("the same while a swap prepares", "#edae49", Swap::prepared),
          new Series("the stall: the same from its pause on", "#d1495b", Swap::held),
          new Series(
              "longest wait at the gate", "#00798c", swap -> swap.waits().longestMicros() * 1_000));

  private static final String INTRODUCTION =
      """
      # Swaps under load

      %d swaps of a host, %d clients that write, %,d transactions, %,.0f a second, no error, %s, %d processors.
      %s
      What counts is the longest transaction of all clients, from its first byte to its last answer, held or not, beside that of
      equally long times without a swap.

      | milliseconds | p50 | p90 | p99 | max | first |
      |---|---|---|---|---|---|
      """;

  private final int clients;
  private final int rate;
  private final List<Swap> swaps = new ArrayList<>();

  /**
   * @param rate transactions a second that each client aims at; 0 for all it can
   */
  StallReport(int clients, int rate) {
    this.clients = clients;
    this.rate = rate;
  }

  void swapped(Swap swap) {
    swaps.add(swap);
  }

  /** Writes it; the text. */
  String write(long transactions, Duration lasted) throws IOException {
    StringBuilder text = new StringBuilder();
    text.append(
        INTRODUCTION.formatted(
            swaps.size(),
            clients,
            transactions,
            transactions * 1e9 / lasted.toNanos(),
            Instant.now().toString().substring(0, 10),
            Runtime.getRuntime().availableProcessors(),
            pace()));
    for (Series series : SERIES) {
      text.append(line(series.name(), series.nanos()));
    }
    text.append(line("SWAP, from command to answer", Swap::command))
        .append("\n![stalls](stalls.svg)\n\n")
        .append(
            "| step, milliseconds | p50 | p90 | p99 | max | first |\n|---|---|---|---|---|---|\n");
    for (String step : swaps.getLast().waits().stepNanos().keySet()) {
      text.append(line(step, swap -> swap.waits().stepNanos().getOrDefault(step, 0L)));
    }
    Files.createDirectories(DIRECTORY);
    Files.writeString(DIRECTORY.resolve("report.md"), text);
    Files.writeString(DIRECTORY.resolve("stalls.svg"), plot());
    return text.toString();
  }

  private String pace() {
    return rate == 0
        ? "Clients write and read their writes without a pause."
        : "Each client aims at %d transactions a second, with a random time to think."
            .formatted(rate);
  }

  private String line(String name, ToLongFunction<Swap> nanos) {
    long[] sorted = swaps.stream().mapToLong(nanos).sorted().toArray();
    return String.format(
        Locale.ROOT,
        "| %s | %.1f | %.1f | %.1f | %.1f | %.1f |%n",
        name,
        quantile(sorted, 0.5) / 1e6,
        quantile(sorted, 0.9) / 1e6,
        quantile(sorted, 0.99) / 1e6,
        quantile(sorted, 1) / 1e6,
        nanos.applyAsLong(swaps.getFirst()) / 1e6);
  }

  private static long quantile(long[] sorted, double share) {
    return sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
  }

  private String plot() {
    double most =
        SERIES.stream()
            .flatMapToLong(series -> swaps.stream().mapToLong(series.nanos()))
            .max()
            .orElse(1);
    StringBuilder out = new StringBuilder();
    for (int i = 0; i <= 4; i++) {
      int y = HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * i / 4;
      out.append(
          "<line x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\" stroke=\"#ddd\"/>%n"
              .formatted(MARGIN, WIDTH - 10, y, y));
      out.append(text(4, y + 4, "%.0f ms".formatted(most * i / 4 / 1e6), "#555"));
    }
    for (int i = 0; i < SERIES.size(); i++) {
      Series series = SERIES.get(i);
      out.append(text(MARGIN + 200 * i, 20, series.name(), series.colour()));
      for (int n = 0; n < swaps.size(); n++) {
        double x = MARGIN + (WIDTH - MARGIN - 20.0) * (n + 0.5) / swaps.size();
        double share = series.nanos().applyAsLong(swaps.get(n)) / most;
        double y = HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * share;
        out.append(
            String.format(
                Locale.ROOT,
                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\" fill=\"%s\"/>%n",
                x,
                y,
                series.colour()));
      }
    }
    out.append(text(WIDTH / 2, HEIGHT - 15, "swap", "#555"));
    return """
    <svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="%2$d" font-family="sans-serif" font-size="11">
    <rect width="%1$d" height="%2$d" fill="white"/>
    %3$s</svg>
    """
        .formatted(WIDTH, HEIGHT, out);
  }

  private static String text(int x, int y, String what, String colour) {
    return "<text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>%n".formatted(x, y, colour, what);
  }
}
