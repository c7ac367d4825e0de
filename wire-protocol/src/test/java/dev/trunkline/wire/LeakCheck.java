package dev.trunkline.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * JUnit extension: fails a test class during which a {@link ByteBuf} was garbage-collected without
 * having been released. To be used with {@code @ExtendWith(LeakCheck.class)}; not for classes that
 * run in parallel, because Netty has one leak detector per process.
 *
 * <p>Netty reports a leak of the same origin once per process.
 */
public final class LeakCheck implements BeforeAllCallback, AfterAllCallback {
  private static final int COLLECTIONS = 3;
  private static final long COLLECTION_MILLIS = 2_000;

  private final Queue<String> leaks = new ConcurrentLinkedQueue<>();
  private ResourceLeakDetector.Level levelBefore;

  /** Leaks of earlier classes are collected first, so that nobody pays for another's. */
  @Override
  public void beforeAll(ExtensionContext context) throws InterruptedException {
    requireReports();
    levelBefore = ResourceLeakDetector.getLevel();
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    collect();
    ByteBufUtil.setLeakListener((type, records) -> leaks.add(type + records));
  }

  @Override
  public void afterAll(ExtensionContext context) throws InterruptedException {
    collect();
    ByteBufUtil.setLeakListener(null);
    ResourceLeakDetector.setLevel(levelBefore);
    if (!leaks.isEmpty()) {
      throw new AssertionError(leaks.size() + " buffers leaked: " + String.join("\n", leaks));
    }
  }

  /** Netty's detector stays silent, listener or not, unless its logger takes errors. */
  private static void requireReports() {
    if (!InternalLoggerFactory.getInstance(ResourceLeakDetector.class).isErrorEnabled()) {
      throw new AssertionError(
          "leak detection needs a logger that takes errors of " + ResourceLeakDetector.class);
    }
  }

  /** The detector looks at its queue of collected buffers when it begins to track another one. */
  static void collect() throws InterruptedException {
    for (int i = 0; i < COLLECTIONS; i++) {
      awaitCollection();
      UnpooledByteBufAllocator.DEFAULT.directBuffer(1).release();
    }
  }

  private static void awaitCollection() throws InterruptedException {
    ReferenceQueue<Object> queue = new ReferenceQueue<>();
    WeakReference<Object> canary = new WeakReference<>(new Object(), queue);
    try {
      System.gc();
      if (queue.remove(COLLECTION_MILLIS) == null) {
        throw new AssertionError("the garbage collector did not run");
      }
    } finally {
      Reference.reachabilityFence(canary);
    }
  }
}
