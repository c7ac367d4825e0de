package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlacementHashTest {
  /** Computed by the Python program in the class comment. */
  @ParameterizedTest
  @CsvSource({
    "'', 4fd0bfc1, 161",
    "a, 296230c0, 64",
    "foobar, 72ad2699, 313",
    "00000000-0000-0000-0000-000000000000, 64cad593, 467",
    "3f2504e0-4f89-41d3-9a0c-0305e82c3301, 81a08ba5, 293",
    "größe, 42c44ec4, 356",
    "工作区, 8fd175b0, 240",
    "🚂, 8a0fa94c, 428"
  })
  void knownIdsHaveKnownHashes(String id, String hash, int indexOf480) {
    assertThat(Long.toHexString(PlacementHash.of(id))).isEqualTo(hash);
    assertThat(PlacementHash.index(id, 480)).isEqualTo(indexOf480);
  }

  @Test
  void theHashIsTheOneOfTheBytesOfUtf8() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      String id = randomId(random);
      assertThat(PlacementHash.of(id)).as("seed %d, id %s", seed, id).isEqualTo(reference(id));
    }
  }

  private static String randomId(Random random) {
    return random
        .ints(0, Character.MAX_CODE_POINT + 1)
        .map(c -> c >> random.nextInt(16))
        .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
        .limit(random.nextInt(20))
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private static long reference(String id) {
    BigInteger modulus = BigInteger.TWO.pow(64);
    BigInteger hash = new BigInteger("cbf29ce484222325", 16);
    for (byte b : id.getBytes(StandardCharsets.UTF_8)) {
      hash = hash.xor(BigInteger.valueOf(b & 0xff)).multiply(new BigInteger("100000001b3", 16));
      hash = hash.mod(modulus);
    }
    return hash.shiftRight(32).xor(hash.mod(BigInteger.TWO.pow(32))).longValueExact();
  }

  @Test
  void uuidsSpreadEvenlyOver480Shards() {
    Random random = new Random(42);
    int[] counts = new int[480];
    for (int i = 0; i < 480_000; i++) {
      counts[
          PlacementHash.index(
              new java.util.UUID(random.nextLong(), random.nextLong()).toString(), 480)]++;
    }
    for (int count : counts) {
      assertThat(count).isBetween(840, 1160);
    }
  }

  @Test
  void shardsAreSortedByTheirBytes() {
    assertThat(PlacementHash.sorted(List.of("schema_2", "schema_10", "Z", "ä", "\uff5e", "🚂")))
        .containsExactly("Z", "schema_10", "schema_2", "ä", "\uff5e", "🚂");
  }
}
