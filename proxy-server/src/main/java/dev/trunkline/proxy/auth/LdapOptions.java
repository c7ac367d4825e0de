package dev.trunkline.proxy.auth;

import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.LDAPURL;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where and how an LDAP server checks passwords: the {@code ldap…} options of pg_hba.conf. With a
 * base DN the user's entry is searched for, else its name is made from prefix and suffix.
 *
 * @param servers tried in this order
 * @param port 389, or 636 for ldaps, unless given
 * @param ldaps whether the connection begins with TLS
 * @param startTls whether it is upgraded to TLS
 * @param prefix in front of the user's name, for a bind without a search
 * @param suffix behind it
 * @param baseDn where the search begins; null for none
 * @param bindDn who searches; "" for anonymous
 * @param bindPassword its password
 * @param filter what is searched for, {@code $username} standing for the name
 */
record LdapOptions(
    List<String> servers,
    int port,
    boolean ldaps,
    boolean startTls,
    String prefix,
    String suffix,
    String baseDn,
    String bindDn,
    String bindPassword,
    String filter) {
  static final String USERNAME = "$username";

  private static final Set<String> KNOWN =
      Set.of(
          "ldapserver",
          "ldapport",
          "ldapscheme",
          "ldaptls",
          "ldapprefix",
          "ldapsuffix",
          "ldapbasedn",
          "ldapbinddn",
          "ldapbindpasswd",
          "ldapsearchattribute",
          "ldapsearchfilter",
          "ldapurl");

  /** Reads {@code auth_ldap_options}. */
  static LdapOptions parse(String text) {
    return of(RuleLine.of(text).options());
  }

  /**
   * @throws IllegalArgumentException with a sentence
   */
  static LdapOptions of(Map<String, String> given) {
    Map<String, String> options = new HashMap<>(given);
    for (String name : options.keySet()) {
      if (!KNOWN.contains(name)) {
        throw new IllegalArgumentException("unknown LDAP option " + name);
      }
    }
    if (options.containsKey("ldapurl")) {
      readUrl(options);
    }
    return of(options, scheme(options.getOrDefault("ldapscheme", "ldap")));
  }

  private static LdapOptions of(Map<String, String> options, boolean ldaps) {
    List<String> servers = List.of(options.getOrDefault("ldapserver", "").strip().split("\\s+"));
    if (servers.getFirst().isEmpty()) {
      throw new IllegalArgumentException("ldapserver is missing");
    }
    String baseDn = options.get("ldapbasedn");
    boolean affixes = options.containsKey("ldapprefix") || options.containsKey("ldapsuffix");
    if (affixes == (baseDn != null)) {
      throw new IllegalArgumentException(
          "either ldapbasedn, or ldapprefix and ldapsuffix are needed, and not both");
    }
    return new LdapOptions(
        servers,
        port(options.getOrDefault("ldapport", ldaps ? "636" : "389")),
        ldaps,
        startTls(options.getOrDefault("ldaptls", "0"), ldaps),
        options.getOrDefault("ldapprefix", ""),
        options.getOrDefault("ldapsuffix", ""),
        baseDn,
        options.getOrDefault("ldapbinddn", ""),
        options.getOrDefault("ldapbindpasswd", ""),
        filter(options));
  }

  private static void readUrl(Map<String, String> options) {
    try {
      LDAPURL url = new LDAPURL(options.remove("ldapurl"));
      options.put("ldapscheme", url.getScheme());
      options.put("ldapserver", url.getHost());
      options.put("ldapport", String.valueOf(url.getPort()));
      options.put("ldapbasedn", url.getBaseDN().toString());
      if (url.attributesProvided()) {
        options.put("ldapsearchattribute", url.getAttributes()[0]);
      }
      if (url.filterProvided()) {
        options.put("ldapsearchfilter", url.getFilter().toString());
      }
    } catch (LDAPException wrong) {
      throw new IllegalArgumentException("ldapurl: " + wrong.getMessage(), wrong);
    }
  }

  private static boolean scheme(String text) {
    return switch (text) {
      case "ldap" -> false;
      case "ldaps" -> true;
      default -> throw new IllegalArgumentException("ldapscheme is neither ldap nor ldaps");
    };
  }

  private static boolean startTls(String text, boolean ldaps) {
    if (!text.equals("0") && !text.equals("1")) {
      throw new IllegalArgumentException("ldaptls is neither 0 nor 1");
    }
    if (text.equals("1") && ldaps) {
      throw new IllegalArgumentException("ldaptls=1 is not for ldaps");
    }
    return text.equals("1");
  }

  private static int port(String text) {
    if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) > 65_535) {
      throw new IllegalArgumentException("ldapport is not a port");
    }
    return Integer.parseInt(text);
  }

  private static String filter(Map<String, String> options) {
    String attribute = options.getOrDefault("ldapsearchattribute", "uid");
    return options.getOrDefault("ldapsearchfilter", "(" + attribute + "=" + USERNAME + ")");
  }

  @Override
  public String toString() {
    return "LdapOptions[" + servers + "]"; // never the password
  }
}
