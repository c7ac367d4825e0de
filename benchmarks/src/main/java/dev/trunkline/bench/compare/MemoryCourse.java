package dev.trunkline.bench.compare;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** The memory of a peer over the time of a run, in equal steps. */
final class MemoryCourse implements Closeable {
  private static final int STEPS = 60;

  private final Running peer;
  private final long began = System.nanoTime();
  private final List<Sample> samples = new CopyOnWriteArrayList<>();
  private final AtomicReference<IOException> failure = new AtomicReference<>();
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();

  /**
   * One look.
   *
   * @param second since the begin
   * @param resident MB
   * @param heap MB that the last collection has left; 0 for who has no collector
   */
  record Sample(double second, double resident, double heap) {}

  private MemoryCourse(Running peer) {
    this.peer = peer;
  }

  static MemoryCourse begin(Running peer, int seconds) {
    MemoryCourse course = new MemoryCourse(peer);
    long step = TimeUnit.SECONDS.toNanos(seconds) / STEPS;
    course.clock.scheduleAtFixedRate(course::look, step, step, TimeUnit.NANOSECONDS);
    return course;
  }

  private void look() {
    try {
      double second = (System.nanoTime() - began) / 1e9;
      double resident = peer.sample().residentBytes() / 1e6;
      samples.add(new Sample(second, resident, peer.heap().orElse(0) / 1e6));
    } catch (IOException e) {
      failure.compareAndSet(null, e);
    }
  }

  /** Until now. */
  List<Sample> samples() {
    return List.copyOf(samples);
  }

  /**
   * The median of the last quarter divided by that of the second: the first warms up.
   *
   * @throws IOException when there were too few looks
   */
  static double growth(List<Sample> samples) throws IOException {
    if (samples.size() < 4) {
      throw new IOException("only " + samples.size() + " looks at the memory");
    }
    return quarter(samples, 3) / quarter(samples, 1);
  }

  private static double quarter(List<Sample> samples, int number) {
    int size = samples.size();
    return Results.median(
        samples.subList(size * number / 4, size * (number + 1) / 4).stream()
            .mapToDouble(Sample::resident)
            .toArray());
  }

  /**
   * Ends it.
   *
   * @throws IOException when a look has failed
   */
  @Override
  public void close() throws IOException {
    clock.shutdownNow();
    if (failure.get() != null) {
      throw failure.get();
    }
  }
}
