package dev.trunkline.proxy.storm;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Waits for something that another thread or process brings about. */
final class Await {
  private static final long STEP_NANOS = 5_000_000;

  private Await() {}

  static void until(Callable<String> what, Duration limit, Callable<Boolean> condition)
      throws Exception {
    long end = System.nanoTime() + limit.toNanos();
    while (!condition.call()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not within " + limit + ": " + what.call());
      }
      LockSupport.parkNanos(STEP_NANOS);
    }
  }
}
