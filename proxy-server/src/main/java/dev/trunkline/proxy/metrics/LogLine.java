package dev.trunkline.proxy.metrics;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;

/**
 * One line of the log, before it is bytes. Whatever a client put into a name or a message, it stays
 * one line and cannot forge another.
 *
 * @param time when it happened
 * @param pid of this process
 * @param level how bad
 * @param context what it is about, or null
 * @param message what happened
 * @param cause the exception behind it, or null
 */
record LogLine(
    Instant time, long pid, Log.Level level, String context, String message, Throwable cause) {
  /** Enough for any honest message; one write call takes it whole. */
  static final int MAX_CHARS = 8000;

  /** Per exception, so that the causes behind it find room. */
  private static final int MAX_FRAMES = 12;

  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS 'UTC'").withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter ISO =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  /** PgBouncer's format: {@code 2026-11-21 05:25:36.441 UTC [77] LOG C-0x1f: a/b@::1:5 text}. */
  byte[] text() {
    StringBuilder line = new StringBuilder(160);
    STAMP.formatTo(time, line);
    line.append(" [").append(pid).append("] ").append(level).append(' ');
    appendBare(line);
    return line.append('\n').toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Context and message alone, for a log that knows the rest. */
  byte[] bare() {
    StringBuilder line = new StringBuilder(160);
    appendBare(line);
    return line.toString().getBytes(StandardCharsets.UTF_8);
  }

  private void appendBare(StringBuilder line) {
    if (context != null) {
      escape(line, context, /* quotes= */ false);
      line.append(' ');
    }
    escape(line, shown(), /* quotes= */ false);
  }

  /** One JSON object with time, pid, level, context (when there is one) and message. */
  byte[] json() {
    StringBuilder line = new StringBuilder(200).append("{\"time\":\"");
    ISO.formatTo(time, line);
    line.append("\",\"pid\":").append(pid).append(",\"level\":\"").append(level).append('"');
    if (context != null) {
      escape(line.append(",\"context\":\""), context, /* quotes= */ true);
      line.append('"');
    }
    escape(line.append(",\"message\":\""), shown(), /* quotes= */ true);
    return line.append("\"}\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  private String shown() {
    String whole = cause == null ? String.valueOf(message) : message + ": " + trace(cause);
    return whole.length() <= MAX_CHARS ? whole : whole.substring(0, MAX_CHARS) + "...";
  }

  private static String trace(Throwable cause) {
    StringBuilder trace = new StringBuilder(cause.toString());
    StackTraceElement[] frames = cause.getStackTrace();
    for (int i = 0; i < Math.min(frames.length, MAX_FRAMES); i++) {
      trace.append(" | at ").append(frames[i]);
    }
    Throwable deeper = cause.getCause();
    return deeper == null || trace.length() > MAX_CHARS
        ? trace.toString()
        : trace.append(" | caused by ").append(trace(deeper)).toString();
  }

  private static void escape(StringBuilder out, String text, boolean quotes) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '"', '\\' -> out.append(quotes ? "\\" : "").append(c);
        default -> plain(out, c);
      }
    }
  }

  private static void plain(StringBuilder out, char c) {
    if (c < ' ' || (c >= 0x7f && c < 0xa0) || c == '\u2028' || c == '\u2029') {
      out.append("\\u").append(HexFormat.of().toHexDigits(c));
    } else {
      out.append(c);
    }
  }
}
