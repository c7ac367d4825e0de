package dev.trunkline.proxy.auth;

import dev.trunkline.proxy.config.AuthType;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.Settings;
import dev.trunkline.wire.Replication;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** What one configuration demands of which client. Immutable. */
public final class AccessRules {
  private final Demand everybody;
  private final List<HbaRule> rules;
  private final Map<Integer, String> systemUsers;

  private AccessRules(Demand everybody, List<HbaRule> rules, Map<Integer, String> systemUsers) {
    this.everybody = everybody;
    this.rules = List.copyOf(rules);
    this.systemUsers = Map.copyOf(systemUsers);
  }

  /**
   * Reads the files that the settings name.
   *
   * @param warnings takes sentences for the log
   * @throws IOException with a sentence that names the setting
   */
  public static AccessRules of(Settings settings, Consumer<String> warnings) throws IOException {
    AuthType type = settings.get(Keys.AUTH_TYPE);
    return switch (type) {
      case HBA -> new AccessRules(null, rules(settings, warnings), SystemUsers.read());
      case LDAP -> forAll(new Demand(Method.LDAP, IdentMap.SAME, ldap(settings)));
      case ANY, TRUST, PLAIN, MD5, SCRAM_SHA_256, CERT ->
          forAll(Demand.of(Method.valueOf(type.name())));
    };
  }

  private static AccessRules forAll(Demand demand) {
    return new AccessRules(demand, List.of(), Map.of());
  }

  private static LdapOptions ldap(Settings settings) throws IOException {
    try {
      return LdapOptions.parse(settings.get(Keys.AUTH_LDAP_OPTIONS));
    } catch (IllegalArgumentException wrong) {
      throw new IOException("auth_ldap_options: " + wrong.getMessage(), wrong);
    }
  }

  private static List<HbaRule> rules(Settings settings, Consumer<String> warnings)
      throws IOException {
    Path file = Path.of(settings.get(Keys.AUTH_HBA_FILE));
    return HbaParser.parse(
        Files.readString(file),
        file.toAbsolutePath().getParent(),
        maps(settings, warnings),
        warning -> warnings.accept("auth_hba_file " + file + ", " + warning));
  }

  private static Map<String, IdentMap> maps(Settings settings, Consumer<String> warnings)
      throws IOException {
    String file = settings.get(Keys.AUTH_IDENT_FILE);
    return file.isEmpty()
        ? Map.of()
        : IdentMap.parse(
            Files.readString(Path.of(file)),
            warning -> warnings.accept("auth_ident_file " + file + ", " + warning));
  }

  /** The login name of a user of the operating system, for {@code peer}; null if there is none. */
  public String systemUser(int uid) {
    return systemUsers.get(uid);
  }

  /** What is demanded of that client, by the first rule that is for it; null when there is none. */
  public Demand demand(ClientFacts client, Replication replication, String database, String user) {
    if (everybody != null) {
      return everybody;
    }
    for (HbaRule rule : rules) {
      if (rule.covers(client, replication, database, user)) {
        return rule.demand();
      }
    }
    return null;
  }
}
