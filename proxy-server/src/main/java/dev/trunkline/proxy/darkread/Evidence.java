package dev.trunkline.proxy.darkread;

import dev.trunkline.shard.CanonicalText;
import dev.trunkline.shard.PureRead;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.StringJoiner;

/** Writes a mismatch down: enough to find the rows again, and no row unless that is allowed. */
final class Evidence {
  private static final int MAX_STATEMENT = 1_000;
  private static final int MAX_KEY = 100;
  private static final int MAX_KEYS = 20;
  private static final int MAX_VALUES = 2_000;

  private final DarkReadSpec spec;
  private final Sample sample;
  private final PureRead read;
  private final boolean values;

  Evidence(DarkReadSpec spec, Sample sample, PureRead read, boolean values) {
    this.spec = spec;
    this.sample = sample;
    this.read = read;
    this.values = values;
  }

  Mismatch of(Answer old, Answer fresh) {
    String statement = statement();
    List<String> keys =
        sample.question().values(read).stream()
            .limit(MAX_KEYS)
            .map(key -> bounded(key, MAX_KEY))
            .toList();
    List<String> columns =
        Comparison.differing(old, fresh).stream()
            .map(column -> fresh.columns().get(column).name())
            .toList();
    return new Mismatch(
        Instant.now(),
        spec.scope().toString(),
        spec.against().home().toString(),
        sample.circumstances().workspace(),
        Digest.of(statement.getBytes(StandardCharsets.UTF_8)),
        bounded(statement, MAX_STATEMENT),
        keys,
        columns,
        rows(old, fresh.columns()),
        rows(fresh, fresh.columns()));
  }

  private String statement() {
    byte[] text = sample.question().text();
    CanonicalText canonical = new CanonicalText();
    return canonical.read(text, 0, text.length) ? canonical.text() : canonical.problem();
  }

  private Mismatch.Rows rows(Answer answer, List<Answer.Column> columns) {
    String shown = values ? bounded(text(answer, columns), MAX_VALUES) : null;
    return new Mismatch.Rows(answer.rows().size(), Digest.of(answer.rows()), shown);
  }

  private static String text(Answer answer, List<Answer.Column> columns) {
    StringJoiner rows = new StringJoiner(" ");
    for (byte[] row : answer.rows()) {
      StringJoiner fields = new StringJoiner(",", "(", ")");
      List<byte[]> all = Comparison.fields(row);
      for (int i = 0; i < Math.min(all.size(), columns.size()); i++) {
        Answer.Column column = columns.get(i);
        fields.add(new Field(column.type(), column.binary(), all.get(i)).text());
      }
      rows.add(fields.toString());
    }
    return rows.toString();
  }

  private static String bounded(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most) + "…";
  }
}
