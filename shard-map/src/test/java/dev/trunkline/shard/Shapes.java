package dev.trunkline.shard;

import dev.trunkline.shard.ShardedTables.KeyColumn;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What the tests of the search for the key share. */
final class Shapes {
  static final String W1 = "6f1b0d5e-0000-4000-8000-000000000001";
  static final String W2 = "6f1b0d5e-0000-4000-8000-000000000002";

  static final ShardedTables TABLES = tables(KeyType.UUID);

  private Shapes() {}

  static ShardedTables tables(KeyType type) {
    KeyColumn key = new KeyColumn("workspace_id", type);
    return new ShardedTables(
        Map.of("task", key, "project", key, "comment", key), List.of("country"), List.of());
  }

  static CanonicalText text(String sql) {
    CanonicalText text = new CanonicalText();
    byte[] bytes = sql.getBytes(StandardCharsets.UTF_8);
    text.read(bytes, 0, bytes.length);
    return text;
  }

  static SqlShape of(String sql) {
    return ShapeFinder.find(text(sql), TABLES);
  }

  /** Where the key is, or "miss" and the table or the clause that stood in the way. */
  static String outcome(String sql) {
    SqlShape shape = of(sql);
    if (shape.kind() == SqlShape.Kind.MISS) {
      RouteMiss miss = shape.miss();
      return "miss " + (miss.table() == null ? "-" : miss.table());
    }
    return shape.kind() == SqlShape.Kind.KEYED
        ? String.join(" ", shape.sources().stream().map(KeySource::toString).toList())
        : shape.kind().name();
  }

  /** The workspace, or null; the parameters are texts of an undeclared type. */
  static String workspace(String sql, String... parameters) {
    CanonicalText text = text(sql);
    KeyAnswer answer = KeyReader.read(ShapeFinder.find(text, TABLES), text, texts(parameters));
    return answer instanceof KeyAnswer.Found found ? found.workspace() : null;
  }

  static KeyValues texts(String... values) {
    return values(
        0,
        false,
        Stream.of(values).map(v -> v == null ? null : v.getBytes(StandardCharsets.UTF_8)));
  }

  static KeyValues values(int type, boolean binary, Stream<byte[]> values) {
    byte[][] all = values.toArray(byte[][]::new);
    return new KeyValues() {
      @Override
      public int count() {
        return all.length;
      }

      @Override
      public int type(int parameter) {
        return type;
      }

      @Override
      public boolean binary(int parameter) {
        return binary;
      }

      @Override
      public byte[] value(int parameter) {
        return all[parameter];
      }
    };
  }
}
