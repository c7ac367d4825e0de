package dev.trunkline.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** The demo's command: a cluster of real servers with the proxy in front, ready to be visited. */
public final class Demo {
  private static final int OK = 0;
  private static final int FAILED = 1;
  private static final int USAGE = 2;

  private final PrintStream out;
  private final PrintStream err;

  Demo(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  public static void main(String[] args) {
    System.exit(new Demo(System.out, System.err).run(args));
  }

  /** Returns the exit code; without {@code --check} only when the start has failed. */
  int run(String... args) {
    DemoOptions options;
    try {
      options = DemoOptions.parse(args);
    } catch (IllegalArgumentException e) {
      err.println("demo: " + e.getMessage());
      err.print(DemoOptions.USAGE);
      return USAGE;
    }
    if (options.help()) {
      out.print(DemoOptions.USAGE);
      return OK;
    }
    return run(options);
  }

  private int run(DemoOptions options) {
    DemoSteps steps = new DemoSteps(out);
    try (DemoStack stack = new DemoStack(options, steps)) {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(stack), "demo-stop"));
      return run(stack, options, steps);
    } catch (IOException e) {
      return failed(e);
    }
  }

  private int run(DemoStack stack, DemoOptions options, DemoSteps steps) {
    try {
      stack.start();
      if (options.check()) {
        return check(stack, steps);
      }
      out.println("Ready after " + steps.total() + ".");
      out.print(DemoGuide.text(stack));
      out.flush();
      new CountDownLatch(1).await();
      return OK;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return FAILED;
    } catch (Exception e) {
      // Ctrl-C in the middle of a step makes it fail; there is nothing to tell then.
      return stack.closed() ? FAILED : failed(e);
    }
  }

  private int check(DemoStack stack, DemoSteps steps) throws IOException {
    List<String> failures = new DemoCheck(stack, steps, out).run();
    if (failures.isEmpty()) {
      out.println("All checks passed after " + steps.total() + ".");
      return OK;
    }
    err.println("FAILED:");
    failures.forEach(each -> err.println("  " + each));
    Path log = DemoConfig.log(stack.directory());
    if (Files.exists(log)) {
      List<String> lines = Files.readAllLines(log);
      err.println("The end of the proxy's log:");
      lines
          .subList(Math.max(0, lines.size() - 20), lines.size())
          .forEach(each -> err.println("  " + each));
    }
    return FAILED;
  }

  private int failed(Exception e) {
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    err.println("demo: " + message);
    return FAILED;
  }

  /**
   * Runs in the JVM's shutdown: Ctrl-C, a signal, or behind a normal end, which it leaves alone.
   */
  private void stop(DemoStack stack) {
    if (stack.closed()) {
      return;
    }
    out.println();
    out.print("Stopping ... ");
    out.flush();
    try {
      stack.close();
      out.println("done.");
    } catch (IOException e) {
      err.println("demo: " + e.getMessage());
    }
    out.flush();
  }
}
