package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ShapeCacheTest {
  private static final String SQL = "SELECT * FROM task WHERE workspace_id = '%s' AND id = %d";

  private final ShapeCache cache = new ShapeCache(Shapes.TABLES, 64 * 1024, 1);
  private final ShapeKey probe = new ShapeKey();

  @AfterEach
  void close() {
    cache.close();
  }

  private SqlShape find(String sql) {
    return cache.find(Shapes.text(sql), probe);
  }

  private void warm(String sql) {
    cache.warm(List.of(sql.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void learnsOnAThreadOfItsOwnAndKnowsOtherLiterals() throws Exception {
    CompletableFuture<Thread> learned = new CompletableFuture<>();
    cache.learn(
        Shapes.text(SQL.formatted(Shapes.W1, 1)),
        shape -> learned.complete(Thread.currentThread()));
    assertThat(learned.get(30, TimeUnit.SECONDS)).isNotSameAs(Thread.currentThread());
    CanonicalText text = Shapes.text("/* x */" + SQL.formatted(Shapes.W2, 2) + " ;");
    SqlShape shape = cache.find(text, probe);
    assertThat(KeyReader.read(shape, text, KeyValues.NONE))
        .isEqualTo(new KeyAnswer.Found(Shapes.W2));
    assertThat(cache.statistics().hits()).isOne();
  }

  @Test
  void forgetsWhatWasFoundUnderAnotherDeclaration() {
    warm(SQL.formatted(Shapes.W1, 1));
    cache.declare(new ShardedTables(Map.of(), List.of(), List.of()));
    assertThat(find(SQL.formatted(Shapes.W1, 1))).isNull();
  }

  @Test
  void listsTheStatementsWithoutAKey() {
    warm("SELECT * FROM task WHERE id = 5");
    warm("INSERT INTO task (id) VALUES (1)");
    warm(SQL.formatted(Shapes.W1, 1));
    find("SELECT * FROM task WHERE id = 6");
    assertThat(cache.misses(10))
        .extracting(ShapeCache.Used::text)
        .containsExactly("INSERT INTO task ( id ) VALUES ( 0 )");
    find("SELECT * FROM task WHERE id = 7").refused();
    assertThat(cache.misses(10))
        .extracting(ShapeCache.Used::text)
        .containsExactly("SELECT * FROM task WHERE id = 0", "INSERT INTO task ( id ) VALUES ( 0 )");
  }

  @Test
  void staysWithinItsBytes() {
    for (int i = 0; i < 500; i++) {
      warm("SELECT a" + i + " FROM task WHERE workspace_id = $1");
    }
    assertThat(cache.statistics().bytes()).isLessThanOrEqualTo(64 * 1024);
  }

  @Test
  void aMillionTextsOfAThousandShapesAreHits() {
    ShapeCache large = new ShapeCache(Shapes.TABLES, 1024 * 1024, 1);
    CanonicalText text = new CanonicalText();
    for (int i = 0; i < 1_000_000; i++) {
      String sql =
          "SELECT c" + i % 1_000 + ", " + i + " FROM task WHERE workspace_id = 'w" + i + "'";
      byte[] bytes = sql.getBytes(StandardCharsets.UTF_8);
      text.read(bytes, 0, bytes.length);
      if (large.find(text, probe) == null) {
        large.warm(List.of(bytes));
      }
    }
    ShapeCache.Statistics statistics = large.statistics();
    large.close();
    assertThat(statistics.hits()).isGreaterThan(990_000);
    assertThat(statistics.shapes()).isEqualTo(1_000);
    assertThat(statistics.bytes()).isLessThanOrEqualTo(1024 * 1024);
  }

  @Test
  void doesNotKeepBulkStatements() {
    String sql = "INSERT INTO task (workspace_id, id) VALUES " + "($1, 1), ".repeat(70) + "($1, 2)";
    warm(sql);
    assertThat(find(sql)).isNull();
  }

  @Test
  void aHitAllocatesNothing() {
    String sql = SQL.formatted(Shapes.W1, 1);
    warm(sql);
    byte[] bytes = sql.getBytes(StandardCharsets.UTF_8);
    CanonicalText text = new CanonicalText();
    hits(bytes, text, 20_000);
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 10; i++) {
      ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long before = threads.getThreadAllocatedBytes(Thread.currentThread().threadId());
      hits(bytes, text, 100);
      long after = threads.getThreadAllocatedBytes(Thread.currentThread().threadId());
      least = Math.min(least, after - before);
    }
    assertThat(least).isZero();
  }

  private void hits(byte[] bytes, CanonicalText text, int times) {
    for (int i = 0; i < times; i++) {
      text.read(bytes, 0, bytes.length);
      assert cache.find(text, probe) != null;
    }
  }
}
