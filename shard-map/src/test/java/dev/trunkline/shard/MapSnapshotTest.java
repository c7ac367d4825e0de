package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MapSnapshotTest {
  private static final MapSnapshot SNAPSHOT =
      new MapSnapshot(
          "jdbc:postgresql://catalog/trunkline",
          new Catalog.Version(7, "5d5e1f0c-6f2a-4a3e-8f27-0d2f0f0e4a55"),
          6,
          Map.of("schema_001", "db1", "schema_002", "db2"),
          Map.of("db1", new Home("new home", 5433, "app")),
          Map.of("w1", "schema_001", "größe 🚂", "schema_002"));

  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void write() throws IOException {
    file = directory.resolve("new").resolve("map.snapshot");
    SNAPSHOT.write(file);
  }

  @Test
  void whatIsWrittenIsRead() throws IOException {
    assertThat(MapSnapshot.read(file)).isEqualTo(SNAPSHOT);
  }

  @Test
  void aVersionWithoutStampStaysWithoutStamp() throws IOException {
    MapSnapshot unstamped =
        new MapSnapshot("a", new Catalog.Version(8, null), 8, Map.of(), Map.of(), Map.of());
    unstamped.write(file);
    assertThat(MapSnapshot.read(file)).isEqualTo(unstamped);
  }

  @Test
  void everyFlippedBitIsNoticed() throws IOException {
    byte[] good = Files.readAllBytes(file);
    for (int bit = 0; bit < good.length * 8; bit++) {
      byte[] bad = good.clone();
      bad[bit / 8] ^= (byte) (1 << (bit % 8));
      Files.write(file, bad);
      assertThatExceptionOfType(IOException.class).isThrownBy(() -> MapSnapshot.read(file));
    }
  }

  @Test
  void everyTruncationIsNoticed() throws IOException {
    byte[] good = Files.readAllBytes(file);
    for (int length = 0; length < good.length; length++) {
      Files.write(file, Arrays.copyOf(good, length));
      assertThatExceptionOfType(IOException.class).isThrownBy(() -> MapSnapshot.read(file));
    }
  }
}
