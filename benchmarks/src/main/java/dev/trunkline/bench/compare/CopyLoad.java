package dev.trunkline.bench.compare;

import java.io.IOException;
import java.io.OutputStream;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/** Clients that copy 10 MB per transaction, one way or the other, as fast as it goes. */
final class CopyLoad {
  /** ASCII. */
  static final String ROWS = ("1\t" + "x".repeat(1000) + "\n").repeat(10_000);

  private final Workload workload;
  private final int port;
  private final long end;

  CopyLoad(Workload workload, int seconds, int port) {
    this.workload = workload;
    this.port = port;
    this.end = System.nanoTime() + seconds * 1_000_000_000L;
  }

  Load run(int clients) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    List<Future<long[]>> running = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < clients; i++) {
        running.add(threads.submit(this::client));
      }
    }
    LongStream all = LongStream.empty();
    for (Future<long[]> each : running) {
      all = LongStream.concat(all, LongStream.of(result(each)));
    }
    long[] micros = all.sorted().toArray();
    return new Load(micros.length, micros.length * 1e9 / (System.nanoTime() - begin), micros);
  }

  private static long[] result(Future<long[]> client) throws IOException, InterruptedException {
    try {
      return client.get();
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().getMessage(), e);
    }
  }

  private long[] client() throws SQLException, IOException {
    LongStream.Builder micros = LongStream.builder();
    try (Connection connection = Bench.connect(port, workload.setup())) {
      CopyManager copies = connection.unwrap(PGConnection.class).getCopyAPI();
      do {
        long begin = System.nanoTime();
        copy(copies);
        micros.add((System.nanoTime() - begin) / 1000);
      } while (System.nanoTime() < end);
    }
    return micros.build().toArray();
  }

  private void copy(CopyManager copies) throws SQLException, IOException {
    if (workload.script().contains("STDIN")) {
      copies.copyIn(workload.script(), new StringReader(ROWS));
    } else {
      copies.copyOut(workload.script(), OutputStream.nullOutputStream());
    }
  }
}
