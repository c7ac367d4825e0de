package dev.trunkline.shard;

import java.io.Serial;

/** The map was not changed, or it is not known whether it was; the message is a sentence. */
public final class MapChangeException extends Exception {
  @Serial private static final long serialVersionUID = 1;

  /** What is known of the map afterwards. */
  public enum Fate {
    /** The change makes no sense, or may not be made; nothing has changed. */
    REFUSED,
    /** It may be in force: see {@link MapChanges#version}. */
    UNKNOWN
  }

  private final Fate fate;

  MapChangeException(Fate fate, String message, Throwable cause) {
    super(message, cause);
    this.fate = fate;
  }

  public Fate fate() {
    return fate;
  }
}
