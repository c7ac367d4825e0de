package dev.trunkline.proxy.auth;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Login names of the operating system by their number, from {@code /etc/passwd}. Users that only a
 * directory service knows are not in it.
 */
final class SystemUsers {
  private static final Path FILE = Path.of("/etc/passwd");

  private SystemUsers() {}

  static Map<Integer, String> read() throws IOException {
    return Files.isReadable(FILE) ? parse(Files.readString(FILE)) : Map.of();
  }

  /** The first name of a number counts, as for getpwuid. */
  static Map<Integer, String> parse(String text) {
    Map<Integer, String> names = new HashMap<>();
    for (String line : text.lines().toList()) {
      String[] fields = line.split(":", -1);
      if (fields.length >= 3 && fields[2].matches("[0-9]{1,9}")) {
        names.putIfAbsent(Integer.parseInt(fields[2]), fields[0]);
      }
    }
    return names;
  }
}
