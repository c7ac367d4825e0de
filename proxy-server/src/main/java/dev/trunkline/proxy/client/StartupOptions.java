package dev.trunkline.proxy.client;

import dev.trunkline.wire.ProtocolViolation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The {@code options} startup parameter: {@code -c name=value}, {@code -cname=value} and {@code
 * --name=value}, words separated by blanks, a backslash keeping the next character, as in
 * PostgreSQL's {@code pg_split_opts}.
 */
final class StartupOptions {
  private StartupOptions() {}

  static Map<String, String> parse(String options) {
    Map<String, String> settings = new LinkedHashMap<>();
    List<String> words = split(options);
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (word.equals("-c") && i + 1 < words.size()) {
        i++;
        put(settings, words.get(i), false);
      } else if (word.startsWith("--")) {
        put(settings, word.substring(2), true);
      } else if (word.startsWith("-c") && word.length() > 2) {
        put(settings, word.substring(2), false);
      } else {
        throw refused();
      }
    }
    return settings;
  }

  private static void put(Map<String, String> settings, String pair, boolean dashed) {
    int equals = pair.indexOf('=');
    if (equals <= 0) {
      throw refused();
    }
    String name = pair.substring(0, equals);
    settings.put(dashed ? name.replace('-', '_') : name, pair.substring(equals + 1));
  }

  private static List<String> split(String options) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean inWord = false;
    for (int i = 0; i < options.length(); i++) {
      char c = options.charAt(i);
      if (Character.isWhitespace(c)) {
        if (inWord) {
          words.add(word.toString());
          word.setLength(0);
          inWord = false;
        }
        continue;
      }
      if (c == '\\' && i + 1 < options.length()) {
        i++;
        c = options.charAt(i);
      }
      word.append(c);
      inWord = true;
    }
    if (inWord) {
      words.add(word.toString());
    }
    return words;
  }

  private static ProtocolViolation refused() {
    return new ProtocolViolation(
        "unsupported options startup parameter: only '-c config=val' and '--config=val' are"
            + " allowed");
  }
}
