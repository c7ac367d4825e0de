package dev.trunkline.proxy.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads hosts, groups, databases and users, and checks what they say about each other. */
final class Entries {
  /** Names of databases that belong to the console. */
  static final Set<String> RESERVED = Set.of("pgbouncer", "trunkline");

  private static final List<EntryKeys.Key<?>> PLAIN_ONLY =
      List.of(EntryKeys.Database.HOST, EntryKeys.Database.PORT, EntryKeys.Database.DBNAME);
  private static final List<EntryKeys.Key<?>> SHARDED_ONLY =
      List.of(EntryKeys.Database.SEARCH_PATH, EntryKeys.Database.WORKSPACE_SETTING);

  private final Block top;
  private final String socketDirectory;
  private final Map<String, Block> hostBlocks;
  private final Map<String, String> groupOfHost = new HashMap<>();

  /**
   * @param socketDirectory where databases without a host are; null where they must have one
   */
  Entries(Block top, String socketDirectory) {
    this.top = top;
    this.socketDirectory = socketDirectory;
    this.hostBlocks = top.children("hosts");
  }

  Collection<String> hostNames() {
    return hostBlocks.keySet();
  }

  /** To be called before {@link #hosts}: groups say which host is whose. */
  Map<String, GroupConfig> groups() {
    Map<String, GroupConfig> groups = new LinkedHashMap<>();
    top.children("groups").forEach((name, block) -> groups.put(name, group(name, block)));
    return groups;
  }

  private GroupConfig group(String name, Block block) {
    block.onlyKnown(EntryKeys.Group.KIND.names());
    Endpoint listen = block.get(EntryKeys.Group.LISTEN);
    return new GroupConfig(
        name,
        claimHosts(name, block),
        listen.isOff() ? null : listen.host(),
        listen.port(),
        block.get(EntryKeys.Group.MAX_CLIENT_CONN),
        block.get(EntryKeys.Group.POOL_SIZE),
        block.get(EntryKeys.Group.MAX_CONNECTIONS));
  }

  private List<String> claimHosts(String group, Block block) {
    List<String> hosts = block.get(EntryKeys.Group.HOSTS);
    if (hosts == null) {
      return List.of();
    }
    if (hosts.isEmpty()) {
      block.refuse(EntryKeys.Group.HOSTS, "a group needs at least one host");
    }
    List<String> claimed = new ArrayList<>();
    for (String host : hosts) {
      if (claim(group, host, block)) {
        claimed.add(host);
      }
    }
    return claimed;
  }

  private boolean claim(String group, String host, Block block) {
    if (!hostBlocks.containsKey(host)) {
      String hint = Spelling.hint(host, hostBlocks.keySet());
      block.refuse(EntryKeys.Group.HOSTS, "there is no host " + host + hint);
      return false;
    }
    String other = groupOfHost.putIfAbsent(host, group);
    if (other == null) {
      return true;
    }
    block.refuse(
        EntryKeys.Group.HOSTS,
        other.equals(group)
            ? host + " is listed twice"
            : host + " is in group " + other + " already; a host has one group");
    return false;
  }

  Map<String, HostConfig> hosts() {
    Map<String, HostConfig> hosts = new LinkedHashMap<>();
    hostBlocks.forEach((name, block) -> hosts.put(name, host(name, block)));
    return hosts;
  }

  private HostConfig host(String name, Block block) {
    block.onlyKnown(EntryKeys.Host.KIND.names());
    String group = groupOfHost.get(name);
    if (group == null) {
      block.refuseBlock("is in no group; list it in the hosts of one");
    }
    return new HostConfig(
        name,
        block.get(EntryKeys.Host.HOST),
        block.get(EntryKeys.Host.PORT),
        block.get(EntryKeys.Host.DBNAME),
        group,
        block.get(EntryKeys.Host.REGION),
        block.get(EntryKeys.Host.MAX_CONNECTIONS));
  }

  Map<String, DatabaseConfig> databases() {
    Map<String, DatabaseConfig> databases = new LinkedHashMap<>();
    top.children("databases").forEach((name, block) -> databases.put(name, database(name, block)));
    return databases;
  }

  private DatabaseConfig database(String name, Block block) {
    block.onlyKnown(EntryKeys.Database.KIND.names());
    if (RESERVED.contains(name)) {
      block.refuseBlock("this name is reserved for the console");
    }
    boolean sharded = block.get(EntryKeys.Database.SHARDED);
    checkKind(block, sharded);
    boolean ini = socketDirectory != null; // PgBouncer overlooks it
    if (!ini && block.has(EntryKeys.Database.PASSWORD) && !block.has(EntryKeys.Database.USER)) {
      block.refuse(EntryKeys.Database.PASSWORD, "needs user, whose password it is");
    }
    return new DatabaseConfig(
        name,
        sharded,
        host(sharded, block),
        block.get(EntryKeys.Database.LOAD_BALANCE_HOSTS),
        block.get(EntryKeys.Database.PORT),
        dbname(name, sharded, block),
        block.get(EntryKeys.Database.USER),
        block.get(EntryKeys.Database.PASSWORD),
        block.get(EntryKeys.Database.POOL_MODE),
        block.get(EntryKeys.Database.POOL_SIZE),
        block.get(EntryKeys.Database.MIN_POOL_SIZE),
        block.get(EntryKeys.Database.RESERVE_POOL_SIZE),
        block.get(EntryKeys.Database.MAX_DB_CONNECTIONS),
        block.get(EntryKeys.Database.MAX_DB_CLIENT_CONNECTIONS),
        block.get(EntryKeys.Database.CONNECT_QUERY),
        startup(block),
        block.get(EntryKeys.Database.SERVER_LIFETIME),
        block.get(EntryKeys.Database.QUERY_WAIT_TIMEOUT),
        block.get(EntryKeys.Database.SEARCH_PATH),
        block.get(EntryKeys.Database.WORKSPACE_SETTING),
        new DatabaseConfig.Lookup(
            block.get(EntryKeys.Database.AUTH_USER),
            block.get(EntryKeys.Database.AUTH_QUERY),
            authDbname(block)));
  }

