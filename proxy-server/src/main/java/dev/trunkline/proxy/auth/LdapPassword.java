package dev.trunkline.proxy.auth;

import com.unboundid.ldap.sdk.FailoverServerSet;
import com.unboundid.ldap.sdk.Filter;
import com.unboundid.ldap.sdk.LDAPConnection;
import com.unboundid.ldap.sdk.LDAPConnectionOptions;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.PostConnectProcessor;
import com.unboundid.ldap.sdk.RDN;
import com.unboundid.ldap.sdk.SearchResult;
import com.unboundid.ldap.sdk.SearchScope;
import com.unboundid.ldap.sdk.ServerSet;
import com.unboundid.ldap.sdk.StartTLSPostConnectProcessor;
import com.unboundid.util.ssl.HostNameSSLSocketVerifier;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;

/** Lets an LDAP server check one password. Blocks: never on an event loop. */
final class LdapPassword {
  private static final int TIMEOUT_MILLIS = 10_000;

  private final LdapOptions options;

  LdapPassword(LdapOptions options) {
    this.options = options;
  }

  /**
   * Why the user is not let in, for the log; nothing when it is. The password is not empty: LDAP
   * would take that for "I do not say who I am", and agree.
   */
  Optional<String> refusal(String user, String password) {
    try (LDAPConnection connection = servers().getConnection()) {
      String dn = options.baseDn() == null ? composed(user) : searched(connection, user);
      if (dn == null) {
        return Optional.of("LDAP: not exactly one entry for the user");
      }
      connection.bind(dn, password);
      return Optional.empty();
    } catch (LDAPException refused) {
      return Optional.of("LDAP: " + refused.getMessage());
    }
  }

  /** A name in a DN is escaped, so that it stays one; one such as {@code DOMAIN\joe} is not. */
  private String composed(String user) {
    boolean inDn = options.prefix().endsWith("=");
    return options.prefix()
        + (inDn ? new RDN("x", user).toString().substring(2) : user)
        + options.suffix();
  }

  private String searched(LDAPConnection connection, String user) throws LDAPException {
    if (!options.bindDn().isEmpty()) {
      connection.bind(options.bindDn(), options.bindPassword());
    }
    String filter = options.filter().replace(LdapOptions.USERNAME, Filter.encodeValue(user));
    SearchResult found =
        connection.search(options.baseDn(), SearchScope.SUB, Filter.create(filter), "1.1");
    return found.getEntryCount() == 1 ? found.getSearchEntries().getFirst().getDN() : null;
  }

  private ServerSet servers() {
    LDAPConnectionOptions limits = new LDAPConnectionOptions();
    limits.setConnectTimeoutMillis(TIMEOUT_MILLIS);
    limits.setResponseTimeoutMillis(TIMEOUT_MILLIS);
    limits.setSSLSocketVerifier(new HostNameSSLSocketVerifier(true));
    int[] ports = new int[options.servers().size()];
    Arrays.fill(ports, options.port());
    return new FailoverServerSet(
        options.servers().toArray(String[]::new),
        ports,
        options.ldaps() ? tls().getSocketFactory() : SocketFactory.getDefault(),
        limits,
        null,
        startTls());
  }

  private PostConnectProcessor startTls() {
    return options.startTls() ? new StartTLSPostConnectProcessor(tls()) : null;
  }

  /** Trusts whom the Java runtime trusts. */
  private static SSLContext tls() {
    try {
      return SSLContext.getDefault();
    } catch (NoSuchAlgorithmException broken) {
      throw new IllegalStateException("this Java runtime has no TLS", broken);
    }
  }
}
