package dev.trunkline.proxy.auth;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** An event loop that the test turns by hand: work posted to it runs on the test's own thread. */
final class Loop implements Executor {
  private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  /** Waits for one task and runs it. */
  void turn() {
    try {
      Runnable task = tasks.poll(20, TimeUnit.SECONDS);
      if (task == null) {
        throw new AssertionError("nothing was posted to the loop");
      }
      task.run();
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }
}
