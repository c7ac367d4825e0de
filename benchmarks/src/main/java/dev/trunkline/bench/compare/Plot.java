package dev.trunkline.bench.compare;

import java.util.List;
import java.util.Locale;

/** A bar for each peer, in one group for each scenario, as SVG. */
final class Plot {
  private static final String[] COLOURS = {
    "#9aa0a6", "#5f6368", "#d1495b", "#00798c", "#30638e", "#edae49", "#66a182", "#8d6a9f"
  };
  private static final int WIDTH = 860;
  private static final int LEFT = 210;
  private static final int BAR = 16;
  private static final int GAP = 14;
  private static final int TOP = 34;

  private final Results results;
  private final Metric metric;
  private final List<String> peers;
  private final StringBuilder out = new StringBuilder();
  private double most;
  private int y = TOP;

  private Plot(Results results, Metric metric) {
    this.results = results;
    this.metric = metric;
    this.peers = results.peers();
  }

  static String of(Results results, Metric metric) {
    return new Plot(results, metric).draw();
  }

  private String draw() {
    text(10, 20, "start", metric.title());
    results.scenarios().forEach(this::group);
    return """
    <svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="%2$d" font-family="sans-serif" font-size="12">
    <rect width="%1$d" height="%2$d" fill="white"/>
    %3$s</svg>
    """
        .formatted(WIDTH, y, out);
  }

  /** Groups have scales of their own: 10 MB results and one-row SELECTs would hide each other. */
  private void group(String scenario) {
    most =
        peers.stream()
            .mapToDouble(peer -> results.median(scenario, peer, metric).orElse(0))
            .max()
            .orElse(0);
    if (most == 0) {
      return;
    }
    text(10, y + BAR - 3, "start", scenario);
    y += BAR + 2;
    for (int i = 0; i < peers.size(); i++) {
      double value = results.median(scenario, peers.get(i), metric).orElse(0);
      if (value > 0) {
        bar(peers.get(i), value, COLOURS[i % COLOURS.length]);
      }
    }
    y += GAP;
  }

  private void bar(String peer, double value, String colour) {
    int length = (int) Math.round(value / most * (WIDTH - LEFT - 90));
    text(LEFT - 8, y + BAR - 4, "end", peer);
    out.append(
        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>\n"
            .formatted(LEFT, y, length, BAR - 3, colour));
    text(
        LEFT + length + 6,
        y + BAR - 4,
        "start",
        String.format(Locale.ROOT, value >= 100 ? "%,.0f" : "%.1f", value));
    y += BAR;
  }

  private void text(int x, int baseline, String anchor, String what) {
    String escaped = what.replace("&", "&amp;").replace("<", "&lt;");
    out.append(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>\n"
            .formatted(x, baseline, anchor, escaped));
  }
}
