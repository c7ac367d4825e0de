package dev.trunkline.bench.compare;

import java.io.Closeable;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * A share of the sharded reads is repeated and compared, by a Trunkline that runs already. The
 * other home is the same server by another name, so all comparisons must come out equal.
 */
final class DarkReading implements Closeable {
  private static final String SCOPE = "HOST main";

  /** What may become of one beside being equal. */
  private static final List<String> OTHERS =
      List.of(
          "dropped",
          "lag",
          "overwritten",
          "order_only",
          "nondeterministic",
          "mismatch",
          "error",
          "timeout");

  private final Connection console;

  private DarkReading(Connection console) {
    this.console = console;
  }

  static DarkReading begin(int percent, Bench bench, int port) throws IOException {
    String against =
        "host=localhost port=%d dbname=%s user=%s password=%s"
            .formatted(bench.port(), Bench.DATABASE, Bench.USER, Bench.PASSWORD);
    try {
      Connection console = Bench.console(port);
      try (Statement statement = console.createStatement()) {
        statement.execute(
            "DARK READ %s AGAINST '%s' SAMPLE %d%%".formatted(SCOPE, against, percent));
        return new DarkReading(console);
      } catch (SQLException e) {
        console.close();
        throw e;
      }
    } catch (SQLException e) {
      throw new IOException("no dark reads: " + e.getMessage(), e);
    }
  }

  /**
   * Ends it.
   *
   * @throws IOException when nothing was compared, something was left out, or was not equal
   */
  @Override
  public void close() throws IOException {
    try (console;
        Statement statement = console.createStatement();
        ResultSet row = statement.executeQuery("SHOW DARK READS")) {
      row.next();
      long equal = row.getLong("equal");
      long others = 0;
      for (String each : OTHERS) {
        others += row.getLong(each);
      }
      statement.execute("STOP DARK READ " + SCOPE);
      if (equal == 0 || others > 0) {
        throw new IOException(
            "%d dark reads were equal, and %d something else".formatted(equal, others));
      }
    } catch (SQLException e) {
      throw new IOException("dark reads failed: " + e.getMessage(), e);
    }
  }
}
