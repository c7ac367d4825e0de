package dev.trunkline.proxy.auth;

import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/** PgBouncer's words for protocols and cipher suites. Errors name the setting. */
final class TlsNames {
  private static final String V1_3 = "TLSv1.3";
  private static final String V1_2 = "TLSv1.2";
  private static final String V1_1 = "TLSv1.1";
  private static final String V1_0 = "TLSv1";
  private static final Pattern WORD = Pattern.compile("[^,:\\s]+");
  private static final Set<String> DEFAULT_CIPHERS =
      Set.of("", "default", "secure", "fast", "normal");

  private static final List<String> CIPHERS_13 =
      List.of("TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256");

  private TlsNames() {}

  static List<String> protocols(String setting, String text) throws TlsException {
    List<String> protocols = new ArrayList<>();
    for (String word : words(text.isBlank() ? "secure" : text.toLowerCase(Locale.ROOT))) {
      protocols.addAll(protocol(setting, word));
    }
    return protocols;
  }

  private static List<String> protocol(String setting, String word) throws TlsException {
    return switch (word) {
      case "default", "secure" -> List.of(V1_3, V1_2);
      case "all", "legacy" -> List.of(V1_3, V1_2, V1_1, V1_0);
      case "tlsv1.3" -> List.of(V1_3);
      case "tlsv1.2" -> List.of(V1_2);
      case "tlsv1.1" -> List.of(V1_1);
      case "tlsv1.0" -> List.of(V1_0);
      default ->
          throw new TlsException(
              setting
                  + ": \""
                  + word
                  + "\" is not one of secure, all, tlsv1.0, tlsv1.1, tlsv1.2, tlsv1.3");
    };
  }

  /**
   * The suites to allow, or an empty list for the provider's default. Naming those of one protocol
   * version leaves the other its default: a list without any would switch that version off.
   */
  static List<String> ciphers(String ciphers, String ciphers13) {
    List<String> named = named(ciphers);
    List<String> named13 = named(ciphers13);
    if (named.isEmpty() && named13.isEmpty()) {
      return List.of();
    }
    List<String> all = new ArrayList<>(named13.isEmpty() ? CIPHERS_13 : named13);
    all.addAll(named.isEmpty() ? defaults() : named);
    return all;
  }

  static boolean namesAny(String ciphers) {
    return !named(ciphers).isEmpty();
  }

  private static List<String> named(String text) {
    return DEFAULT_CIPHERS.contains(text.strip()) ? List.of() : words(text);
  }

  private static List<String> words(String text) {
    return WORD.matcher(text).results().map(MatchResult::group).toList();
  }

  /** The Java runtime's choice for TLS 1.2. */
  private static List<String> defaults() {
    List<String> suites = new ArrayList<>();
    for (String suite : supported().getCipherSuites()) {
      if (suite.contains("_WITH_")) {
        suites.add(suite);
      }
    }
    return suites;
  }

  private static SSLParameters supported() {
    try {
      return SSLContext.getDefault().getDefaultSSLParameters();
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException("this Java runtime has no TLS", missing);
    }
  }
}
