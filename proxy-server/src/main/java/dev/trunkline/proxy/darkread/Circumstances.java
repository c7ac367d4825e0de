package dev.trunkline.proxy.darkread;

import dev.trunkline.proxy.server.SessionSettings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What a read depends on beside its text.
 *
 * @param login what the server said of itself at login
 * @param settings what the client has changed of it
 * @param searchPath of the workspace
 * @param workspaceSetting name of the setting that carries the workspace, or null
 * @param workspace its value, or null
 */
public record Circumstances(
    Map<String, String> login,
    SessionSettings settings,
    String searchPath,
    String workspaceSetting,
    String workspace) {
  /** Those of the settings a server reports that change the bytes of results. */
  private static final List<String> REPORTED =
      List.of("client_encoding", "DateStyle", "IntervalStyle", "TimeZone");

  /** The repetition has its own. */
  private static final Set<String> NOT_REPEATED =
      Set.of(
          "application_name",
          "default_transaction_deferrable",
          "default_transaction_read_only",
          "statement_timeout",
          "transaction_read_only",
          "transaction_timeout");

  /** Every setting under which it has to be repeated. */
  Map<String, String> all() {
    Map<String, String> all = new LinkedHashMap<>();
    for (String name : REPORTED) {
      if (login.containsKey(name)) {
        all.put(name.toLowerCase(Locale.ROOT), login.get(name));
      }
    }
    SessionSettings.EMPTY.diff(settings, all::put);
    all.keySet().removeAll(NOT_REPEATED);
    if (searchPath != null) {
      all.put("search_path", searchPath);
    }
    if (workspaceSetting != null) {
      all.put(workspaceSetting, workspace == null ? "" : workspace);
    }
    return all;
  }
}
