package dev.trunkline.shard;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * A home, and as whom it is logged in to.
 *
 * @param password null for none
 */
public record HomeLogin(Home home, String user, String password) {
  private static final Set<String> KEYS = Set.of("user", "password");

  /**
   * Reads {@code host=… port=… dbname=… user=… password=…} as libpq does. The text is a secret: no
   * message repeats it.
   *
   * @throws IllegalArgumentException as a sentence, for anything else
   */
  public static HomeLogin parse(String text) {
    Map<String, String> pairs;
    try {
      pairs = Home.pairs(text);
    } catch (IllegalArgumentException e) {
      throw malformed();
    }
    Set<String> known = new HashSet<>(Home.KEYS);
    known.addAll(KEYS);
    if (!known.containsAll(pairs.keySet())) {
      throw malformed();
    }
    if (pairs.getOrDefault("user", "").isBlank()) {
      throw new IllegalArgumentException("It needs a user: a role that may read on both sides.");
    }
    return new HomeLogin(Home.of(pairs), pairs.get("user"), pairs.get("password"));
  }

  private static IllegalArgumentException malformed() {
    return new IllegalArgumentException(
        "It is not of the form host=… port=… dbname=… user=… password=….");
  }

  /** Without the password. */
  @Override
  public String toString() {
    return home + " user=" + user;
  }
}
