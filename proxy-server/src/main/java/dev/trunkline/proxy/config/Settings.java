package dev.trunkline.proxy.config;

import java.util.HashMap;
import java.util.Map;

/** The values of all declared settings at one moment; immutable. */
public final class Settings {
  /** What carries the sockets: {@code trunkline.transport}. */
  public enum Transport {
    /** The first of the others that works here. */
    AUTO,
    IO_URING,
    EPOLL,
    NIO
  }

  /** What a pause that has lasted for too long does. */
  public enum HoldEnd {
    RESUME,
    FAIL
  }

  /** What a line of the log looks like: {@code trunkline.log_format}. */
  public enum LogFormat {
    /** PgBouncer's lines. */
    TEXT,
    /** One JSON object per line. */
    JSON
  }

  /** What becomes of session state in transaction mode: {@code trunkline.session_state}. */
  public enum SessionState {
    /** The client keeps its server connection for as long as the state lives. */
    PIN,
    /** The state is thrown away when the transaction ends. */
    DISCARD
  }

  /** What becomes of a statement whose key is not that of its workspace: sql_firewall. */
  public enum SqlFirewall {
    /** It is refused. */
    REFUSE,
    /** It is counted, and the first of its shape logged. */
    REPORT,
    /** Statements with a declared workspace are not read. */
    OFF
  }

  private final Map<Setting<?>, Object> values;
  private final Map<Setting<?>, String> texts;

  Settings(Map<Setting<?>, Object> values, Map<Setting<?>, String> texts) {
    this.values = Map.copyOf(values);
    this.texts = Map.copyOf(texts);
  }

  /** Every setting at its default. */
  public static Settings defaults() {
    return new Settings(Map.of(), Map.of());
  }

  /** The parsed value, the default's where the file is silent. */
  @SuppressWarnings("unchecked")
  public <T> T get(Setting<T> setting) {
    Object value = values.get(setting);
    return value == null ? setting.defaultValue() : (T) value;
  }

  /** The value as text, as SHOW CONFIG prints it. */
  public String text(Setting<?> setting) {
    return texts.getOrDefault(setting, setting.defaultText());
  }

  /**
   * These settings with one of them changed.
   *
   * @throws IllegalArgumentException with a sentence, when the text is refused
   */
  public <T> Settings with(Setting<T> setting, String text) {
    T value = setting.parser().apply(text);
    Map<Setting<?>, Object> newValues = new HashMap<>(values);
    Map<Setting<?>, String> newTexts = new HashMap<>(texts);
    newValues.put(setting, value);
    newTexts.put(setting, Values.canonical(value, text));
    return new Settings(newValues, newTexts);
  }

  /** These settings, but with the other's values where a change needs a restart. */
  Settings withStartValuesOf(Settings running) {
    Map<Setting<?>, Object> newValues = new HashMap<>(values);
    Map<Setting<?>, String> newTexts = new HashMap<>(texts);
    for (Setting<?> setting : Keys.all()) {
      if (!setting.changeable()) {
        newValues.put(setting, running.get(setting));
        newTexts.put(setting, running.text(setting));
      }
    }
    return new Settings(newValues, newTexts);
  }
}
