package dev.trunkline.bench;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/** Tells a user what is being done: one line per step, with the seconds it took. */
final class DemoSteps {
  private static final int WIDTH = 62;

  private final PrintStream out;
  private final long began = System.nanoTime();
  private volatile boolean stopping;

  DemoSteps(PrintStream out) {
    this.out = out;
  }

  /** A piece of work that may fail. */
  interface Work {
    void run() throws Exception;
  }

  void run(String what, Work work) throws Exception {
    long start = System.nanoTime();
    out.print("  " + what + " " + ".".repeat(Math.max(2, WIDTH - what.length())) + " ");
    out.flush();
    try {
      work.run();
    } catch (Exception | AssertionError e) {
      if (!stopping) {
        out.println("FAILED");
      }
      throw e;
    }
    out.println(seconds(System.nanoTime() - start));
  }

  /** A step that fails from now on does so because everything is stopped, and says nothing. */
  void stopping() {
    stopping = true;
  }

  /** Time since the first step began. */
  String total() {
    return seconds(System.nanoTime() - began).strip();
  }

  private static String seconds(long nanos) {
    return String.format(Locale.ROOT, "%4.1f s", Duration.ofNanos(nanos).toMillis() / 1000.0);
  }
}
