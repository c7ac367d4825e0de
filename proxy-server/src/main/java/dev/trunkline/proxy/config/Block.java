package dev.trunkline.proxy.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;

/**
 * One block of the file while it is read: typed values, and problems named by key and line. A value
 * that is refused leaves its problem behind and counts as absent, so that reading goes on.
 */
final class Block {
  private final String path;
  private final ConfigObject object;
  private final Problems problems;
  private final Map<String, Block> children = new HashMap<>();

  Block(String path, ConfigObject object, Problems problems) {
    this.path = path;
    this.object = object;
    this.problems = problems;
  }

  boolean has(String key) {
    ConfigValue value = object.get(key);
    return value != null && value.valueType() != ConfigValueType.NULL;
  }

  boolean has(EntryKeys.Key<?> key) {
    return has(key.name());
  }

  <T> T get(EntryKeys.Key<T> key) {
    if (key.required() && !has(key)) {
      refuseBlock(key.name() + " is missing");
      return key.absent();
    }
    return get(key.name(), key.setting(), key.absent());
  }

  /** The value of a setting, null when absent or refused. */
  <T> T get(String key, Setting<T> declared) {
    return get(key, declared, null);
  }

  /** The value parsed as the declaration says, or the fallback when absent or refused. */
  private <T> T get(String key, Setting<T> declared, T fallback) {
    String text = text(key);
    if (text == null) {
      return fallback;
    }
    try {
      return declared.parser().apply(text);
    } catch (IllegalArgumentException e) {
      refuse(key, e.getMessage());
      return fallback;
    }
  }

  /** The value as text, elements of a list with commas between; null when absent or a block. */
  String text(String key) {
    ConfigValue value = object.get(key);
    if (value == null) {
      return null;
    }
    return switch (value.valueType()) {
      case NULL -> null;
      case OBJECT -> {
        refuse(key, "is a block where a value belongs");
        yield null;
      }
      case LIST -> joined((ConfigList) value);
      case NUMBER, BOOLEAN, STRING -> scalar(value);
    };
  }

  private static String joined(ConfigList list) {
    StringJoiner text = new StringJoiner(",");
    for (ConfigValue element : list) {
      text.add(scalar(element));
    }
    return text.toString();
  }

  /** As it was written: unwrapping would turn 1.50 into 1.5 and 007 into 7. */
  private static String scalar(ConfigValue value) {
    return switch (value.valueType()) {
      case NUMBER, BOOLEAN, STRING -> value.atKey("v").getString("v");
      case NULL, LIST, OBJECT -> value.render();
    };
  }

  /** The block under that key; an empty one when absent. */
  Block child(String key) {
    return children.computeIfAbsent(key, this::newChild);
  }

  private Block newChild(String key) {
    ConfigValue value = object.get(key);
    if (value instanceof ConfigObject child) {
      return new Block(pathOf(key), child, problems);
    }
    if (has(key)) {
      refuse(key, "is a value where a block { ... } belongs");
    }
    return new Block(pathOf(key), object.withOnlyKey(""), problems);
  }

  /** The blocks under that key by their names, in the order of the lines. */
  Map<String, Block> children(String key) {
    Block parent = child(key);
    Map<String, Block> children = new LinkedHashMap<>();
    for (String name : parent.names()) {
      children.put(name, parent.child(name));
    }
    return children;
  }

  /** Keys in the order of the lines. */
  List<String> names() {
    return object.keySet().stream().sorted(Comparator.comparingInt(this::line)).toList();
  }

  private int line(String key) {
    return object.get(key).origin().lineNumber();
  }

  void onlyKnown(Collection<String> known) {
    onlyKnown(known, Set.of());
  }

  /** Refuses every other key; those that PgBouncer has and this program has not with the reason. */
  void onlyKnown(Collection<String> known, Set<String> notHonoured) {
    for (String key : names()) {
      if (notHonoured.contains(key)) {
        refuse(key, "this version does not honour this setting of PgBouncer; remove it");
      } else if (!known.contains(key)) {
        refuse(key, "unknown key" + Spelling.hint(key, known));
      }
    }
  }

  /** Adds a problem with the value of that key. */
  void refuse(String key, String message) {
    ConfigValue value = object.get(key);
    ConfigOrigin origin = value == null ? null : value.origin();
    if (origin == null || origin.lineNumber() < 0) {
      origin = object.origin();
    }
    problems.add(origin, pathOf(key) + ": " + message);
  }

  void refuse(EntryKeys.Key<?> key, String message) {
    refuse(key.name(), message);
  }

  /** Adds a problem with the block as a whole. */
  void refuseBlock(String message) {
    problems.add(object.origin(), path.isEmpty() ? message : path + ": " + message);
  }

  String pathOf(String key) {
    String quoted = ConfigUtil.joinPath(key);
    return path.isEmpty() ? quoted : path + "." + quoted;
  }
}