  private String host(boolean sharded, Block block) {
    boolean local = !sharded && !block.has(EntryKeys.Database.HOST);
    return local ? socketDirectory : block.get(EntryKeys.Database.HOST);
  }

  private static Map<String, String> startup(Block block) {
    Map<String, String> parameters = new LinkedHashMap<>();
    for (EntryKeys.Key<String> key : EntryKeys.Database.STARTUP) {
      if (block.has(key)) {
        parameters.put(key.name(), block.get(key));
      }
    }
    return parameters;
  }

  private static String authDbname(Block block) {
    String dbname = block.get(EntryKeys.Database.AUTH_DBNAME);
    if (dbname != null && RESERVED.contains(dbname)) {
      block.refuse(EntryKeys.Database.AUTH_DBNAME, "the console has no users to ask for");
    }
    return dbname;
  }

  private static String dbname(String name, boolean sharded, Block block) {
    String dbname = block.get(EntryKeys.Database.DBNAME);
    return dbname == null && !sharded && !name.equals("*") ? name : dbname;
  }

  private void checkKind(Block block, boolean sharded) {
    for (EntryKeys.Key<?> key : sharded ? PLAIN_ONLY : SHARDED_ONLY) {
      if (block.has(key)) {
        block.refuse(
            key,
            sharded
                ? "a sharded database has no server of its own; the shard map says where to go"
                : "only a sharded database has this; set sharded = true or remove it");
      }
    }
    if (sharded && block.get(EntryKeys.Database.POOL_MODE) == PoolMode.SESSION) {
      block.refuse(
          EntryKeys.Database.POOL_MODE,
          "a sharded database cannot be pooled by session: a lease stays on one host");
    }
    if (!sharded && !block.has(EntryKeys.Database.HOST)) {
      checkSocket(block);
    }
  }

  private void checkSocket(Block block) {
    if (socketDirectory == null) {
      block.refuseBlock("host is missing; a sharded database needs sharded = true");
    } else if (socketDirectory.isEmpty()) {
      block.refuseBlock("host is missing, and unix_socket_dir is empty");
    }
  }

  /**
   * By number.
   *
   * @param poolSize of those that do not say
   */
  Map<Integer, PeerConfig> peers(int poolSize) {
    Map<Integer, PeerConfig> peers = new LinkedHashMap<>();
    top.children("peers").forEach((name, block) -> addPeer(peers, name, block, poolSize));
    return peers;
  }

  private static void addPeer(
      Map<Integer, PeerConfig> peers, String name, Block block, int poolSize) {
    block.onlyKnown(EntryKeys.Peer.KIND.names());
    try {
      int id = Values.peerId(name);
      int own = block.get(EntryKeys.Peer.POOL_SIZE);
      String host = block.get(EntryKeys.Peer.HOST);
      int port = block.get(EntryKeys.Peer.PORT);
      peers.put(id, new PeerConfig(id, host, port, own < 0 ? poolSize : own));
    } catch (IllegalArgumentException e) {
      block.refuseBlock(e.getMessage());
    }
  }

  Map<String, UserConfig> users() {
    Map<String, UserConfig> users = new LinkedHashMap<>();
    top.children("users").forEach((name, block) -> users.put(name, user(name, block)));
    return users;
  }

  private static UserConfig user(String name, Block block) {
    block.onlyKnown(EntryKeys.User.KIND.names());
    return new UserConfig(
        name,
        block.get(EntryKeys.User.PASSWORD),
        block.get(EntryKeys.User.POOL_MODE),
        block.get(EntryKeys.User.POOL_SIZE),
        block.get(EntryKeys.User.RESERVE_POOL_SIZE),
        block.get(EntryKeys.User.MAX_USER_CONNECTIONS),
        block.get(EntryKeys.User.MAX_USER_CLIENT_CONNECTIONS),
        new Timeouts(
            block.get(EntryKeys.User.QUERY_TIMEOUT),
            block.get(EntryKeys.User.QUERY_WAIT_TIMEOUT),
            block.get(EntryKeys.User.IDLE_TRANSACTION_TIMEOUT),
            block.get(EntryKeys.User.TRANSACTION_TIMEOUT),
            block.get(EntryKeys.User.CLIENT_IDLE_TIMEOUT)),
        block.get(EntryKeys.User.MAY_SET_SHARD));
  }
}
