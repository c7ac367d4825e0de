package dev.trunkline.shard;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The shapes found so far, bounded in bytes, each under the bytes of its text and the version of
 * the declaration it was found under. Texts are compared byte by byte: a hash that collides would
 * be a wrong route. Shared by all event loops; {@link #find} allocates nothing, {@link #learn}
 * works on threads of its own.
 */
public final class ShapeCache implements AutoCloseable {
  private static final int QUEUE = 1024;
  private static final long STACK_BYTES = 1L << 20;

  private static final RouteMiss BUSY =
      RouteMiss.ofStatement("Too many new statements are being read; try again.");

  private final Cache<ShapeKey, Entry> shapes;
  private final ThreadPoolExecutor readers;
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();
  private volatile ShardedTables tables;

  private static final class Entry {
    private final SqlShape shape;
    private final LongAdder uses = new LongAdder();

    private Entry(SqlShape shape, int before) {
      this.shape = shape;
      uses.add(before);
    }
  }

  /**
   * A shape as SHOW SHAPES and SHOW ROUTE MISSES list it.
   *
   * @param text canonical, without the values of literals
   * @param uses how often it was looked up since it came into the cache: a prepared statement keeps
   *     it
   */
  public record Used(String text, SqlShape shape, long uses) {}

  /** How the cache does. Sizes are estimates; bytes are of heap. */
  public record Statistics(long hits, long misses, long shapes, long bytes) {}

  /**
   * An empty cache.
   *
   * @param bytes of heap it may take
   * @param threads that read texts that are not in it
   */
  public ShapeCache(ShardedTables tables, long bytes, int threads) {
    this.tables = tables;
    this.shapes =
        Caffeine.newBuilder()
            .maximumWeight(bytes)
            .weigher((ShapeKey key, Entry entry) -> key.weight() + entry.shape.weight())
            .executor(Runnable::run)
            .build();
    this.readers =
        new ThreadPoolExecutor(
            threads,
            threads,
            1,
            TimeUnit.MINUTES,
            new ArrayBlockingQueue<>(QUEUE),
            Thread.ofPlatform().daemon().name("shape-", 0).stackSize(STACK_BYTES).factory());
    this.readers.allowCoreThreadTimeOut(true);
  }

  /** What is declared now. */
  public ShardedTables tables() {
    return tables;
  }

  /** From now on shapes are found under this declaration; those found before do not count. */
  public void declare(ShardedTables declared) {
    if (!declared.sameAs(tables)) {
      tables = declared;
      shapes.invalidateAll();
    }
  }

  /**
   * The shape of the text that was read last; null if it has to be learned. Allocates nothing.
   *
   * @param probe of the calling thread
   */
  public SqlShape find(CanonicalText text, ShapeKey probe) {
    if (text.problem() != null) {
      return SqlShape.miss(RouteMiss.ofStatement(text.problem()));
    }
    Entry entry = shapes.getIfPresent(probe.of(text, tables.version()));
    if (entry == null) {
      misses.increment();
      return null;
    }
    hits.increment();
    entry.uses.increment();
    return entry.shape;
  }

  /**
   * Finds the shape of a text and keeps it.
   *
   * @param text copied before this returns
   * @param then called with the shape, on another thread, or on this one when too many wait
   */
  public void learn(CanonicalText text, Consumer<SqlShape> then) {
    CanonicalText own = new CanonicalText();
    byte[] copy = text.sourceCopy();
    try {
      readers.execute(() -> then.accept(learnNow(own, copy, 1)));
    } catch (RejectedExecutionException e) {
      then.accept(SqlShape.miss(BUSY));
    }
  }

  private SqlShape learnNow(CanonicalText text, byte[] statement, int uses) {
    ShardedTables declared = tables;
    text.read(statement, 0, statement.length);
    SqlShape shape = ShapeFinder.find(text, declared);
    if (text.problem() == null && text.literalCount() <= CanonicalText.MAX_CACHED_LITERALS) {
      shapes.put(new ShapeKey().of(text, declared.version()).copy(), new Entry(shape, uses));
    }
    return shape;
  }

  /** Learns the shapes of known statements, on the calling thread: at start, from a file. */
  public void warm(List<byte[]> statements) {
    CanonicalText text = new CanonicalText();
    statements.forEach(statement -> learnNow(text, statement, 0));
  }

  /** The shapes used most. */
  public List<Used> used(int limit) {
    return used().sorted(Comparator.comparingLong(Used::uses).reversed()).limit(limit).toList();
  }

  /**
   * Those that have no key, the ones refused most first; not what a transaction has let through.
   */
  public List<Used> misses(int limit) {
    Comparator<Used> byRefusals = Comparator.comparingLong(used -> used.shape().refusals());
    return used()
        .filter(used -> used.shape().kind() == SqlShape.Kind.MISS)
        .filter(used -> !used.shape().unkeyed() || used.shape().refusals() > 0)
        .sorted(byRefusals.reversed())
        .limit(limit)
        .toList();
  }

  private Stream<Used> used() {
    return shapes.asMap().entrySet().stream()
        .map(e -> new Used(e.getKey().text(), e.getValue().shape, e.getValue().uses.sum()));
  }

  public Statistics statistics() {
    shapes.cleanUp();
    long bytes = shapes.policy().eviction().orElseThrow().weightedSize().orElseThrow();
    return new Statistics(hits.sum(), misses.sum(), shapes.estimatedSize(), bytes);
  }

  @Override
  public void close() {
    readers.shutdownNow();
  }
}
