package dev.trunkline.proxy.client;

import dev.trunkline.proxy.config.DatabaseConfig;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.ProxyConfig;
import dev.trunkline.proxy.config.Settings;
import dev.trunkline.proxy.server.SessionSettings;
import dev.trunkline.shard.WorkspaceId;
import dev.trunkline.wire.ProtocolViolation;
import dev.trunkline.wire.Replication;
import dev.trunkline.wire.StartupPacket;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a startup message asks for.
 *
 * @param user role name
 * @param databaseName as the client wrote it
 * @param database the entry that serves it; null when there is none, or for the console
 * @param console whether it is the admin console
 * @param workspace named with {@code options} or as {@code database@workspace}, or null
 * @param shard named with {@code options}, or null
 * @param replication whether it wants a server connection of its own to replicate through
 * @param settings all other parameters
 * @param listenerGroup the group whose own listener it came through, or null
 * @param address the client's
 */
record StartupRequest(
    String user,
    String databaseName,
    DatabaseConfig database,
    boolean console,
    String workspace,
    String shard,
    Replication replication,
    SessionSettings settings,
    String listenerGroup,
    String address) {
  private static final Set<String> CONSOLES = Set.of("trunkline", "pgbouncer");
  private static final int MAX_USER_BYTES = 127;
  private static final String OPTIONS = "options";
  private static final Set<String> NOT_SETTINGS =
      Set.of("user", "database", "replication", OPTIONS);

  /** What PgBouncer takes out of options that it has been told to ignore, and what is our own. */
  private static final Set<String> ALWAYS_TRACKED =
      Set.of(
          "application_name",
          "client_encoding",
          "datestyle",
          "timezone",
          "standard_conforming_strings",
          LocalAnswers.WORKSPACE,
          LocalAnswers.SHARD);

  /**
   * Reads a startup message.
   *
   * @param place address and port, for application_name_add_host
   * @throws ProtocolViolation with the sentence for the client when it asks for what is not to be
   *     had
   */
  static StartupRequest of(
      StartupPacket.Startup startup,
      ProxyConfig config,
      String listenerGroup,
      String address,
      String place) {
    if (startup.user() == null || startup.user().isEmpty()) {
      throw new ProtocolViolation("28000", "no username supplied", null);
    }
    if (startup.user().getBytes(StandardCharsets.UTF_8).length > MAX_USER_BYTES) {
      throw new ProtocolViolation("28000", "username too long", null);
    }
    Map<String, String> settings = settings(startup.parameters(), config.settings());
    String name = startup.database();
    boolean console = CONSOLES.contains(name);
    Replication replication = console ? Replication.NONE : startup.replication();
    DatabaseConfig database = console ? null : config.databases().get(name);
    String workspace = settings.remove(LocalAnswers.WORKSPACE);
    String shard = settings.remove(LocalAnswers.SHARD);
    int at = name.lastIndexOf('@');
    if (!console && database == null && at > 0) {
      DatabaseConfig base = config.databases().get(name.substring(0, at));
      if (base != null && base.sharded()) {
        database = base;
        workspace = name.substring(at + 1);
      }
    }
    if (!console && database == null) {
      database = fallback(config.databases().get("*"), name);
    }
    check(database, settings, shard, config, startup.user());
    checkReplication(database, replication, shard);
    if (config.settings().get(Keys.APPLICATION_NAME_ADD_HOST)) {
      String app = settings.getOrDefault("application_name", "app");
      settings.put("application_name", app + " - " + place);
    }
    return new StartupRequest(
        startup.user(),
        name,
        database,
        console,
        canonical(workspace),
        shard == null || shard.isEmpty() ? null : shard,
        replication,
        SessionSettings.of(settings),
        listenerGroup,
        address);
  }

  /** Who it is, as far as it says so. */
  Identity identity() {
    return new Identity(database, user, workspace, listenerGroup, address);
  }

  /** What the client calls itself, "" if it does not say. */
  String applicationName() {
    String name = settings.get("application_name");
    return name == null ? "" : name;
  }

  /** What a host streams belongs to all of its workspaces: who reads it has to name the place. */
  private static void checkReplication(
      DatabaseConfig database, Replication replication, String shard) {
    boolean placed = database == null || !database.sharded() || (shard != null && !shard.isEmpty());
    if (replication != Replication.NONE && !placed) {
      throw new ProtocolViolation(
          "0A000",
          "a replication connection to a sharded database needs trunkline.shard",
          "It replicates from the host of that shard, as in"
              + " PGOPTIONS=\"-c trunkline.shard=schema_001\"; or connect to the server itself.");
    }
  }

  private static Map<String, String> settings(Map<String, String> parameters, Settings config) {
    Set<String> ignored = names(config.get(Keys.IGNORE_STARTUP_PARAMETERS));
    Map<String, String> settings = new LinkedHashMap<>();
    String options = parameters.get(OPTIONS);
    if (options != null) {
      StartupOptions.parse(options)
          .forEach((name, value) -> settings.put(name.toLowerCase(Locale.ROOT), value));
    }
    if (ignored.contains(OPTIONS)) {
      Set<String> tracked = names(config.get(Keys.TRACK_EXTRA_PARAMETERS));
      tracked.addAll(ALWAYS_TRACKED);
      settings.keySet().retainAll(tracked);
    }
    parameters.forEach(
        (name, value) -> {
          if (!NOT_SETTINGS.contains(name) && !name.startsWith("_pq_.")) {
            settings.put(name.toLowerCase(Locale.ROOT), value);
          }
        });
    settings.keySet().removeAll(ignored);
    return settings;
  }

  private static Set<String> names(List<String> list) {
    return list.stream()
        .map(name -> name.toLowerCase(Locale.ROOT))
        .collect(Collectors.toCollection(HashSet::new));
  }

  private static void check(
      DatabaseConfig database,
      Map<String, String> settings,
      String shard,
      ProxyConfig config,
      String user) {
    for (String name : settings.keySet()) {
      if (name.startsWith("trunkline.")) {
        throw new ProtocolViolation(
            "42704",
            "unrecognized configuration parameter \"" + name + "\"",
            "Settings of the proxy are trunkline.workspace and trunkline.shard.");
      }
    }
    boolean sharded = database != null && database.sharded();
    if (sharded && settings.containsKey("search_path")) {
      throw new ProtocolViolation(
          "0A000",
          "search_path is managed by the proxy in a sharded database",
          "It follows from the workspace.");
    }
    if (shard != null && !shard.isEmpty()) {
      var known = config.users().get(user);
      if (known == null || !known.maySetShard()) {
        throw new ProtocolViolation(
            "42501",
            "permission denied to set parameter \"trunkline.shard\"",
            "User \"" + user + "\" has not may_set_shard.");
      }
    }
  }

  private static String canonical(String workspace) {
    if (workspace == null || workspace.isEmpty()) {
      return null;
    }
    try {
      return WorkspaceId.canonical(workspace);
    } catch (IllegalArgumentException e) {
      throw new ProtocolViolation(
          "22023", "invalid value for parameter \"trunkline.workspace\"", e.getMessage());
    }
  }

  /** The "*" entry serves any name: the database of that name on its server. */
  private static DatabaseConfig fallback(DatabaseConfig star, String name) {
    return star == null ? null : star.named(name);
  }
}
