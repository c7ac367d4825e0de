package dev.trunkline.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyDocsTest {
  private static final Pattern EXAMPLE = Pattern.compile("(?s)```hocon\n(.*?)```");

  @Test
  void theManualSaysWhatTheDeclarationsSay() throws IOException {
    if (Boolean.getBoolean("trunkline.docs.write")) {
      KeyDocs.main(new String[0]);
    }
    assertThat(Files.readString(KeyDocs.FILE))
        .as(
            "docs/configuration.md is old; refresh it with: mvn -pl proxy-server -am test"
                + " -Dtest=KeyDocsTest -Dsurefire.failIfNoSpecifiedTests=false"
                + " -Dtrunkline.docs.write=true")
        .isEqualTo(KeyDocs.render());
  }

  @Test
  void thePageForUsersOfPgBouncerHasEveryKey() throws IOException {
    if (Boolean.getBoolean("trunkline.docs.write")) {
      PgBouncerDocs.write();
    }
    String page = Files.readString(PgBouncerDocs.FILE);
    assertThat(page)
        .as("docs/pgbouncer.md is old; refresh it as docs/configuration.md")
        .isEqualTo(PgBouncerDocs.render(page));
  }

  @Test
  void theManualsExamplesLoad(@TempDir Path directory) throws Exception {
    List<String> examples =
        EXAMPLE.matcher(KeyDocs.render()).results().map(found -> found.group(1)).toList();
    assertThat(examples).hasSize(9);
    // Then come the two ways to say where the map is, and what goes with either.
    for (String map : examples.subList(6, 8)) {
      String text = String.join("", examples.subList(0, 6)) + map + examples.get(8);
      ProxyConfig config = ConfigLoader.load(Files.writeString(directory.resolve("x.conf"), text));
      assertThat(config.map()).isNotNull();
      assertThat(config.tables().declared()).hasSize(2);
      assertThat(config.darkReads()).hasSize(1);
    }
  }
}
