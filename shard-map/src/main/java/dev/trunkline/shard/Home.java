package dev.trunkline.shard;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a physical host is: a server and a database on it. The home of a host may change, its name
 * does not.
 *
 * @param host DNS name or address
 * @param port TCP port
 * @param database database on that server
 */
public record Home(String host, int port, String database) {
  private static final Pattern PAIR =
      Pattern.compile("\\s*(\\w+)\\s*=\\s*(?:'((?:[^'\\\\]|\\\\.)*)'|([^\\s'\\\\]+))(?=\\s|$)");

  public Home {
    if (host.isBlank() || database.isBlank() || port < 1 || port > 65_535) {
      throw new IllegalArgumentException(
          "An endpoint needs a host, a port from 1 to 65535 and a dbname.");
    }
  }

  /**
   * Reads {@code host=… port=… dbname=…} as libpq does, with its quotes; the port may be missing
   * for 5432.
   *
   * @throws IllegalArgumentException as a sentence, for anything else
   */
  public static Home parse(String text) {
    Map<String, String> keys = pairs(text);
    String port = keys.getOrDefault("port", "5432");
    boolean known = Map.of("host", 0, "port", 0, "dbname", 0).keySet().containsAll(keys.keySet());
    if (!known || !port.matches("\\d{1,5}")) {
      throw malformed(text);
    }
    String host = keys.getOrDefault("host", "");
    return new Home(host, Integer.parseInt(port), keys.getOrDefault("dbname", ""));
  }

  private static Map<String, String> pairs(String text) {
    Map<String, String> pairs = new TreeMap<>();
    Matcher pair = PAIR.matcher(text);
    int end = 0;
    for (; pair.find() && pair.start() == end; end = pair.end()) {
      String quoted = pair.group(2);
      String value = quoted == null ? pair.group(3) : quoted.replaceAll("\\\\(.)", "$1");
      pairs.put(pair.group(1), value);
    }
    if (!text.substring(end).isBlank()) {
      throw malformed(text);
    }
    return pairs;
  }

  private static IllegalArgumentException malformed(String text) {
    return new IllegalArgumentException(
        "\"" + text + "\" is not of the form host=… port=… dbname=….");
  }

  /** The form that {@link #parse} reads. */
  @Override
  public String toString() {
    return "host=%s port=%d dbname=%s".formatted(quoted(host), port, quoted(database));
  }

  private static String quoted(String value) {
    return value.matches("[^\\s'\\\\]+")
        ? value
        : "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
