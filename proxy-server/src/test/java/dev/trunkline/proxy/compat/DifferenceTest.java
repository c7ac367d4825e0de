package dev.trunkline.proxy.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.trunkline.proxy.Proxy;
import dev.trunkline.proxy.TestCluster;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same script against the real PgBouncer and against Trunkline, on the same {@code
 * pgbouncer.ini} and the same server. What differs must be exactly what {@code
 * differences-VERSION.txt} lists, each line of it under a comment that says why. What a version has
 * not got ({@link Since}) is left out of the file for both, with the scenarios about it.
 *
 * <p>With {@code -Dtrunkline.differences.write=FILE} it writes what it found.
 */
@Timeout(300)
class DifferenceTest {
  /** What two runs never agree on: addresses, times, process ids, who runs the program. */
  private static final Pattern ACCIDENTAL =
      Pattern.compile(
          "0x[0-9a-f]+|\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC|127\\.0\\.0\\.1:\\d+|(?<=Netty"
              + " )\\w+|(?<=server_version=)[0-9.]+/\\w+|(?<=D \\[pgbouncer, null, )\\d+|(?<=D"
              + " \\[user, )\\w+");

  /**
   * Since 1.26 it tells every client of itself, in a welcome that has grown by three lines. Whether
   * one can still send to it after an error is a matter of luck. And what only Trunkline has is no
   * difference: its own settings.
   */
  private static final Pattern OF_NO_INTEREST =
      Pattern.compile(".*< (S pgbouncer\\..*|<could not send>|D \\[trunkline\\..*)");

  @TempDir Path directory;

  @Test
  void everyDifferenceIsKnown() throws Exception {
    String version = Bouncer.version();
    String known = resource("differences-" + version + ".txt");
    String writeTo = System.getProperty("trunkline.differences.write");
    assumeTrue(
        known != null || writeTo != null,
        "nobody has compared with PgBouncer " + version + " yet: skipped");
    List<String> found = new ArrayList<>();
    int number = 0;
    for (Scenario scenario : Scenario.parse(resource("scenarios.txt"))) {
      if (!scenario.isFor(version)) {
        continue; // it is about something that this version has not got
      }
      Path home = Files.createDirectories(directory.resolve("" + number++));
      found.addAll(compare(scenario, home, version));
    }
    if (writeTo != null) {
      Files.write(Path.of(writeTo), found);
    }
    assertThat(found).containsExactlyElementsOf(lines(known == null ? "" : known));
  }

  private List<String> compare(Scenario scenario, Path home, String version) throws IOException {
    Path their = Files.createDirectories(home.resolve("theirs"));
    List<String> theirs = onPgBouncer(scenario, their, version);
    Path our = Files.createDirectories(home.resolve("ours"));
    List<String> ours = onTrunkline(scenario, our, version);
    List<String> found = new ArrayList<>();
    for (String line : Difference.between(theirs, ours)) {
      found.add("[" + scenario.name() + "] " + line);
    }
    return found;
  }

  private static List<String> onPgBouncer(Scenario scenario, Path home, String version)
      throws IOException {
    int port = Bouncer.freePort();
    Path file = write(scenario, home, port, version);
    try (Bouncer _ = Bouncer.start(file, port)) {
      return play(scenario, port, file);
    }
  }

  private static List<String> onTrunkline(Scenario scenario, Path home, String version)
      throws IOException {
    int port = Bouncer.freePort();
    Path file = write(scenario, home, port, version);
    try (Proxy proxy = Proxy.start(file, Set.of())) {
      proxy.onStop(() -> Thread.ofVirtual().start(proxy::close));
      return play(scenario, port, file);
    } catch (Exception failure) {
      throw new AssertionError("Trunkline does not start on " + file, failure);
    }
  }

  private static Path write(Scenario scenario, Path home, int port, String version)
      throws IOException {
    String text =
        Since.known(resource("pgbouncer.ini"), version)
            + String.join("\n", scenario.settings())
            + "\n";
    Files.writeString(home.resolve("users.txt"), resource("users.txt"));
    return Files.writeString(
        home.resolve("pgbouncer.ini"),
        text.replace("@SERVER@", "" + TestCluster.hostPort(0))
            .replace("@PORT@", "" + port)
            .replace("@HOME@", home.toString()));
  }

  private static List<String> play(Scenario scenario, int port, Path file) {
    List<String> transcript = new ArrayList<>();
    Map<String, Speaker> speakers = new HashMap<>();
    try {
      for (Scenario.Step step : scenario.steps()) {
        transcript.add(step.toString());
        one(step, port, file, transcript, speakers);
      }
    } finally {
      speakers.values().forEach(Speaker::close);
    }
    return Speaker.settled(
        transcript.stream()
            .filter(line -> !OF_NO_INTEREST.matcher(line).matches())
            .map(line -> ACCIDENTAL.matcher(line).replaceAll("…"))
            .map(line -> line.replaceAll("\\b" + TestCluster.hostPort(0) + "\\b", "5432"))
            .map(line -> line.replaceAll("\\b" + port + "\\b", "PORT"))
            .map(line -> line.replace(file.getParent().toString(), "HOME"))
            .toList());
  }

  private static void one(
      Scenario.Step step,
      int port,
      Path file,
      List<String> transcript,
      Map<String, Speaker> speakers) {
    if (step.verb().equals("sleep")) {
      LockSupport.parkNanos(Duration.ofMillis(Long.parseLong(step.rest())).toNanos());
      return;
    }
    try {
      if (step.who().equals("config")) {
        change(file, step);
      } else if (step.who().equals("server")) {
        direct(step.verb() + " " + step.rest());
      } else {
        speakers
            .computeIfAbsent(step.who(), who -> new Speaker(who, port, transcript))
            .step(step.verb(), step.rest());
      }
    } catch (AssertionError | RuntimeException | IOException failure) {
      transcript.add(step.who() + "< <" + failure.getMessage() + ">");
    }
  }

  /** For the next RELOAD: a line more, or an entry less. */
  private static void change(Path file, Scenario.Step step) throws IOException {
    if (step.verb().equals("append")) {
      Files.writeString(file, step.rest() + "\n", StandardOpenOption.APPEND);
    } else {
      List<String> lines = new ArrayList<>(Files.readAllLines(file));
      lines.removeIf(line -> line.startsWith(step.rest() + " = "));
      Files.write(file, lines);
    }
  }

  /** A statement on the server itself, past every proxy. */
  private static void direct(String sql) {
    try (var connection = TestCluster.direct(0);
        var statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (java.sql.SQLException failure) {
      throw new IllegalStateException(sql, failure);
    }
  }

  private static List<String> lines(String text) {
    return text.lines().filter(line -> !line.isBlank() && !line.startsWith("#")).toList();
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = DifferenceTest.class.getResourceAsStream("/compat/" + name)) {
      return in == null ? null : new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
