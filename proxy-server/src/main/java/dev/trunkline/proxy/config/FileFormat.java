package dev.trunkline.proxy.config;

import java.nio.file.Path;

/** How a configuration file is written; both say the same things, with the same keys. */
public enum FileFormat {
  HOCON,
  /** PgBouncer's. */
  INI;

  /** A file whose name ends with {@code .ini} is PgBouncer's. */
  public static FileFormat of(Path file) {
    return file.toString().endsWith(".ini") ? INI : HOCON;
  }
}
