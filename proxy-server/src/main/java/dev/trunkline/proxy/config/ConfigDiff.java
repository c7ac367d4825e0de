package dev.trunkline.proxy.config;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** What a RELOAD changes, for its log, and which part of it has to wait for a restart. */
public final class ConfigDiff {
  /**
   * One difference.
   *
   * @param sentence key and values, such as {@code hosts.host-1.port: 5432 -> 5433}; no secrets
   * @param needsRestart whether the old value stays in force until the process is restarted
   */
  public record Change(String sentence, boolean needsRestart) {
    @Override
    public String toString() {
      return needsRestart ? sentence + "; needs a restart" : sentence;
    }
  }

  /** Blocks of names beyond this many differences are summed up in one sentence. */
  private static final int MANY = 20;

  private static final Set<String> SECRETS = Set.of("password", "secret");
  private static final Set<String> LISTENER = Set.of("listenAddr", "listenPort");

  private final List<Change> changes = new ArrayList<>();

  private ConfigDiff() {}

  /** Every difference: settings in their order, then the blocks, each sorted by name. */
  public static List<Change> between(ProxyConfig old, ProxyConfig now) {
    ConfigDiff diff = new ConfigDiff();
    diff.settings(old.settings(), now.settings());
    diff.entries("hosts", old.hosts(), now.hosts());
    diff.entries("groups", old.groups(), now.groups());
    diff.entries("databases", old.databases(), now.databases());
    diff.entries("users", old.users(), now.users());
    diff.entries("peers", texts(old.peers()), texts(now.peers()));
    diff.entries("trunkline.dark_reads", old.darkReads(), now.darkReads());
    diff.map(old, now);
    diff.tables(old.tables(), now.tables());
    return List.copyOf(diff.changes);
  }

  /** What may be in force now: the new configuration with the old values where a restart is due. */
  public static ProxyConfig applicable(ProxyConfig old, ProxyConfig now) {
    Map<String, GroupConfig> groups = new HashMap<>();
    now.groups()
        .forEach((name, group) -> groups.put(name, listeningAs(old.groups().get(name), group)));
    return new ProxyConfig(
        now.file(),
        now.settings().withStartValuesOf(old.settings()),
        now.hosts(),
        groups,
        now.databases(),
        now.users(),
        now.peers(),
        now.darkReads(),
        switchesMap(old, now) ? old.map() : now.map(),
        now.tables());
  }

  private static GroupConfig listeningAs(GroupConfig old, GroupConfig now) {
    return new GroupConfig(
        now.name(),
        now.hosts(),
        old == null ? null : old.listenAddr(),
        old == null ? 0 : old.listenPort(),
        now.maxClientConn(),
        now.poolSize(),
        now.maxConnections());
  }

  private void settings(Settings old, Settings now) {
    for (Setting<?> setting : Keys.all()) {
      String before = old.text(setting);
      String after = now.text(setting);
      if (!before.equals(after)) {
        changed(setting.name(), before, after, !setting.changeable());
      }
    }
  }

  private void entries(String block, Map<String, ?> old, Map<String, ?> now) {
    Set<String> names = new TreeSet<>(old.keySet());
    names.addAll(now.keySet());
    names.removeIf(name -> Objects.equals(old.get(name), now.get(name)));
    if (names.size() > MANY) {
      changes.add(new Change("%s: %d entries changed".formatted(block, names.size()), false));
      return;
    }
    for (String name : names) {
      entry(block + "." + name, old.get(name), now.get(name));
    }
  }

  private void entry(String path, Object old, Object now) {
    if (old == null || now == null) {
      boolean listener =
          (old == null ? now : old) instanceof GroupConfig g && g.listenAddr() != null;
      changes.add(new Change(path + (old == null ? ": added" : ": removed"), listener));
    } else if (old instanceof Record before && now instanceof Record after) {
      components(path, before, after);
    } else {
      changed(path, old, now, false);
    }
  }

  private void components(String path, Record old, Record now) {
    for (RecordComponent component : old.getClass().getRecordComponents()) {
      Object before = value(component, old);
      Object after = value(component, now);
      if (Objects.equals(before, after)) {
        continue;
      }
      String key = path + "." + keyOf(component.getName());
      if (before instanceof Record inner && after instanceof Record newInner) {
        components(key, inner, newInner);
      } else if (before instanceof Map<?, ?> names && after instanceof Map<?, ?> newNames) {
        entries(key, texts(names), texts(newNames));
      } else if (SECRETS.contains(component.getName())) {
        changes.add(new Change(key + ": changed", false));
      } else {
        changed(key, before, after, LISTENER.contains(component.getName()));
      }
    }
  }

  private static Map<String, Object> texts(Map<?, ?> names) {
    Map<String, Object> texts = new HashMap<>();
    names.forEach((name, value) -> texts.put(name.toString(), value));
    return texts;
  }

  private static Object value(RecordComponent component, Record record) {
    try {
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot read " + component, e);
    }
  }

  /** {@code maxConnections} as the file writes it; a user's secret is its password there. */
  private static String keyOf(String component) {
    if (component.equals("secret")) {
      return "password";
    }
    return component.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }

  private void map(ProxyConfig old, ProxyConfig now) {
    if (switchesMap(old, now)) {
      changes.add(new Change("map: another type", true));
    } else if (old.map() instanceof Record before && now.map() instanceof Record after) {
      components("map", before, after);
    }
  }

  private void tables(TablesConfig old, TablesConfig now) {
    if (!Objects.equals(old, now)) {
      entry("map.sharded_tables", old, now);
    }
  }

  private static boolean switchesMap(ProxyConfig old, ProxyConfig now) {
    return typeOf(old.map()) != typeOf(now.map());
  }

  private static Class<?> typeOf(Object map) {
    return map == null ? Void.class : map.getClass();
  }

  private void changed(String key, Object before, Object after, boolean needsRestart) {
    changes.add(
        new Change("%s: %s -> %s".formatted(key, shown(before), shown(after)), needsRestart));
  }

  private static String shown(Object value) {
    return switch (value) {
      case null -> "not set";
      case Integer number when number < 0 -> "not set";
      case String text when text.isEmpty() -> "\"\"";
      default -> Values.canonical(value, value.toString());
    };
  }
}
