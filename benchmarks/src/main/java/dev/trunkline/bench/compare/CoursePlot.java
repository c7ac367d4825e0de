package dev.trunkline.bench.compare;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** Memory over time as SVG: a line for what is resident in each run, a thin one for its heap. */
final class CoursePlot {
  static final String FILE = "memory_course.svg";
  static final String TITLE = "resident (MB) and heap after the last collection, over time";

  private static final String[] COLOURS = {"#00798c", "#d1495b", "#edae49", "#66a182", "#8d6a9f"};
  private static final int WIDTH = 860;
  private static final int HEIGHT = 320;
  private static final int LEFT = 50;
  private static final int RIGHT = 10;
  private static final int TOP = 30;
  private static final int BOTTOM = 40;

  /** Of the axes. */
  private static final int TICKS = 6;

  private final List<Result> runs;
  private final double seconds;
  private final double most;
  private final StringBuilder out = new StringBuilder();

  private CoursePlot(List<Result> runs) {
    this.runs = runs;
    this.seconds = most(runs, MemoryCourse.Sample::second);
    this.most = most(runs, MemoryCourse.Sample::resident);
  }

  static boolean has(Results results) {
    return results.all().stream().anyMatch(CoursePlot::has);
  }

  private static boolean has(Result run) {
    return !run.outcome().course().isEmpty();
  }

  static String of(Results results) {
    return new CoursePlot(results.all().stream().filter(CoursePlot::has).toList()).draw();
  }

  private static double most(List<Result> runs, ToDoubleFunction<MemoryCourse.Sample> of) {
    return runs.stream()
        .flatMap(each -> each.outcome().course().stream())
        .mapToDouble(of)
        .max()
        .orElse(1);
  }

  private String draw() {
    text(LEFT, 18, TITLE, "black");
    for (int i = 0; i <= TICKS; i++) {
      text(8, y(most * i / TICKS) + 4, number(most * i / TICKS), "#5f6368");
      text(x(seconds * i / TICKS) - 12, HEIGHT - 22, number(seconds * i / TICKS), "#5f6368");
    }
    for (int i = 0; i < runs.size(); i++) {
      run(runs.get(i), i);
    }
    return """
    <svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="%2$d" font-family="sans-serif" font-size="12">
    <rect width="%1$d" height="%2$d" fill="white"/>
    %3$s</svg>
    """
        .formatted(WIDTH, HEIGHT, out);
  }

  private void run(Result run, int number) {
    String colour = COLOURS[number % COLOURS.length];
    line(run, MemoryCourse.Sample::resident, colour, 2);
    line(run, MemoryCourse.Sample::heap, colour, 1);
    String name = run.peer() + ", round " + run.round();
    text(LEFT + number * 190, HEIGHT - 6, name, colour);
  }

  private void line(
      Result run, ToDoubleFunction<MemoryCourse.Sample> of, String colour, int width) {
    String points =
        run.outcome().course().stream()
            .map(each -> x(each.second()) + "," + y(of.applyAsDouble(each)))
            .collect(Collectors.joining(" "));
    out.append(
        "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%d\"/>\n"
            .formatted(points, colour, width));
  }

  private int x(double second) {
    return (int) Math.round(LEFT + second / seconds * (WIDTH - LEFT - RIGHT));
  }

  private int y(double megabytes) {
    return (int) Math.round(HEIGHT - BOTTOM - megabytes / most * (HEIGHT - BOTTOM - TOP));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%,.0f", value);
  }

  private void text(int x, int baseline, String what, String colour) {
    out.append(
        "<text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>\n".formatted(x, baseline, colour, what));
  }
}
