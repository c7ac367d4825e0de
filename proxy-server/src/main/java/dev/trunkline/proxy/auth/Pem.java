package dev.trunkline.proxy.auth;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads certificates and private keys from PEM files, with errors that name setting and file. */
final class Pem {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");
  private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC", "EdDSA");
  private static final String PRIVATE_KEY = "PRIVATE KEY";

  private Pem() {}

  private record Block(String label, Bytes content) {}

  /** All certificates of the file in its order, at least one. */
  static List<X509Certificate> certificates(String setting, Path file) throws TlsException {
    List<X509Certificate> certificates = new ArrayList<>();
    for (Block block : blocks(setting, file)) {
      if (block.label().equals("CERTIFICATE")) {
        certificates.add(certificate(setting, file, block));
      }
    }
    if (certificates.isEmpty()) {
      throw problem(setting, file, "has no certificate in PEM format", null);
    }
    return certificates;
  }

  private static X509Certificate certificate(String setting, Path file, Block block)
      throws TlsException {
    try {
      var der = new ByteArrayInputStream(block.content().content());
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(der);
    } catch (CertificateException malformed) {
      throw problem(setting, file, "has a malformed certificate", malformed);
    }
  }

  /** The first private key of the file: PKCS#8, or what OpenSSL wrote before 1.0. */
  static PrivateKey privateKey(String setting, Path file) throws TlsException {
    for (Block block : blocks(setting, file)) {
      if (block.label().endsWith(PRIVATE_KEY)) {
        return privateKey(setting, file, block);
      }
    }
    throw problem(setting, file, "has no private key in PEM format", null);
  }

  private static PrivateKey privateKey(String setting, Path file, Block block) throws TlsException {
    byte[] der = block.content().content();
    try {
      return switch (block.label()) {
        case PRIVATE_KEY -> decode(der);
        case "RSA PRIVATE KEY" -> decode(Pkcs8.wrapRsa(der));
        case "EC PRIVATE KEY" -> decode(Pkcs8.wrapEc(der));
        case "ENCRYPTED PRIVATE KEY" ->
            throw problem(setting, file, "is encrypted: store the key without passphrase", null);
        default -> throw problem(setting, file, "has a " + block.label() + ": unknown", null);
      };
    } catch (GeneralSecurityException malformed) {
      throw problem(setting, file, "has a malformed private key", malformed);
    }
  }

  private static PrivateKey decode(byte[] pkcs8) throws GeneralSecurityException {
    InvalidKeySpecException last = null;
    for (String algorithm : KEY_ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      } catch (InvalidKeySpecException otherAlgorithm) {
        last = otherAlgorithm;
      }
    }
    throw last;
  }

  private static List<Block> blocks(String setting, Path file) throws TlsException {
    List<Block> blocks = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(text(setting, file));
    while (matcher.find()) {
      blocks.add(block(setting, file, matcher));
    }
    return blocks;
  }

  private static Block block(String setting, Path file, Matcher matcher) throws TlsException {
    String body = matcher.group(2);
    if (body.contains("Proc-Type:")) {
      throw problem(setting, file, "is encrypted: store the key without passphrase", null);
    }
    try {
      return new Block(matcher.group(1), Bytes.of(Base64.getMimeDecoder().decode(body)));
    } catch (IllegalArgumentException notBase64) {
      throw problem(setting, file, "is not valid Base64", notBase64);
    }
  }

  private static String text(String setting, Path file) throws TlsException {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException missing) {
      throw problem(setting, file, "does not exist", missing);
    } catch (AccessDeniedException denied) {
      throw problem(setting, file, "may not be read by this process", denied);
    } catch (IOException unreadable) {
      throw problem(setting, file, "cannot be read: " + unreadable.getMessage(), unreadable);
    }
  }

  static TlsException problem(String setting, Path file, String what, Throwable cause) {
    return new TlsException(setting + ": file " + file + " " + what, cause);
  }
}
