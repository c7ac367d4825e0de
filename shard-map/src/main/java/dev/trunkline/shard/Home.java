package dev.trunkline.shard;

import java.util.Map;
import java.util.Set;
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
  static final Set<String> KEYS = Set.of("host", "port", "dbname");

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
    if (!KEYS.containsAll(keys.keySet())) {
      throw malformed(text);
    }
    return of(keys);
  }

  /** The home that those pairs name, whatever else they say. */
  static Home of(Map<String, String> keys) {
    String port = keys.getOrDefault("port", "5432");
    String host = keys.getOrDefault("host", "");
    boolean number = port.matches("\\d{1,5}");
    return new Home(host, number ? Integer.parseInt(port) : 0, keys.getOrDefault("dbname", ""));
  }

  /** Keys and values of a connection string. */
  static Map<String, String> pairs(String text) {
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
