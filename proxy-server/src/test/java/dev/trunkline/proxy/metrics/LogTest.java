package dev.trunkline.proxy.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.util.internal.logging.InternalLoggerFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogTest {
  private static final Instant TIME = Instant.parse("2026-11-21T05:25:36.441Z");

  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void logIntoAFile() throws IOException {
    file = directory.resolve("trunkline.log");
    Log.configure(file, false, 0);
  }

  @AfterEach
  void logToStandardErrorAgain() throws IOException {
    Log.configure(null, false, 0);
  }

  @Test
  void aLineLooksAsPgBouncersDo() {
    assertThat(text(Log.Level.LOG, "C-0x1f: app/joe@10.0.0.7:5000", "login attempt", null))
        .isEqualTo(
            "2026-11-21 05:25:36.441 UTC [77] LOG C-0x1f: app/joe@10.0.0.7:5000 login attempt\n");
    assertThat(text(Log.Level.WARNING, null, "no file", null))
        .isEqualTo("2026-11-21 05:25:36.441 UTC [77] WARNING no file\n");
  }

  @Test
  void aJsonLineIsOneObject() {
    assertThat(json("C-0x1f: \"a\"/b", "x\\y"))
        .isEqualTo(
            "{\"time\":\"2026-11-21T05:25:36.441Z\",\"pid\":77,\"level\":\"LOG\","
                + "\"context\":\"C-0x1f: \\\"a\\\"/b\",\"message\":\"x\\\\y\"}\n");
  }

  @Test
  void nobodyCanForgeALine() {
    String evil = "joe\n2026 LOG all is well\u001b[2K\r\u2028";
    assertThat(text(Log.Level.LOG, evil, evil, null))
        .containsOnlyOnce("\n")
        .doesNotContain("\u001b");
    assertThat(json(evil, evil)).containsOnlyOnce("\n").contains("\\u001b").contains("\\u2028");
  }

  @Test
  void anExceptionStaysInItsLine() {
    Exception cause = new IOException("no\nspace", new IllegalStateException("disk"));
    assertThat(text(Log.Level.ERROR, null, "cannot write", cause))
        .containsOnlyOnce("\n")
        .contains("cannot write: java.io.IOException: no\\nspace | at dev.trunkline")
        .contains("caused by java.lang.IllegalStateException: disk");
  }

  @Test
  void anEndlessMessageIsCut() {
    assertThat(text(Log.Level.LOG, null, "x".repeat(100_000), null))
        .hasSizeLessThan(LogLine.MAX_CHARS + 100)
        .endsWith("...\n");
  }

  @Test
  void aLineIsInTheFileWhenTheCallReturns() throws IOException {
    Log.log("C-0x1: a/b@c:1", "hello");
    assertThat(Files.readString(file)).endsWith(" LOG C-0x1: a/b@c:1 hello\n");
  }

  @Test
  void verbosityDecidesWhichLevelsAreOn() throws IOException {
    assertThat(Log.isOn(Log.Level.LOG)).isTrue();
    assertThat(Log.isOn(Log.Level.DEBUG)).isFalse();
    Log.debug(null, "not written");
    Log.configure(file, true, 1);
    assertThat(Log.isOn(Log.Level.NOISE)).isFalse();
    Log.debug(null, "written");
    assertThat(Files.readString(file)).contains("\"message\":\"written\"").doesNotContain("not ");
    Log.configure(file, true, 2);
    assertThat(Log.isOn(Log.Level.NOISE)).isTrue();
  }

  @Test
  void reopenGoesOnInANewFileAfterRotation() throws IOException {
    Log.log("one");
    Path moved = Files.move(file, directory.resolve("old.log"));
    Log.log("two");
    Log.reopen();
    Log.log("three");
    assertThat(Files.readString(moved)).contains("one", "two").doesNotContain("three");
    assertThat(Files.readString(file)).contains("three");
  }

  @Test
  void aFileThatCannotBeOpenedLeavesTheLogAsItWas() throws IOException {
    assertThatThrownBy(() -> Log.configure(directory, false, 2)).isInstanceOf(IOException.class);
    Log.log("still here");
    assertThat(Files.readString(file)).contains("still here");
    assertThat(Log.isOn(Log.Level.DEBUG)).isFalse();
  }

  @Test
  void linesOfManyThreadsDoNotMixEvenWhenInterruptedAndRotated() throws Exception {
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      writers.add(Thread.startVirtualThread(() -> writeLines(200)));
    }
    Log.reopen();
    for (Thread writer : writers) {
      writer.interrupt();
      writer.join();
    }
    assertThat(Files.readAllLines(file))
        .hasSize(1600)
        .allMatch(line -> line.endsWith(" LOG " + "y".repeat(500)));
  }

  private static void writeLines(int count) {
    for (int i = 0; i < count; i++) {
      Log.log("y".repeat(500));
    }
  }

  @Test
  void warningsOfLibrariesComeThroughAndTheirDetailDoesNot() throws IOException {
    InternalLoggerFactory before = InternalLoggerFactory.getDefaultFactory();
    try {
      LogBridge.install();
      Logger.getLogger("org.postgresql.Driver").warning("old server");
      Logger.getLogger("org.postgresql.Driver").info("detail");
      InternalLoggerFactory.getInstance("io.netty.Leak").error("leaked {}", 3);
      assertThat(Files.readString(file))
          .contains("WARNING org.postgresql.Driver: old server\n")
          .contains("ERROR io.netty.Leak: leaked 3\n")
          .doesNotContain("detail");
    } finally {
      InternalLoggerFactory.setDefaultFactory(before);
      LogManager.getLogManager().readConfiguration();
    }
  }

  private static String text(Log.Level level, String context, String message, Throwable cause) {
    LogLine line = new LogLine(TIME, 77, level, context, message, cause);
    return new String(line.text(), StandardCharsets.UTF_8);
  }

  private static String json(String context, String message) {
    LogLine line = new LogLine(TIME, 77, Log.Level.LOG, context, message, null);
    return new String(line.json(), StandardCharsets.UTF_8);
  }
}
