package dev.trunkline.proxy.auth;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * The names a certificate gives its owner: common name, and alternative names that are DNS names or
 * e-mail addresses. They are compared as they are: a wildcard is for hosts, not for users.
 */
final class CertificateNames {
  private static final int RFC822 = 1;
  private static final int DNS = 2;

  private CertificateNames() {}

  /** Of the peer's certificate, which the handshake has verified; empty when there is none. */
  static Set<String> of(SSLSession session) {
    try {
      return session.getPeerCertificates()[0] instanceof X509Certificate certificate
          ? of(certificate)
          : Set.of();
    } catch (SSLPeerUnverifiedException none) {
      return Set.of();
    }
  }

  static Set<String> of(X509Certificate certificate) {
    Set<String> names = new HashSet<>();
    try {
      for (Rdn part : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
        if (part.getType().equalsIgnoreCase("CN") && part.getValue() instanceof String name) {
          names.add(name);
        }
      }
      addAlternatives(certificate, names);
    } catch (InvalidNameException | CertificateParsingException malformed) {
      return Set.of(); // half a list of names is none
    }
    return names;
  }

  private static void addAlternatives(X509Certificate certificate, Set<String> names)
      throws CertificateParsingException {
    if (certificate.getSubjectAlternativeNames() == null) {
      return;
    }
    for (List<?> alternative : certificate.getSubjectAlternativeNames()) {
      if (alternative.getFirst() instanceof Integer type
          && (type == RFC822 || type == DNS)
          && alternative.get(1) instanceof String name) {
        names.add(name);
      }
    }
  }
}
