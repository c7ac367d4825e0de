package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SqlScannerAllocationTest {
  private final SqlScanner scanner = new SqlScanner();

  @Test
  void allocatesNothingOnceWarm() {
    List<byte[]> texts = texts();
    scanAll(texts, 300);
    long least = Long.MAX_VALUE;
    // The measuring thread allocates a little by itself now and then, when code is compiled under
    // it.
    for (int i = 0; i < 10; i++) {
      least = Math.min(least, allocatedBy(texts));
    }
    assertThat(least).isZero();
  }

  private long allocatedBy(List<byte[]> texts) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().threadId();
    long before = threads.getThreadAllocatedBytes(thread);
    scanAll(texts, 10);
    return threads.getThreadAllocatedBytes(thread) - before;
  }

  private void scanAll(List<byte[]> texts, int times) {
    for (int round = 0; round < times; round++) {
      for (int i = 0; i < texts.size(); i++) {
        byte[] text = texts.get(i);
        scanner.scan(text, 0, text.length);
      }
    }
  }

  private static List<byte[]> texts() {
    List<String> statements = new ArrayList<>(Scans.introspection());
    // What changes settings is read in full, and rare.
    statements.removeIf(
        sql -> sql.contains("set_config") || sql.matches("(?is).*\\b(re)?set\\b.*"));
    statements.addAll(
        List.of(
            "BEGIN",
            "SELECT * FROM block WHERE id = $1 AND workspace_id = $2 /*workspace_id='a'*/",
            "INSERT INTO block (id, body) VALUES ('a', E'b\\'', $$c$$), (1, 2, 3); COMMIT; LISTEN"
                + " a",
            "UPDATE block SET body = 'x' || $1 WHERE id = 1.5e3::int; DISCARD ALL; 'malformed"));
    List<byte[]> texts = new ArrayList<>();
    statements.forEach(sql -> texts.add(sql.getBytes(StandardCharsets.UTF_8)));
    return texts;
  }
}
