package dev.trunkline.proxy.server;

import com.github.benmanes.caffeine.cache.Interner;
import dev.trunkline.shard.ReadingSettings;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * An immutable set of session settings, name to value, as a client wants them or as a server
 * connection has them. Interned: on the hot path two sets are compared by identity. Names are
 * compared without case, as PostgreSQL does.
 */
public final class SessionSettings {
  private static final Interner<SessionSettings> INTERNER = Interner.newWeakInterner();

  /** No setting differs from the server's defaults. */
  public static final SessionSettings EMPTY =
      INTERNER.intern(new SessionSettings(new String[0], new String[0]));

  private final String[] names;
  private final String[] values;
  private final int hash;

  /** See {@link #ofTexts}; null until it is asked for. */
  private SessionSettings ofTexts;

  /** Receives the steps from one set to another. */
  public interface Diff {
    /** Set it; a null value means back to the server's default. */
    void change(String name, String value);
  }

  private SessionSettings(String[] names, String[] values) {
    this.names = names;
    this.values = values;
    this.hash = 31 * Arrays.hashCode(names) + Arrays.hashCode(values);
  }

  public static SessionSettings of(Map<String, String> settings) {
    TreeMap<String, String> sorted = new TreeMap<>();
    settings.forEach((name, value) -> sorted.put(name.toLowerCase(Locale.ROOT), value));
    return INTERNER.intern(
        new SessionSettings(
            sorted.keySet().toArray(String[]::new), sorted.values().toArray(String[]::new)));
  }

  /** This set with one value replaced; null removes it. */
  public SessionSettings with(String name, String value) {
    String key = name.toLowerCase(Locale.ROOT);
    int at = Arrays.binarySearch(names, key);
    if (at >= 0 ? values[at].equals(value) : value == null) {
      return this;
    }
    TreeMap<String, String> changed = new TreeMap<>();
    for (int i = 0; i < names.length; i++) {
      changed.put(names[i], values[i]);
    }
    if (value == null) {
      changed.remove(key);
    } else {
      changed.put(key, value);
    }
    return of(changed);
  }

  /** The value, or null when the server's default counts. */
  public String get(String name) {
    int at = Arrays.binarySearch(names, name.toLowerCase(Locale.ROOT));
    return at < 0 ? null : values[at];
  }

  public int size() {
    return names.length;
  }

  /** Characters of all names and values, for limits. */
  public int length() {
    int length = 0;
    for (int i = 0; i < names.length; i++) {
      length += names[i].length() + values[i].length();
    }
    return length;
  }

  /**
   * Those by which PostgreSQL reads the text of a statement. Sets are immutable, so threads that
   * race find the same.
   */
  public SessionSettings ofTexts() {
    SessionSettings known = ofTexts;
    if (known == null) {
      Map<String, String> found = new HashMap<>();
      for (String name : ReadingSettings.NAMES) {
        String value = get(name);
        if (value != null) {
          found.put(name, value);
        }
      }
      known = of(found);
      ofTexts = known;
    }
    return known;
  }

  /** What has to be changed on a server that has this set so that it has {@code wanted}. */
  public void diff(SessionSettings wanted, Diff out) {
    for (String name : names) {
      if (wanted.get(name) == null) {
        out.change(name, null);
      }
    }
    for (int i = 0; i < wanted.names.length; i++) {
      String name = wanted.names[i];
      if (!wanted.values[i].equals(get(name))) {
        out.change(name, wanted.values[i]);
      }
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SessionSettings set
        && set.hash == hash
        && Arrays.equals(set.names, names)
        && Arrays.equals(set.values, values);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
