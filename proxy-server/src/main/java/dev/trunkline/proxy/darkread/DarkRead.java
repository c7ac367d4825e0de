package dev.trunkline.proxy.darkread;

import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.Settings;
import dev.trunkline.proxy.darkread.ReadFailed.Kind;
import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.proxy.server.Connector;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * A comparison in force: its queue, the threads that work it off, each with its own connections,
 * and what they have found. Safe from any thread.
 */
public final class DarkRead {
  /** How many are asked in one round trip. */
  private static final int BATCH = 128;

  private static final int BATCH_BYTES = 256 * 1024;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  private final DarkReadSpec spec;
  private final Supplier<Settings> settings;
  private final Mismatches mismatches;
  private final DarkCounts counts = new DarkCounts();
  private final Instant since = Instant.now();
  private final Map<Integer, Sampler> samplers = new ConcurrentHashMap<>();
  private final int capacity;
  private final Queue<Sample> queue;
  private final Object taking = new Object();
  private final AtomicLong queuedBytes = new AtomicLong();
  private final List<Thread> workers = new ArrayList<>();
  private volatile String lastError = "";

  /** Until when nobody tries to connect, {@link System#nanoTime}; 0 while both sides answer. */
  private volatile long quietUntil;

  private Duration pause = FIRST_PAUSE;

  DarkRead(DarkReadSpec spec, Supplier<Settings> settings, Mismatches mismatches) {
    this.spec = spec;
    this.settings = settings;
    this.mismatches = mismatches;
    this.capacity = settings.get().get(Keys.DARK_READ_QUEUE);
    this.queue = new ArrayBlockingQueue<>(capacity);
  }

  void start(Connector connector, EventLoop loop) {
    Duration timeout = settings.get().get(Keys.DARK_READ_TIMEOUT);
    for (int i = 0; i < settings.get().get(Keys.DARK_READ_CONNECTIONS); i++) {
      Sides sides = new Sides(connector, loop, spec, timeout);
      Worker worker = new Worker(this, sides);
      workers.add(Thread.ofVirtual().name("trunkline-dark-read").start(worker));
    }
  }

  void stop() {
    workers.forEach(Thread::interrupt);
  }

  // ---- views ----

  public DarkReadSpec spec() {
    return spec;
  }

  public DarkCounts counts() {
    return counts;
  }

  public Instant since() {
    return since;
  }

  /** What went wrong last, or "". */
  public String lastError() {
    return lastError;
  }

  /** Reads that wait to be repeated. */
  public int queued() {
    return queue.size();
  }

  /** Reads among which it has drawn. */
  public long eligible() {
    return samplers.values().stream().mapToLong(Sampler::eligible).sum();
  }

  /** Whether a side could not be connected to, and is left alone for a while. */
  public boolean unreachable() {
    long until = quietUntil;
    return until != 0 && System.nanoTime() - until < 0;
  }

  // ---- from the clients' loops ----

  /** The sampler of one loop, for its thread alone. */
  Sampler sampler(int loop) {
    return samplers.computeIfAbsent(loop, key -> new Sampler(this));
  }

  void offer(Sample sample) {
    int bytes = sample.bytes();
    boolean room =
        queuedBytes.addAndGet(bytes) <= settings.get().get(Keys.DARK_READ_BYTES)
            && queue.offer(sample);
    if (!room) {
      queuedBytes.addAndGet(-bytes);
      counts.dropped();
    }
  }

  // ---- on threads of workers ----

  /** Whether so much waits that there may be no room for what comes in a long pause. */
  boolean filling() {
    return queue.size() > capacity / 2
        || queuedBytes.get() > settings.get().get(Keys.DARK_READ_BYTES) / 2;
  }

  /** The oldest of those whose time has come, until {@link #done}. */
  List<Sample> due() {
    List<Sample> due = new ArrayList<>();
    int bytes = 0;
    synchronized (taking) {
      while (due.size() < BATCH && bytes < BATCH_BYTES && isDue(queue.peek())) {
        Sample sample = queue.remove();
        due.add(sample);
        bytes += sample.bytes();
      }
    }
    return due;
  }

  /** They are in memory no more. */
  void done(List<Sample> samples) {
    samples.forEach(sample -> queuedBytes.addAndGet(-sample.bytes()));
  }

  private boolean isDue(Sample sample) {
    return sample != null
        && (spec.delay() == null || System.nanoTime() - sample.nanos() >= spec.delay().toNanos());
  }

  Duration catchUp() {
    return settings.get().get(Keys.DARK_READ_CATCH_UP);
  }

  void concluded(Judge judge, Verdict verdict) {
    if (verdict == Verdict.MISMATCH) {
      boolean values = settings.get().get(Keys.DARK_READ_VALUES);
      Evidence evidence = new Evidence(spec, judge.sample(), judge.read(), values);
      mismatches.add(evidence.of(judge.old(), judge.fresh()));
    }
    counts.came(verdict);
    answered();
  }

  private synchronized void answered() {
    pause = FIRST_PAUSE;
    quietUntil = 0;
  }

  void failed(RuntimeException failure) {
    counts.came(Verdict.ERROR);
    lastError = failure.toString();
    Log.error("dark read of " + spec.scope() + ": " + failure);
  }

  synchronized void failed(ReadFailed failure) {
    counts.came(failure.kind() == Kind.TIMEOUT ? Verdict.TIMEOUT : Verdict.ERROR);
    lastError = failure.getMessage();
    if (failure.kind() == Kind.UNREACHABLE && !unreachable()) {
      Log.warning("dark read of " + spec.scope() + ": " + failure.getMessage());
      quietUntil = Math.max(1, System.nanoTime() + pause.toNanos());
      Duration doubled = pause.multipliedBy(2);
      pause = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
    }
  }
}
