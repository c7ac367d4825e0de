package dev.trunkline.proxy.auth;

import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.spec.PSSParameterSpec;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * Channel binding of type {@code tls-server-end-point} (RFC 5929): both sides sign the digest of
 * the server's certificate, so that a man in the middle, who has another one, is found out.
 *
 * @param endPoint digest of the certificate
 */
public record ChannelBinding(Bytes endPoint) {
  static final String TYPE = "tls-server-end-point";

  private static final Pattern DIGEST = Pattern.compile("(MD5|SHA-?[0-9]+(?:/[0-9]+)?)(WITH.*)?");

  /** With a client, by the certificate that was shown to it; null when that has no digest. */
  public static ChannelBinding withClient(SSLSession session) {
    Certificate[] own = session.getLocalCertificates();
    return own == null || own.length == 0 ? null : of(own[0]);
  }

  /** With a server, by its certificate; null when that has no digest. */
  public static ChannelBinding withServer(SSLSession session) {
    try {
      return of(session.getPeerCertificates()[0]);
    } catch (SSLPeerUnverifiedException none) {
      return null; // a cipher without certificates: nothing to bind to
    }
  }

  static ChannelBinding of(Certificate certificate) {
    try {
      String digest = digestOf((X509Certificate) certificate);
      return digest == null
          ? null
          : new ChannelBinding(
              Bytes.of(MessageDigest.getInstance(digest).digest(certificate.getEncoded())));
    } catch (GeneralSecurityException unknown) {
      return null; // as in PostgreSQL: a signature that has no usable digest cannot bind
    }
  }

  /** The digest of the signature, SHA-256 where that is MD5 or SHA-1; null for Ed25519 and such. */
  private static String digestOf(X509Certificate certificate) throws GeneralSecurityException {
    String algorithm = certificate.getSigAlgName().toUpperCase(Locale.ROOT);
    if (algorithm.equals("RSASSA-PSS")) {
      algorithm = pssDigest(certificate).toUpperCase(Locale.ROOT);
    }
    Matcher parts = DIGEST.matcher(algorithm);
    if (!parts.matches()) {
      return null;
    }
    String digest = parts.group(1).replaceFirst("^SHA-?", "SHA-");
    return digest.equals("MD5") || digest.equals("SHA-1") ? "SHA-256" : digest;
  }

  private static String pssDigest(X509Certificate certificate) throws GeneralSecurityException {
    AlgorithmParameters parameters = AlgorithmParameters.getInstance("RSASSA-PSS");
    try {
      parameters.init(certificate.getSigAlgParams());
    } catch (java.io.IOException malformed) {
      throw new GeneralSecurityException(malformed);
    }
    return parameters.getParameterSpec(PSSParameterSpec.class).getDigestAlgorithm();
  }
}
