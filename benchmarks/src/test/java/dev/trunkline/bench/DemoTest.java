package dev.trunkline.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @TempDir Path temporary;

  private int run(String... args) {
    return new Demo(print(out), print(err)).run(args);
  }

  private static PrintStream print(ByteArrayOutputStream to) {
    return new PrintStream(to, true, StandardCharsets.UTF_8);
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void passesItsOwnCheckTwiceOnTheSameDataAndKeepsIt() {
    String data = temporary.resolve("data").toString();
    assertThat(run("--check", "--workspaces", "24", "--data", data)).as(this::err).isZero();
    assertThat(out()).contains("Filling 24 workspaces", "All checks passed");
    out.reset();
    assertThat(run("--check", "--data", data)).as(this::err).isZero();
    assertThat(out()).contains("Checking 24 workspaces").doesNotContain("Filling");
    assertThat(run("--check", "--data", data, "--seed", "7")).isEqualTo(1);
    assertThat(err()).contains("the data was made with --seed 1");
    assertThat(ProcessHandle.current().descendants()).isEmpty();
  }

  @Test
  void refusesADirectoryThatHoldsSomethingElseAndLeavesItAlone() throws IOException {
    Path mine = Files.writeString(temporary.resolve("mine.txt"), "mine");
    assertThat(run("--check", "--data", temporary.toString())).isEqualTo(1);
    assertThat(err()).contains("holds something else");
    assertThat(mine).hasContent("mine");
  }

  @Test
  void saysWhichPortIsTakenAndWhatToDo() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      assertThat(run("--port", Integer.toString(Math.min(taken.getLocalPort(), 65533))))
          .isEqualTo(1);
      assertThat(err()).contains("port " + taken.getLocalPort() + " is taken", "try --port ");
    }
  }

  @Test
  void explainsItsOptions() {
    assertThat(run("--help")).isZero();
    assertThat(out()).contains("--check", "--data DIR");
    assertThat(run("--fast")).isEqualTo(2);
    assertThat(run("--port", "many")).isEqualTo(2);
    assertThat(run("--workspaces", "0")).isEqualTo(2);
    assertThat(run("--seed")).isEqualTo(2);
    assertThat(err())
        .contains("unknown option --fast", "--port needs a number", "--seed needs a value");
  }

  @Test
  void generatesTheSameFromTheSameSeed() {
    assertThat(new DemoData(3, 30).workspaces()).isEqualTo(new DemoData(3, 30).workspaces());
    assertThat(new DemoData(3, 30).workspaces()).isNotEqualTo(new DemoData(4, 30).workspaces());
    assertThat(DemoData.uuid(new Random(5)).version()).isEqualTo(4);
    assertThat(DemoData.uuid(new Random(5)).variant()).isEqualTo(2);
    assertThat(new DemoData(3, 30).workspaces())
        .extracting(DemoData.Workspace::schema)
        .containsAll(List.of("schema_001", "schema_006"));
  }
}
