package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** PostgreSQL's own programs and other languages' drivers as clients, where they can be had. */
@Timeout(240)
class ProgramsTest {
  @TempDir Path directory;

  /** Runs a program in a workspace; what it prints. */
  private String run(String workspace, String... command) throws IOException, InterruptedException {
    String options = "-c trunkline.workspace=" + workspace;
    return run(Map.of("PGDATABASE", "app", "PGOPTIONS", options), command);
  }

  private String run(Map<String, String> settings, String... command)
      throws IOException, InterruptedException {
    assumeTrue(ClientDrivers.installed(command[0]), command[0] + " is not installed");
    Path output = directory.resolve("output");
    ProcessBuilder builder = new ProcessBuilder(List.of(command)).redirectErrorStream(true);
    builder.redirectOutput(output.toFile());
    builder.environment().put("PGHOST", "127.0.0.1");
    builder.environment().put("PGPORT", "" + TestCluster.shared().port());
    builder.environment().put("PGUSER", TestCluster.USER);
    builder.environment().put("PGPASSWORD", TestCluster.PASSWORD);
    builder.environment().putAll(settings);
    Process process = builder.start();
    boolean ended = process.waitFor(60, TimeUnit.SECONDS);
    process.destroyForcibly();
    String text = Files.readString(output, StandardCharsets.UTF_8);
    assertThat(ended).as(text).isTrue();
    assertThat(process.exitValue()).as(text).isZero();
    return text;
  }

  @Test
  void psqlDescribesATable() throws IOException, InterruptedException {
    assertThat(run("w4", "psql", "-c", "\\d item")).contains("schema_004.item");
  }

  @Test
  void psqlCopiesInAndOut() throws IOException, InterruptedException {
    Path file = Files.writeString(directory.resolve("rows"), "1\tone\n2\ttwo\n");
    String text =
        run(
            "w5",
            "psql",
            "-v",
            "ON_ERROR_STOP=1",
            "-c",
            "\\copy item FROM '" + file + "'",
            "-c",
            "\\copy item TO STDOUT",
            "-c",
            "DELETE FROM item");
    assertThat(text).contains("COPY 2", "2\ttwo", "DELETE 2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"simple", "extended", "prepared"})
  void pgbenchRuns(String protocol) throws IOException, InterruptedException {
    Path script = Files.writeString(directory.resolve("script"), "SELECT name FROM shard_name;\n");
    String text =
        run("w6", "pgbench", "-n", "-M", protocol, "-c", "8", "-t", "50", "-f", "" + script);
    assertThat(text).contains("number of transactions actually processed: 400/400");
  }

  @Test
  void pgbenchRunsItsOwnWorkloadOnAnUnshardedDatabase() throws IOException, InterruptedException {
    Map<String, String> plain = Map.of("PGDATABASE", "plain");
    try {
      run(plain, "pgbench", "-i", "-q");
      assertThat(run(plain, "pgbench", "-M", "prepared", "-c", "4", "-t", "25"))
          .contains("number of transactions actually processed: 100/100");
    } finally {
      run(plain, "pgbench", "-i", "-I", "d");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"psycopg", "asyncpg"})
  void aPythonDriverWorks(String driver) throws IOException, InterruptedException {
    run("w1", ClientDrivers.python(driver));
  }

  @Test
  void nodePostgresWorks() throws IOException, InterruptedException {
    run("w1", ClientDrivers.node());
  }

  @Test
  void pgxWorks() throws IOException, InterruptedException {
    run("w1", ClientDrivers.go("pgx"));
  }

  private static final Map<String, String> CONSOLE =
      Map.of("PGDATABASE", "pgbouncer", "PGUSER", "admin", "PGPASSWORD", "secret");

  @Test
  void aPrometheusExporterReadsTheConsole() throws IOException, InterruptedException {
    assertThat(run(CONSOLE, ClientDrivers.go("exporter"))).contains("scraped Trunkline");
  }

  @Test
  void aDashboardAsksTheConsole() throws IOException, InterruptedException {
    assertThat(run(CONSOLE, ClientDrivers.go("grafana")))
        .contains("refused: ERROR: the admin console has no system catalogs");
  }

  @Test
  void tokioPostgresWorks() throws IOException, InterruptedException {
    run("w1", ClientDrivers.tokio());
  }
}
