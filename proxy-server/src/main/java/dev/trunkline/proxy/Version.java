package dev.trunkline.proxy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version this program was built as. */
final class Version {
  static final String TEXT = read();

  private Version() {}

  /** What {@code -V} prints: this program, and what it is made of. */
  static String all() {
    return """
    Trunkline %s
    Netty %s
    java: %s (%s)
    tls: %s
    """
        .formatted(
            TEXT,
            io.netty.util.Version.identify().get("netty-transport").artifactVersion(),
            Runtime.version(),
            System.getProperty("java.vendor"),
            Tls.provider());
  }

  private static String read() {
    try (InputStream in = Version.class.getResourceAsStream("/trunkline-version.properties")) {
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
