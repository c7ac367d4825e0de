package dev.trunkline.proxy.auth;

import java.net.InetAddress;
import java.util.Set;
import javax.net.ssl.SSLSession;

/**
 * What a client's connection shows of the client, before it has said a word.
 *
 * @param address where it comes from; null for a unix socket
 * @param systemUser login name of the process at the other end of a unix socket, or null
 * @param tls null without TLS
 */
public record ClientFacts(InetAddress address, String systemUser, Tls tls) {
  /**
   * What the TLS handshake has shown.
   *
   * @param names in the client's verified certificate; empty when it has shown none
   * @param binding ties a SCRAM exchange to this handshake; null when the certificate cannot
   */
  public record Tls(Set<String> names, ChannelBinding binding) {
    public Tls {
      names = Set.copyOf(names);
    }

    public static Tls of(SSLSession session) {
      return new Tls(CertificateNames.of(session), ChannelBinding.withClient(session));
    }
  }

  boolean local() {
    return address == null;
  }

  ChannelBinding binding() {
    return tls == null ? null : tls.binding();
  }
}
