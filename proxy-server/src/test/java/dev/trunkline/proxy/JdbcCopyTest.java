package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/** COPY through pgjdbc on the sharded database. */
class JdbcCopyTest {
  private static final int ROWS = 20_000;

  @Test
  void whatIsCopiedInToAWorkspaceIsCopiedOutOfIt() throws SQLException, IOException {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < ROWS; i++) {
      rows.append(i).append("\tname ").append(i).append('\n');
    }
    StringWriter copied = new StringWriter();
    try (Connection connection = TestCluster.shared().workspace("w5");
        Statement statement = connection.createStatement()) {
      CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
      assertThat(copy.copyIn("COPY item FROM STDIN", new StringReader(rows.toString())))
          .isEqualTo(ROWS);
      copy.copyOut("COPY (SELECT * FROM item ORDER BY id) TO STDOUT", copied);
      assertThat(statement.executeUpdate("DELETE FROM schema_005.item")).isEqualTo(ROWS);
    }
    assertThat(copied.toString()).isEqualTo(rows.toString());
  }
}
