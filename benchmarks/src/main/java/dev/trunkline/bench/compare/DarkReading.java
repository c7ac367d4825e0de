package dev.trunkline.bench.compare;

import java.io.Closeable;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A share of the sharded reads is repeated and compared, by a Trunkline that runs already. The
 * other home is the same server by another name, so all comparisons must come out equal.
 */
final class DarkReading implements Closeable {
  private static final String SCOPE = "HOST main";

  private final Connection console;

  private DarkReading(Connection console) {
    this.console = console;
  }

  static DarkReading begin(int percent, Bench bench, int port) throws IOException {
    try {
      DarkReading reading = new DarkReading(Bench.console(port));
      reading.say(
          "DARK READ %s AGAINST 'host=localhost port=%d dbname=%s user=%s password=%s' SAMPLE %d%%"
              .formatted(SCOPE, bench.port(), Bench.DATABASE, Bench.USER, Bench.PASSWORD, percent));
      return reading;
    } catch (SQLException e) {
      throw new IOException("no dark reads: " + e.getMessage(), e);
    }
  }

  private void say(String command) throws SQLException {
    try (Statement statement = console.createStatement()) {
      statement.execute(command);
    }
  }

  /**
   * Ends it.
   *
   * @throws IOException when nothing was compared, or anything but equal came of it
   */
  @Override
  public void close() throws IOException {
    try (console;
        Statement statement = console.createStatement();
        ResultSet row = statement.executeQuery("SHOW DARK READS")) {
      row.next();
      long equal = row.getLong("equal");
      long sampled = row.getLong("sampled");
      long others = row.getLong("mismatch") + row.getLong("error") + row.getLong("dropped");
      say("STOP DARK READ " + SCOPE);
      if (equal == 0 || others > 0) {
        throw new IOException(
            "of %d dark reads %d were equal, and %d wrong, failed or dropped"
                .formatted(sampled, equal, others));
      }
    } catch (SQLException e) {
      throw new IOException("dark reads failed: " + e.getMessage(), e);
    }
  }
}
