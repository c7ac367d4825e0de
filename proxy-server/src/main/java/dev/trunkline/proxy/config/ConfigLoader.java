package dev.trunkline.proxy.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import dev.trunkline.shard.MapConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a configuration file, HOCON or PgBouncer's, and refuses it with everything that is wrong
 * with it.
 */
public final class ConfigLoader {
  static final List<String> BLOCKS =
      List.of("pgbouncer", "trunkline", "hosts", "groups", "databases", "users", "peers", "map");

  private static final String PGBOUNCER = "pgbouncer";
  private static final String TRUNKLINE = "trunkline";

  /** Typesafe Config puts the origin in front of its messages; the problem names it already. */
  private static final Pattern ORIGIN = Pattern.compile("^\\S.*?: \\d+: ");

  private ConfigLoader() {}

  /**
   * Reads and checks a file.
   *
   * @throws ConfigException with every problem and its line; a syntax error is one problem
   */
  public static ProxyConfig load(Path file) throws ConfigException {
    Problems problems = new Problems(file);
    ConfigObject root =
        switch (FileFormat.of(file)) {
          case HOCON -> parse(file, problems).root();
          case INI -> new IniReader(file, problems).read();
        };
    Block top = new Block("", root, problems);
    ProxyConfig config = read(file, top);
    problems.throwIfAny(config.settings().get(Keys.LOGFILE));
    return config;
  }

  /**
   * The configuration with one setting changed, as the console's SET does.
   *
   * @throws IllegalArgumentException with a sentence: unknown name, refused value, restart needed
   */
  public static ProxyConfig withSetting(ProxyConfig config, String name, String value) {
    Setting<?> setting = Keys.named(name);
    if (setting == null) {
      List<String> names = Keys.all().stream().map(Setting::name).toList();
      throw new IllegalArgumentException(name + ": unknown key" + Spelling.hint(name, names));
    }
    if (!setting.changeable()) {
      throw new IllegalArgumentException(name + " cannot be changed without a restart");
    }
    Settings changed = changed(config.settings(), setting, value);
    Checks.settings(
        changed,
        (refused, message) -> {
          throw new IllegalArgumentException(refused.name() + ": " + message);
        });
    return config.withSettings(changed);
  }

  private static Settings changed(Settings settings, Setting<?> setting, String value) {
    try {
      return settings.with(setting, value);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(setting.name() + ": " + e.getMessage(), e);
    }
  }

  private static Config parse(Path file, Problems problems) throws ConfigException {
    ConfigParseOptions options =
        ConfigParseOptions.defaults().setSyntax(ConfigSyntax.CONF).setAllowMissing(false);
    try {
      return ConfigFactory.parseFile(file.toFile(), options).resolve();
    } catch (com.typesafe.config.ConfigException e) {
      Matcher origin = ORIGIN.matcher(e.getMessage());
      problems.add(e.origin(), origin.replaceFirst(""));
      problems.throwIfAny();
      throw e;
    }
  }

  private static ProxyConfig read(Path file, Block top) {
    top.onlyKnown(BLOCKS);
    FileFormat format = FileFormat.of(file);
    Settings settings = settings(top, format);
    boolean ini = format == FileFormat.INI;
    Entries entries = new Entries(top, ini ? settings.get(Keys.UNIX_SOCKET_DIR) : null);
    Map<String, GroupConfig> groups = entries.groups();
    Map<String, HostConfig> hosts = entries.hosts();
    Map<String, DatabaseConfig> databases = entries.databases();
    Checks.listeners(top, settings, groups);
    Map<String, UserConfig> users = AuthFile.join(settings, entries.users(), top);
    return new ProxyConfig(
        file,
        settings,
        hosts,
        groups,
        databases,
        users,
        entries.peers(settings.get(Keys.DEFAULT_POOL_SIZE)),
        new DarkReadEntries(groups.keySet(), hosts.keySet()).read(top.child(TRUNKLINE)),
        map(file, top, entries, databases),
        TablesReader.read(top));
  }

  private static MapConfig map(
      Path file, Block top, Entries entries, Map<String, DatabaseConfig> databases) {
    if (top.has("map")) {
      return new MapReader(top, entries.hostNames(), file).read();
    }
    databases.values().stream()
        .filter(DatabaseConfig::sharded)
        .forEach(
            database ->
                top.child("databases")
                    .child(database.name())
                    .refuse("sharded", "a sharded database needs the block map"));
    return null;
  }

  private static Settings settings(Block top, FileFormat format) {
    Map<Setting<?>, Object> values = new HashMap<>();
    Map<Setting<?>, String> texts = new HashMap<>();
    Map<String, Block> blocks =
        Map.of(PGBOUNCER, top.child(PGBOUNCER), TRUNKLINE, top.child(TRUNKLINE));
    for (Setting<?> setting : Keys.all()) {
      Block block = blocks.get(blockOf(setting));
      Object value = block.get(keyOf(setting), setting);
      if (value != null) {
        values.put(setting, value);
        texts.put(setting, Values.canonical(value, block.text(keyOf(setting))));
      } else if (format == FileFormat.INI) {
        values.put(setting, setting.parser().apply(setting.iniDefault()));
        texts.put(setting, setting.iniDefault());
      }
    }
    blocks.get(PGBOUNCER).onlyKnown(keysOf(PGBOUNCER), Keys.NOT_HONOURED);
    List<String> own = new ArrayList<>(keysOf(TRUNKLINE));
    own.add(DarkReadEntries.BLOCK);
    blocks.get(TRUNKLINE).onlyKnown(own);
    Settings settings = new Settings(values, texts);
    Checks.settings(
        settings,
        (setting, message) -> blocks.get(blockOf(setting)).refuse(keyOf(setting), message));
    return settings;
  }

  private static List<String> keysOf(String block) {
    return Keys.all().stream()
        .filter(setting -> blockOf(setting).equals(block))
        .map(ConfigLoader::keyOf)
        .toList();
  }

  private static boolean isOwn(Setting<?> setting) {
    return setting.name().startsWith(Keys.OWN_PREFIX);
  }

  /** The block of the file that a setting stands in. */
  static String blockOf(Setting<?> setting) {
    return isOwn(setting) ? TRUNKLINE : PGBOUNCER;
  }

  /** The name of a setting inside its block. */
  static String keyOf(Setting<?> setting) {
    return isOwn(setting) ? setting.name().substring(Keys.OWN_PREFIX.length()) : setting.name();
  }
}
