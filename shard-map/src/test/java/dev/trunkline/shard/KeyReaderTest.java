package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyReaderTest {
  private static final String SQL = "SELECT * FROM task WHERE workspace_id = $1";
  private static final String ANY = "SELECT * FROM task WHERE workspace_id = ANY ($1)";

  private static String read(String sql, KeyType type, KeyValues values) {
    CanonicalText text = Shapes.text(sql);
    SqlShape shape = ShapeFinder.find(text, Shapes.tables(type));
    assertThat(shape.kind()).isEqualTo(SqlShape.Kind.KEYED);
    KeyAnswer answer = KeyReader.read(shape, text, values);
    return answer instanceof KeyAnswer.Found found ? found.workspace() : null;
  }

  private static KeyValues binary(int type, byte[] value) {
    return Shapes.values(type, true, Stream.of(value));
  }

  private static byte[] uuid() {
    UUID id = UUID.fromString(Shapes.W1);
    return ByteBuffer.allocate(16)
        .putLong(id.getMostSignificantBits())
        .putLong(id.getLeastSignificantBits())
        .array();
  }

  private static byte[] array(int type, byte[]... elements) {
    ByteBuffer array = ByteBuffer.allocate(20 + 20 * elements.length);
    array.putInt(1).putInt(0).putInt(type).putInt(elements.length).putInt(1);
    for (byte[] element : elements) {
      array.putInt(element.length).put(element);
    }
    return array.array();
  }

  @Test
  void readsParametersInBinary() {
    assertThat(read(SQL, KeyType.UUID, binary(0, uuid()))).isEqualTo(Shapes.W1);
    assertThat(
            read(
                SQL,
                KeyType.UUID,
                binary(KeyValues.TEXT, Shapes.W1.getBytes(StandardCharsets.US_ASCII))))
        .isEqualTo(Shapes.W1);
    byte[] eight = ByteBuffer.allocate(8).putLong(42).array();
    assertThat(read(SQL, KeyType.INTEGER, binary(KeyValues.INT8, eight))).isEqualTo("42");
    assertThat(read(SQL, KeyType.INTEGER, binary(0, eight))).isEqualTo("42");
    assertThat(read(SQL, KeyType.INTEGER, binary(701, eight))).isNull();
    assertThat(read(SQL, KeyType.UUID, binary(0, eight))).isNull();
  }

  /** PostgreSQL gives an open parameter the type of its first use, which may be a float. */
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "42 | SELECT * FROM task WHERE workspace_id = $1",
        "42 | SELECT * FROM task WHERE $1 = workspace_id AND id = $2",
        "42 | SELECT * FROM task t JOIN project p ON p.workspace_id = $1 WHERE t.workspace_id = $1",
        "42 | SELECT * FROM task WHERE workspace_id IN ($1, $1)",
        "42 | SELECT * FROM task WHERE (workspace_id, id) = ($1, $2)",
        "42 | SELECT * FROM task WHERE (workspace_id, id) IN (($1, 1), ($1, 2))",
        "42 | SELECT * FROM task WHERE workspace_id = $1::bigint",
        "42 | INSERT INTO task (id, workspace_id) VALUES (1, $1), (2, $1)",
        "42 | INSERT INTO task (id, workspace_id) SELECT id, $1 FROM project WHERE workspace_id ="
            + " $1",
        "42 | UPDATE task SET workspace_id = $1 WHERE workspace_id = $1",
        "-- | SELECT * FROM task WHERE workspace_id = $1 AND id = $1",
        "-- | SELECT * FROM task WHERE weight > $1 AND workspace_id = $1",
        "-- | SELECT lower($1) FROM task WHERE workspace_id = $1",
        "-- | SELECT * FROM task WHERE workspace_id IN ($1, 1.5) AND workspace_id = $1",
        "-- | SELECT * FROM task WHERE workspace_id IN ($1, $2::float8) AND workspace_id = $1",
        "-- | SELECT * FROM task WHERE workspace_id = $1 LIMIT $1",
        "-- | SELECT * FROM task WHERE workspace_id = $1 AND weight < $01",
        "-- | SELECT \"$1 $1 \" FROM task WHERE workspace_id = $1",
      })
  void readsOpenIntegersThatAreNothingButTheKey(String expected, String sql) {
    byte[] eight = ByteBuffer.allocate(8).putLong(42).array();
    KeyValues values = Shapes.values(0, true, Stream.of(eight, eight));
    assertThat(read(sql, KeyType.INTEGER, values)).isEqualTo(expected.equals("--") ? null : "42");
  }

  @Test
  void readsArraysOfOneElement() {
    assertThat(read(ANY, KeyType.UUID, binary(0, array(2950, uuid())))).isEqualTo(Shapes.W1);
    assertThat(read(ANY, KeyType.UUID, binary(0, array(2950, uuid(), uuid())))).isNull();
    assertThat(read(ANY, KeyType.UUID, binary(0, new byte[12]))).isNull();
    assertThat(read(ANY, KeyType.INTEGER, Shapes.texts("{7}"))).isEqualTo("7");
    assertThat(read(ANY, KeyType.INTEGER, Shapes.texts("{7,8}"))).isNull();
    assertThat(read(ANY, KeyType.TEXT, Shapes.texts("{NULL}"))).isNull();
    assertThat(read(ANY, KeyType.TEXT, Shapes.texts("{}"))).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "6F1B0D5E-0000-4000-8000-000000000001,UUID,6f1b0d5e-0000-4000-8000-000000000001",
        "{6f1b0d5e000040008000000000000001},UUID,6f1b0d5e-0000-4000-8000-000000000001",
        "x,UUID,",
        "007,INTEGER,7",
        "7.0,INTEGER,",
        "+7,INTEGER,",
        "0x7,INTEGER,",
        "acme,TEXT,acme",
        "` acme`,TEXT,",
        "café,TEXT,",
      })
  void readsPlainSpellingsOnly(String value, KeyType type, String workspace) {
    assertThat(read(SQL, type, Shapes.texts(value))).isEqualTo(workspace);
  }

  @Test
  void refusesNull() {
    assertThat(read(SQL, KeyType.UUID, Shapes.texts((String) null))).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"'acme'", "$$acme$$", "$a$acme$a$", "E'acme'", "'acme'::text"})
  void readsLiterals(String literal) {
    String sql = SQL.replace("$1", literal);
    assertThat(read(sql, KeyType.TEXT, KeyValues.NONE)).isEqualTo("acme");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"E'a\\x63me'", "U&'acme'", "'ac''me'", "'ac'\n'me'", "7", "'acme'::bpchar"})
  void refusesOtherLiterals(String literal) {
    CanonicalText text = Shapes.text(SQL.replace("$1", literal));
    SqlShape shape = ShapeFinder.find(text, Shapes.tables(KeyType.TEXT));
    assertThat(KeyReader.read(shape, text, KeyValues.NONE)).isInstanceOf(KeyAnswer.NotFound.class);
  }
}
