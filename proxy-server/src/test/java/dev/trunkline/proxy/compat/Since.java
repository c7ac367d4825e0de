package dev.trunkline.proxy.compat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Which keys came with which PgBouncer: an older one does not start on a file that has them. */
final class Since {
  private static final Map<String, String> KEYS =
      Map.of(
          "peer_id", "1.19",
          "max_prepared_statements", "1.21",
          "max_db_client_connections", "1.24",
          "load_balance_hosts", "1.24",
          "server_lifetime", "1.24",
          "transaction_timeout", "1.25",
          "query_wait_notify", "1.25",
          "login_notify_message", "1.25");

  private Since() {}

  /** The file without what that version does not know. */
  static String known(String ini, String version) {
    List<String> lines = new ArrayList<>();
    for (String line : ini.lines().toList()) {
      if (knows(line, version)) {
        lines.add(ofDatabases(line) ? words(line, version) : line);
      }
    }
    return String.join("\n", lines) + "\n";
  }

  private static boolean ofDatabases(String line) {
    return line.contains(" = host=");
  }

  private static String words(String line, String version) {
    List<String> words = new ArrayList<>(List.of(line.split(" ", -1)));
    words.removeIf(word -> word.contains("=") && !word.equals("=") && !knows(word, version));
    return String.join(" ", words);
  }

  /** Whether a version knows the key of an assignment. */
  static boolean knows(String assignment, String version) {
    String key = assignment.split("=", 2)[0].strip();
    String since = KEYS.get(key);
    return since == null || !older(version, since);
  }

  static boolean older(String version, String than) {
    return minor(version) < minor(than);
  }

  private static int minor(String version) {
    return Integer.parseInt(version.substring(version.indexOf('.') + 1));
  }
}
