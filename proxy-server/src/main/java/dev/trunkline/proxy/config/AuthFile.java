package dev.trunkline.proxy.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * PgBouncer's {@code auth_file}: a line {@code "user" "secret"} for each user, what follows is
 * ignored; {@code ;} begins a comment, two quotes within a text are one.
 */
final class AuthFile {
  private static final int MAX_NAME_BYTES = 127;
  private static final int MAX_SECRET_BYTES = 65_530;

  private final String line;
  private int at;

  private AuthFile(String line) {
    this.line = line;
  }

  /** The users of the configuration and those of the file, whose secrets the former lack. */
  static Map<String, UserConfig> join(
      Settings settings, Map<String, UserConfig> configured, Block problems) {
    Map<String, UserConfig> users = new LinkedHashMap<>(configured);
    String file = settings.get(Keys.AUTH_FILE);
    if (!file.isEmpty() && Files.isReadable(Path.of(file))) {
      try {
        parse(Files.readString(Path.of(file)))
            .forEach((name, secret) -> users.merge(name, user(name, secret), AuthFile::filled));
      } catch (IOException | IllegalArgumentException wrong) {
        problems.refuseBlock("auth_file " + file + ": " + wrong.getMessage());
      }
    }
    return users;
  }

  private static UserConfig user(String name, String secret) {
    return new UserConfig(name, secret, null, -1, -1, -1, -1, Timeouts.NOT_SET, false);
  }

  private static UserConfig filled(UserConfig own, UserConfig fromFile) {
    return own.secret() != null ? own : own.withSecret(fromFile.secret());
  }

  /**
   * Reads the text of a file; a name that comes again counts as written last.
   *
   * @throws IllegalArgumentException naming the line; never quoting it, for the secret in it
   */
  static Map<String, String> parse(String text) {
    Map<String, String> secrets = new LinkedHashMap<>();
    List<String> lines = text.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      try {
        new AuthFile(lines.get(i)).read(secrets);
      } catch (IllegalArgumentException wrong) {
        throw new IllegalArgumentException("line " + (i + 1) + ": " + wrong.getMessage(), wrong);
      }
    }
    return secrets;
  }

  private void read(Map<String, String> secrets) {
    skipBlanks();
    if (at == line.length() || line.charAt(at) == ';') {
      return;
    }
    String name = quoted("the user's name", MAX_NAME_BYTES);
    skipBlanks();
    String secret = quoted("the secret", MAX_SECRET_BYTES);
    if (name.isEmpty()) {
      throw new IllegalArgumentException("the user's name is empty");
    }
    secrets.put(name, Values.secret(secret));
  }

  private void skipBlanks() {
    while (at < line.length() && Character.isWhitespace(line.charAt(at))) {
      at++;
    }
  }

  private String quoted(String what, int maxBytes) {
    if (at == line.length() || line.charAt(at) != '"') {
      throw new IllegalArgumentException(what + " is not in double quotes");
    }
    StringBuilder text = new StringBuilder();
    while (true) {
      int end = line.indexOf('"', at + 1);
      if (end < 0) {
        throw new IllegalArgumentException(what + " has no closing quote");
      }
      text.append(line, at + 1, end);
      at = end + 1;
      if (at == line.length() || line.charAt(at) != '"') {
        return checked(text.toString(), what, maxBytes);
      }
      text.append('"');
    }
  }

  private static String checked(String text, String what, int maxBytes) {
    if (text.getBytes(StandardCharsets.UTF_8).length > maxBytes) {
      throw new IllegalArgumentException(what + " is longer than " + maxBytes + " bytes");
    }
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(what + " has a NUL character");
    }
    return text;
  }
}
