package dev.trunkline.proxy.auth;

/**
 * What is demanded of one client.
 *
 * @param method how it proves who it is
 * @param names which names of certificates and of the system stand for which users
 * @param ldap who checks the password; null for other methods than {@link Method#LDAP}
 */
public record Demand(Method method, IdentMap names, LdapOptions ldap) {
  static Demand of(Method method) {
    return new Demand(method, IdentMap.SAME, null);
  }
}
