package dev.trunkline.proxy.metrics;

import dev.trunkline.proxy.config.Facility;
import dev.trunkline.proxy.config.OsError;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.atomic.LongAdder;

/**
 * The log of the process: lines as PgBouncer writes them, or JSON. A line is one write call and is
 * in the file when the method returns, so that whoever sees an error finds its line. Safe from any
 * thread; a level that is off costs one read.
 *
 * <p>The context says what a line is about, as PgBouncer does: {@code C-0x1f: app/joe@10.0.0.7:5}.
 */
public final class Log {
  /** How bad, or how detailed; each level includes the ones before it. */
  public enum Level {
    FATAL,
    ERROR,
    WARNING,
    LOG,
    DEBUG,
    NOISE
  }

  /** Where lines go. Not a FileChannel: an interrupted writer would close that for everybody. */
  private record Sink(OutputStream out, Path file, boolean json) {}

  private static final Sink STDERR =
      new Sink(new FileOutputStream(FileDescriptor.err), null, false);
  private static final long PID = ProcessHandle.current().pid();
  private static final LongAdder LOST = new LongAdder();

  private static volatile Level threshold = Level.LOG;
  private static volatile Sink sink = STDERR;

  /** The system's log; null when it is off. */
  private static Syslog syslog;

  /** Lines of a file go to standard error, too. */
  private static volatile boolean echo;

  private Log() {}

  /**
   * Takes over the log settings.
   *
   * @param file appended to; null = standard error
   * @param json one JSON object per line instead of PgBouncer's format
   * @param verbose 0 = up to LOG, 1 = up to DEBUG, 2 and more = everything
   * @throws IOException when the file cannot be opened; the log goes on as before
   */
  public static synchronized void configure(Path file, boolean json, int verbose)
      throws IOException {
    replaceSink(file, json);
    threshold =
        switch (verbose) {
          case 0 -> Level.LOG;
          case 1 -> Level.DEBUG;
          default -> Level.NOISE;
        };
  }

  /**
   * Sends every line to the system's log, too.
   *
   * @param ident what they begin with there
   * @param facility null = not any more
   * @throws IOException when this machine cannot; the log goes on as before
   */
  public static void system(String ident, Facility facility) throws IOException {
    system(Syslog.DEV_LOG, ident, facility);
  }

  static synchronized void system(Path path, String ident, Facility facility) throws IOException {
    Syslog next = facility == null ? null : Syslog.open(path, ident, facility, PID);
    Syslog old = syslog;
    syslog = next;
    if (old != null) {
      old.close();
    }
  }

  /**
   * Whether lines that go to a file are to be seen on standard error, too: PgBouncer without -q.
   */
  public static void echo(boolean on) {
    echo = on;
  }

  /**
   * Opens the file anew, after somebody moved it away.
   *
   * @throws IOException when it cannot be opened; the log goes on in the old one
   */
  public static synchronized void reopen() throws IOException {
    replaceSink(sink.file(), sink.json());
  }

  private static void replaceSink(Path file, boolean json) throws IOException {
    OutputStream out = file == null ? STDERR.out() : open(file);
    Sink old = sink;
    sink = new Sink(out, file, json);
    if (old.file() != null) {
      old.out().close();
    }
  }

  private static OutputStream open(Path file) throws IOException {
    try {
      return new FileOutputStream(file.toFile(), /* append= */ true);
    } catch (IOException e) {
      String why = OsError.reason(e);
      throw new IOException("Cannot open logfile: '" + file + "': " + why, e);
    }
  }

  /** Whether lines of that level are written; asked before a costly message is made. */
  public static boolean isOn(Level level) {
    return level.compareTo(threshold) <= 0;
  }

  /** Lines that could not be written (disk full, closed pipe), since the start. */
  public static long lost() {
    return LOST.sum();
  }

  /** The process cannot go on. */
  public static void fatal(String message) {
    write(Level.FATAL, null, message, null);
  }

  /** As {@link #fatal(String)}, with the exception and its stack in the same line. */
  public static void fatal(String message, Throwable cause) {
    write(Level.FATAL, null, message, cause);
  }

  /** Something failed that somebody has to look after. */
  public static void error(String message) {
    write(Level.ERROR, null, message, null);
  }

  /** As {@link #error(String)}, with the exception and its stack in the same line. */
  public static void error(String message, Throwable cause) {
    write(Level.ERROR, null, message, cause);
  }

  /** As {@link #error(String, Throwable)}, about one connection. */
  public static void error(String context, String message, Throwable cause) {
    write(Level.ERROR, context, message, cause);
  }

  /** Something is odd, and the process helps itself. */
  public static void warning(String message) {
    write(Level.WARNING, null, message, null);
  }

  /** As {@link #warning(String)}, about one connection. */
  public static void warning(String context, String message) {
    write(Level.WARNING, context, message, null);
  }

  /** What an operator wants to see of normal life. */
  public static void log(String message) {
    write(Level.LOG, null, message, null);
  }

  /** As {@link #log(String)}, about one connection. */
  public static void log(String context, String message) {
    write(Level.LOG, context, message, null);
  }

  /** Detail for somebody who looks for a fault. */
  public static void debug(String context, String message) {
    write(Level.DEBUG, context, message, null);
  }

  /** More detail still. */
  public static void noise(String context, String message) {
    write(Level.NOISE, context, message, null);
  }

  /**
   * Writes one line.
   *
   * @param context what it is about, or null
   * @param cause logged in the same line, or null
   */
  public static void write(Level level, String context, String message, Throwable cause) {
    if (!isOn(level)) {
      return;
    }
    boolean json = sink.json();
    LogLine line = new LogLine(Instant.now(), PID, level, context, message, cause);
    append(line, json ? line.json() : line.text());
  }

  private static synchronized void append(LogLine said, byte[] line) {
    if (syslog != null && !syslog.send(said.level(), said.time(), said.bare())) {
      LOST.increment();
    }
    try {
      sink.out().write(line);
      if (echo && sink.file() != null) {
        STDERR.out().write(line);
      }
    } catch (IOException e) {
      // The log is where this would be told; the metric tells it instead.
      LOST.increment();
    }
  }
}
