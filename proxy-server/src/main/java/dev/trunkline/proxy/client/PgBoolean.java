package dev.trunkline.proxy.client;

import java.util.Locale;

/** PostgreSQL's way of writing truth values in settings: any beginning that is not ambiguous. */
final class PgBoolean {
  private PgBoolean() {}

  static boolean isFalse(String value) {
    String lower = value.strip().toLowerCase(Locale.ROOT);
    return lower.equals("0")
        || lower.equals("of")
        || lower.equals("off")
        || (!lower.isEmpty() && ("false".startsWith(lower) || "no".startsWith(lower)));
  }

  static boolean isTrue(String value) {
    String lower = value.strip().toLowerCase(Locale.ROOT);
    return lower.equals("1")
        || lower.equals("on")
        || (!lower.isEmpty() && ("true".startsWith(lower) || "yes".startsWith(lower)));
  }
}
