package dev.trunkline.wire;

import java.util.Locale;
import java.util.Set;

/** What a login asks for with the startup parameter {@code replication}. */
public enum Replication {
  /** An ordinary session. */
  NONE("none", "no"),
  /** The log of the whole server, and base backups: {@code replication=true}. */
  PHYSICAL("physical", "yes"),
  /** Decoded changes of one database, and SQL beside them: {@code replication=database}. */
  LOGICAL("logical", "database");

  private static final Set<String> ON = Set.of("true", "on", "yes", "1");
  private static final Set<String> OFF = Set.of("", "false", "off", "no", "0");

  private final String text;
  private final String parameter;

  Replication(String text, String parameter) {
    this.text = text;
    this.parameter = parameter;
  }

  /** As PgBouncer's views say it. */
  public String text() {
    return text;
  }

  /** What the startup parameter says for it. */
  public String parameter() {
    return parameter;
  }

  /**
   * Reads the startup parameter.
   *
   * @param value null when it is not there
   * @throws ProtocolViolation for a value that PostgreSQL refuses, in its words
   */
  public static Replication of(String value) {
    String word = value == null ? "" : value.toLowerCase(Locale.ROOT);
    if (word.equals(LOGICAL.parameter)) {
      return LOGICAL;
    }
    if (ON.contains(word)) {
      return PHYSICAL;
    }
    if (OFF.contains(word)) {
      return NONE;
    }
    throw new ProtocolViolation(
        "22023",
        "invalid value for parameter \"replication\": \"" + value + "\"",
        "Valid values are: \"false\", 0, \"true\", 1, \"database\".");
  }
}
