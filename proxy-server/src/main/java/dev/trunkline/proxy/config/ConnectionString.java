package dev.trunkline.proxy.config;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** PgBouncer's {@code key=value key='it''s'}; a later key of the same name wins. */
final class ConnectionString {
  private static final Pattern PAIR =
      Pattern.compile("\\s*([^\\s=]+)\\s*=\\s*(?:'((?:[^']|'')*)'|([^\\s']\\S*))(?=\\s|$)");

  /** Names of PgBouncer for keys that have another one, too. */
  private static final Map<String, String> ALIASES = Map.of("reserve_pool", "reserve_pool_size");

  private ConnectionString() {}

  /**
   * Its keys and values in their order.
   *
   * @throws IllegalArgumentException with PgBouncer's words, and where reading ended
   */
  static Map<String, String> parse(String text) {
    Map<String, String> pairs = new LinkedHashMap<>();
    Matcher matcher = PAIR.matcher(text);
    int at = 0;
    while (!text.substring(at).isBlank()) {
      if (!matcher.find(at) || matcher.start() != at || wordOf(matcher).isEmpty()) {
        throw new IllegalArgumentException(
            "syntax error in connection string at \"" + text.substring(at).strip() + "\"");
      }
      String key = matcher.group(1);
      pairs.put(ALIASES.getOrDefault(key, key), wordOf(matcher));
      at = matcher.end();
    }
    return pairs;
  }

  private static String wordOf(Matcher matcher) {
    return matcher.group(2) == null ? matcher.group(3) : matcher.group(2).replace("''", "'");
  }
}
