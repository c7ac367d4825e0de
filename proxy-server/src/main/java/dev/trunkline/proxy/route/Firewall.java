package dev.trunkline.proxy.route;

import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * Counts statements whose key differs from the declared workspace, by shape. Bounded: clients
 * choose the texts. Safe from any thread.
 */
public final class Firewall {
  private static final int MAX_SHAPES = 1000;

  /** Everything beyond the bound is one shape. */
  private static final String OTHERS = "(other shapes)";

  private final ConcurrentHashMap<String, Counts> shapes = new ConcurrentHashMap<>();
  private final Consumer<String> log;

  private static final class Counts {
    private final LongAdder refused = new LongAdder();
    private final LongAdder reported = new LongAdder();
  }

  /**
   * One shape.
   *
   * @param shape canonical text, without the values of literals
   */
  public record Line(String shape, long refused, long reported) {}

  /**
   * An empty firewall.
   *
   * @param log told of the first statement of each shape that is let through
   */
  public Firewall(Consumer<String> log) {
    this.log = log;
  }

  /** A statement was refused. */
  public void refused(String shape) {
    counts(shape).refused.increment();
  }

  /** A statement was let through. */
  public void reported(String shape, String declared, String found) {
    Counts counts = counts(shape);
    if (counts.reported.sum() == 0) {
      log.accept(
          "firewall: a statement of workspace \"%s\" names \"%s\": %s"
              .formatted(declared, found, shape));
    }
    counts.reported.increment();
  }

  private Counts counts(String shape) {
    Counts known = shapes.get(shape);
    if (known != null) {
      return known;
    }
    String key = shapes.size() < MAX_SHAPES ? shape : OTHERS;
    return shapes.computeIfAbsent(key, added -> new Counts());
  }

  /** The shapes seen, most frequent first. */
  public List<Line> lines() {
    return shapes.entrySet().stream()
        .map(e -> new Line(e.getKey(), e.getValue().refused.sum(), e.getValue().reported.sum()))
        .sorted(Comparator.comparingLong((Line line) -> line.refused + line.reported).reversed())
        .toList();
  }
}
