package dev.trunkline.proxy.console;

import dev.trunkline.proxy.metrics.Log;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Reads, on event loops, what belongs to them. */
final class LoopReader {
  private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** What is to be read on one loop. */
  record Task<T>(EventLoop loop, Callable<List<T>> work) {}

  private LoopReader() {}

  /**
   * Runs all tasks and puts their lists together. A loop that does not answer in time is left out,
   * and named in the log: a view that shows nearly everything is worth more than none.
   */
  static <T> List<T> read(List<Task<T>> tasks) {
    long deadline = System.nanoTime() + TIMEOUT_NANOS;
    List<Future<List<T>>> answers = new ArrayList<>();
    for (Task<T> task : tasks) {
      try {
        answers.add(task.loop().submit(task.work()));
      } catch (RejectedExecutionException e) {
        Log.warning("an event loop has ended; its connections are not shown");
      }
    }
    List<T> all = new ArrayList<>();
    for (Future<List<T>> answer : answers) {
      all.addAll(await(answer, deadline));
    }
    return all;
  }

  private static <T> List<T> await(Future<List<T>> answer, long deadline) {
    try {
      return answer.get(Math.max(deadline - System.nanoTime(), 0), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      Log.warning("an event loop does not answer; its connections are not shown");
    } catch (ExecutionException e) {
      Log.error("could not read the connections of an event loop", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return List.of();
  }
}
