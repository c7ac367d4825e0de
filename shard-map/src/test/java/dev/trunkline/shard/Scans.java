package dev.trunkline.shard;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What the tests of the scanner share. */
final class Scans {
  private Scans() {}

  /** Line breaks, for tables of cases that hold one case a line; null for null. */
  static String lines(String text) {
    return text == null ? null : text.replace('⏎', '\n');
  }

  static SqlScanner of(String sql) {
    SqlScanner scanner = new SqlScanner();
    scan(scanner, sql);
    return scanner;
  }

  static void scan(SqlScanner scanner, String sql) {
    byte[] text = sql.getBytes(StandardCharsets.UTF_8);
    scanner.scan(text, 0, text.length);
  }

  static List<String> statements(String sql) {
    SqlScanner scanner = of(sql);
    byte[] text = sql.getBytes(StandardCharsets.UTF_8);
    List<String> statements = new ArrayList<>();
    for (int i = 0; i < scanner.count(); i++) {
      int length = scanner.end(i) - scanner.start(i);
      statements.add(new String(text, scanner.start(i), length, StandardCharsets.UTF_8));
    }
    return statements;
  }

  static boolean free(String sql) {
    SqlScanner scanner = of(sql);
    for (int i = 0; i < scanner.count(); i++) {
      if (!scanner.workspaceFree(i)) {
        return false;
      }
    }
    return !scanner.malformed();
  }

  /** Statements as the tools named before them send them, seen in a server log. */
  static List<String> introspection() {
    List<String> statements = new ArrayList<>();
    for (String entry : resource("introspection.sql").split("(?m)^### ", -1)) {
      if (!entry.isEmpty()) {
        statements.add(entry.substring(entry.indexOf('\n') + 1).strip());
      }
    }
    return statements;
  }

  static String resource(String name) {
    try (InputStream in = Scans.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(name, e);
    }
  }
}
