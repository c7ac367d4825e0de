package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CopyKeysTest {
  private static final String COPY = "COPY task (id, workspace_id, name) FROM STDIN ";

  private static CopyKeys keys(String options, KeyType type, String expected) {
    CanonicalText text = Shapes.text(COPY + options);
    SqlShape shape = ShapeFinder.find(text, Shapes.tables(type));
    assertThat(shape.kind()).isEqualTo(SqlShape.Kind.COPY);
    return new CopyKeys(shape, expected);
  }

  private static CopyKeys read(CopyKeys keys, byte[] data) {
    for (byte each : data) {
      keys.read(each);
    }
    keys.end();
    return keys;
  }

  private static String outcome(CopyKeys keys) {
    return keys.problem() == null
        ? keys.key()
        : keys.other() == null ? "problem" : "other " + keys.other();
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "`` | 1→w1→a⏎2→w1→b⏎ | w1",
        "`` | 1→w1→a⏎2→w1→b | w1",
        "`` | 1→w1→a\\⏎b⏎2→w1→b⏎ | w1",
        "`` | 1→w1→a\\→b⏎ | w1",
        "`` | 1→w1→a↵⏎2→w1→b↵⏎ | w1",
        "`` | 1→w1→a↵2→w1→b↵ | w1",
        "`` | 1→w1→a⏎\\.⏎ | w1",
        "`` | 1→w1→a⏎\\.⏎2→w1→b⏎ | problem",
        "`` | 1→w1→a⏎2→w2→b⏎ | other w2",
        "`` | 1→w1→a⏎2→\\N→b⏎ | problem",
        "`` | 1→w\\061→a⏎ | problem",
        "`` | 1→w1⏎ | problem",
        "`` | 1→w1→a→b⏎ | problem",
        "`` | ⏎ | problem",
        "(FORMAT text) | 1→w1→a⏎ | w1",
        "(FORMAT csv) | 1,w1,a⏎2,\"w1\",b⏎ | w1",
        "(FORMAT csv) | 1,w1,\"a⏎2,w2,b\"⏎ | w1",
        "(FORMAT csv) | 1,w1,\"a\"\"⏎2,w2,b\"⏎ | w1",
        "(FORMAT csv) | 1,w1,a\"x⏎2,w2,b\"⏎ | w1",
        "(FORMAT csv) | 1,w1,\\⏎2,w2,b⏎ | other w2",
        "(FORMAT csv) | 1,\"w\"\"1\",a⏎ | problem",
        "(FORMAT csv) | 1,,a⏎ | problem",
        "(FORMAT csv) | 1,\"\",a⏎ | problem",
        "(FORMAT csv, HEADER) | i,w,n⏎1,w1,a⏎ | w1",
        "(FORMAT csv, HEADER true) | i,w,n⏎1,w1,a⏎2,w2,a⏎ | other w2",
        "CSV HEADER | i,w,n⏎ | --",
        "`` | `` | --",
      })
  void readsTheKeyOfEachRow(String options, String data, String expected) {
    String plain = data.replace('→', '\t').replace('⏎', '\n').replace('↵', '\r');
    CopyKeys keys = keys(options, KeyType.TEXT, null);
    assertThat(outcome(read(keys, plain.getBytes(StandardCharsets.UTF_8))))
        .isEqualTo(expected.equals("--") ? null : expected);
  }

  @Test
  void comparesWithWhatIsMeant() {
    byte[] row = "1\tw1\ta\n".getBytes(StandardCharsets.UTF_8);
    assertThat(outcome(read(keys("", KeyType.TEXT, "w1"), row))).isEqualTo("w1");
    assertThat(outcome(read(keys("", KeyType.TEXT, "w2"), row))).isEqualTo("other w1");
  }

  private static byte[] binary(int extension, long... keys) {
    ByteBuffer data = ByteBuffer.allocate(200);
    data.put("PGCOPY\n\377\r\n\0".getBytes(StandardCharsets.ISO_8859_1));
    data.putInt(0).putInt(extension).put(new byte[extension]);
    for (long key : keys) {
      data.putShort((short) 3).putInt(4).putInt(1).putInt(8).putLong(key).putInt(-1);
    }
    data.putShort((short) -1);
    byte[] bytes = new byte[data.flip().remaining()];
    data.get(bytes);
    return bytes;
  }

  @Test
  void readsTheBinaryFormat() {
    for (String options : new String[] {"BINARY", "(FORMAT binary)"}) {
      assertThat(outcome(read(keys(options, KeyType.INTEGER, null), binary(0, 7, 7))))
          .isEqualTo("7");
      assertThat(outcome(read(keys(options, KeyType.INTEGER, null), binary(5, 7, 8))))
          .isEqualTo("other 8");
      assertThat(outcome(read(keys(options, KeyType.UUID, null), binary(0, 7))))
          .isEqualTo("problem");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(DELIMITER ';')",
        "(FORMAT csv, QUOTE '|')",
        "(FORMAT csv, ESCAPE '!')",
        "(NULL 'x')",
        "(FORMAT csv, HEADER match)",
        "(FORMAT csv, ENCODING 'SJIS')",
        "(FREEZE)",
        "WHERE id = 1",
      })
  void doesNotReadOtherForms(String options) {
    assertThat(Shapes.of(COPY + options).kind()).isEqualTo(SqlShape.Kind.MISS);
  }
}
