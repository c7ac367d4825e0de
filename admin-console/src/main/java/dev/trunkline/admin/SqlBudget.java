package dev.trunkline.admin;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.concurrent.TimeUnit;

/**
 * The time and memory of one query. Memory is what its thread allocates, which is more than it
 * holds; so the query ends before the heap does, and the launcher's JVM ends with its heap.
 */
final class SqlBudget {
  static final long MAX_MILLIS = 5_000;

  private static final long MAX_BYTES = 1L << 30;

  private final long bytes = Math.min((Runtime.getRuntime().maxMemory() - live()) / 2, MAX_BYTES);

  /** Guarded by this, with the two below; null until the query begins. */
  private Thread thread;

  private long allocatedBefore;
  private long deadline;

  /** On the query's thread, once the engine stands: that the first query loads it is no excess. */
  synchronized void begin() {
    thread = Thread.currentThread();
    allocatedBefore = allocated(thread);
    deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MAX_MILLIS);
  }

  /** From any thread: why the query must end, or null. */
  synchronized CommandFailed exceeded() {
    if (thread == null) {
      return null;
    }
    if (System.nanoTime() - deadline > 0) {
      return SqlErrors.tooLong(MAX_MILLIS);
    }
    return allocated(thread) - allocatedBefore > bytes ? tooLarge() : null;
  }

  CommandFailed tooLarge() {
    return SqlErrors.tooLarge(bytes);
  }

  private static long allocated(Thread thread) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    return threads.getThreadAllocatedBytes(thread.threadId());
  }

  /** What the last full collection has left. */
  private static long live() {
    long live = 0;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      if (pool.getType() == MemoryType.HEAP && pool.getCollectionUsage() != null) {
        live += pool.getCollectionUsage().getUsed();
      }
    }
    return live;
  }
}
