package dev.trunkline.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The documented sample that comes with the program. */
class SampleTest {
  private static final Path SAMPLE = Path.of("src", "main", "dist", "trunkline.conf");

  /** A key that was commented out: "#" without a blank; text has one. */
  private static final Pattern COMMENTED = Pattern.compile("(?m)^(\\s*)#(?=\\S)");

  @TempDir private Path directory;

  @Test
  void theSampleLoadsAsItIs() throws Exception {
    assertThat(ConfigLoader.load(SAMPLE).databases()).containsKeys("app", "legacy");
  }

  @Test
  void everythingCommentedOutIsKnownAndSettingsShowTheirDefaults() throws Exception {
    Settings sample = ConfigLoader.load(SAMPLE).settings();
    Settings all = ConfigLoader.load(uncommented()).settings();
    assertThat(Keys.all())
        .allSatisfy(
            setting ->
                assertThat(all.text(setting)).as(setting.name()).isEqualTo(sample.text(setting)));
  }

  @Test
  void everySettingIsShown() throws Exception {
    String text = Files.readString(uncommented());
    assertThat(Keys.all())
        .filteredOn(Setting::effective)
        .allSatisfy(
            setting ->
                assertThat(text).containsPattern("(?m)^ *" + ConfigLoader.keyOf(setting) + " = "));
  }

  private Path uncommented() throws IOException {
    String text = COMMENTED.matcher(Files.readString(SAMPLE)).replaceAll("$1");
    return Files.writeString(directory.resolve("all.conf"), text);
  }
}
