package dev.trunkline.proxy.config;

import java.util.function.Function;

/**
 * One declared setting. The declaration is the only place that knows its name, default, unit and
 * changeability; the parser, SHOW CONFIG, SET and docs/configuration.md are derived from it. Two
 * declarations are equal when their names are.
 *
 * @param <T> type of the parsed value
 * @param name as written in the file and shown by SHOW CONFIG; the product's own begin with {@code
 *     trunkline.}
 * @param defaultText default as text, "" for none
 * @param defaultValue the default, parsed
 * @param changeable whether RELOAD and SET apply it without a restart
 * @param parser text to value; throws IllegalArgumentException with a sentence that says what is
 *     accepted
 * @param iniDefault default in a pgbouncer.ini as text; the same as {@code defaultText} but where a
 *     HOCON file begins with something else than PgBouncer
 * @param effective whether it changes anything; where not, {@code doc} says why
 * @param doc one sentence for an operator, with the unit
 */
public record Setting<T>(
    String name,
    String defaultText,
    T defaultValue,
    boolean changeable,
    Function<String, T> parser,
    String iniDefault,
    boolean effective,
    String doc) {
  Setting(
      String name, String defaultText, boolean changeable, Function<String, T> parser, String doc) {
    this(name, defaultText, parser.apply(defaultText), changeable, parser, doc);
  }

  Setting(
      String name,
      String defaultText,
      T defaultValue,
      boolean changeable,
      Function<String, T> parser,
      String doc) {
    this(name, defaultText, defaultValue, changeable, parser, defaultText, true, doc);
  }

  Setting<T> inIni(String text) {
    return new Setting<>(name, defaultText, defaultValue, changeable, parser, text, effective, doc);
  }

  Setting<T> withoutEffect() {
    return new Setting<>(
        name, defaultText, defaultValue, changeable, parser, iniDefault, false, doc);
  }

  /** The default of a file in that format, as text. */
  public String defaultText(FileFormat format) {
    return format == FileFormat.INI ? iniDefault : defaultText;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Setting<?> setting && name.equals(setting.name);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }
}
