package dev.trunkline.shard;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;

/**
 * From a shape and the values of one execution to the workspace. What PostgreSQL might read
 * differently from us is refused: a key is read from the plainest spellings only.
 */
public final class KeyReader {
  private static final int MAX_DIGITS = 18;
  private static final int MAX_BYTES = 1024;
  private static final int ARRAY_HEADER = 20;

  private KeyReader() {}

  /**
   * Reads the key.
   *
   * @param shape of kind {@link SqlShape.Kind#KEYED}
   * @param text that was read last and has this shape
   * @param values of the parameters; {@link KeyValues#NONE} in the simple protocol
   */
  public static KeyAnswer read(SqlShape shape, CanonicalText text, KeyValues values) {
    if (shape.kind() != SqlShape.Kind.KEYED) {
      return new KeyAnswer.NotFound(
          shape.miss() != null
              ? shape.miss()
              : RouteMiss.ofStatement("The statement names no key."));
    }
    try {
      return new KeyAnswer.Found(onlyOne(shape.sources(), text, values));
    } catch (Undecidable e) {
      return new KeyAnswer.NotFound(e.miss());
    }
  }

  /**
   * The first key the statement names beside the one it is meant for, or null. What cannot be read
   * names none.
   *
   * @param meant in the spelling of {@link WorkspaceId#canonical}
   */
  public static String other(SqlShape shape, CanonicalText text, KeyValues values, String meant) {
    List<KeySource> sources = shape.sources();
    for (int i = 0; i < sources.size(); i++) {
      String key = readable(sources.get(i), text, values);
      if (key != null && !key.equals(meant)) {
        return key;
      }
    }
    return null;
  }

  /** Whether all that the statement says about keys can be read and is the one it is meant for. */
  public static boolean agrees(SqlShape shape, CanonicalText text, KeyValues values, String meant) {
    for (int i = 0; i < shape.sources().size(); i++) {
      if (!meant.equals(readable(shape.sources().get(i), text, values))) {
        return false;
      }
    }
    return true;
  }

  private static String readable(KeySource source, CanonicalText text, KeyValues values) {
    try {
      return source(source, text, values);
    } catch (Undecidable e) {
      return null;
    }
  }

  private static String source(KeySource source, CanonicalText text, KeyValues values) {
    return source.kind().parameter() ? parameter(source, values) : literal(source, text);
  }

  private static String onlyOne(List<KeySource> sources, CanonicalText text, KeyValues values) {
    String found = null;
    for (int i = 0; i < sources.size(); i++) {
      KeySource source = sources.get(i);
      String key = source(source, text, values);
      if (found != null && !found.equals(key)) {
        throw new Undecidable(twoKeys(source, found, key));
      }
      found = key;
    }
    return found;
  }

  private static RouteMiss twoKeys(KeySource source, String one, String other) {
    return new RouteMiss(
        null,
        source.toString(),
        "The statement names two workspaces, " + one + " and " + other + ".",
        "Run it once for each workspace.");
  }

  /**
   * Reads the key of a row of COPY data in text format.
   *
   * @param value the column's bytes, without escapes
   */
  static KeyAnswer copied(byte[] value, KeyType type) {
    KeySource source = new KeySource(KeySource.Kind.LITERAL, 0, type);
    try {
      return new KeyAnswer.Found(key(source, ascii(source, value, 0, value.length)));
    } catch (Undecidable e) {
      return new KeyAnswer.NotFound(e.miss());
    }
  }

  /** The same of a row in binary format: a value of the column's own type. */
  static KeyAnswer copiedBinary(byte[] value, KeyType type) {
    KeySource source = new KeySource(KeySource.Kind.KEY_PARAMETER, 1, type);
    try {
      return new KeyAnswer.Found(binary(source, 0, value, 0, value.length));
    } catch (Undecidable e) {
      return new KeyAnswer.NotFound(e.miss());
    }
  }

  private static String literal(KeySource source, CanonicalText text) {
    int i = source.number();
    int from = text.literalStart(i);
    int to = text.literalEnd(i);
    byte[] bytes = text.source();
    Token kind = text.literalKind(i);
    if (kind == Token.NUMBER) {
      return number(source, bytes, from, to);
    }
    String value = string(source, kind, ascii(source, bytes, from, to));
    return source.kind().array() ? key(source, onlyElement(source, value)) : key(source, value);
  }

  /** A number is an integer before it is anything else: leading zeros mean nothing. */
  private static String number(KeySource source, byte[] bytes, int from, int to) {
    if (source.type() != KeyType.INTEGER || source.kind().array()) {
      throw refused(source, "It is a number where the key is none.");
    }
    return key(source, ascii(source, bytes, from, to));
  }

  private static String string(KeySource source, Token kind, String token) {
    String value =
        switch (kind) {
          case STRING -> token.substring(1, token.length() - 1);
          case ESCAPE_STRING -> token.substring(2, token.length() - 1);
          case DOLLAR_STRING -> {
            int tag = token.indexOf('$', 1) + 1;
            yield token.substring(tag, token.length() - tag);
          }
          default -> throw refused(source, "It is written in a way that is not read.");
        };
    boolean plain = kind == Token.STRING || value.indexOf('\\') < 0;
    // A quote inside: it is doubled, or the string goes on in the next line.
    if (!plain || value.indexOf('\'') >= 0) {
      throw refused(source, "It is written in a way that is not read.");
    }
    return value;
  }

  private static String parameter(KeySource source, KeyValues values) {
    int parameter = source.number() - 1;
    if (parameter >= values.count()) {
      throw refused(source, "It has no value.");
    }
    byte[] value = values.value(parameter);
    if (value == null) {
      throw refused(source, "It is null.");
    }
    boolean binary = values.binary(parameter);
    if (source.kind().array()) {
      return binary
          ? binaryArray(source, value)
          : key(source, onlyElement(source, ascii(source, value, 0, value.length)));
    }
    requireKnown(source, values.type(parameter));
    return binary
        ? binary(source, values.type(parameter), value, 0, value.length)
        : key(source, ascii(source, value, 0, value.length));
  }

  private static void requireKnown(KeySource source, int type) {
    boolean known =
        switch (type) {
          case 0, KeyValues.UNKNOWN -> true;
          case KeyValues.TEXT, KeyValues.VARCHAR -> true;
          case KeyValues.UUID -> source.type() == KeyType.UUID;
          case KeyValues.INT2, KeyValues.INT4, KeyValues.INT8 -> source.type() == KeyType.INTEGER;
          default -> false;
        };
    if (!known) {
      throw refused(source, "Its type has OID " + type + ", which is not that of the key.");
    }
  }

  private static String binary(KeySource source, int type, byte[] bytes, int from, int to) {
    boolean text = type == KeyValues.TEXT || type == KeyValues.VARCHAR || type == KeyValues.UNKNOWN;
    if (text || source.type() == KeyType.TEXT) {
      return key(source, ascii(source, bytes, from, to));
    }
    ByteBuffer value = ByteBuffer.wrap(bytes, from, to - from);
    if (source.type() == KeyType.UUID && value.remaining() == 16) {
      return new UUID(value.getLong(), value.getLong()).toString();
    }
    if (source.type() == KeyType.INTEGER) {
      requireInteger(source, type);
      return switch (value.remaining()) {
        case Short.BYTES -> Long.toString(value.getShort());
        case Integer.BYTES -> Long.toString(value.getInt());
        case Long.BYTES -> Long.toString(value.getLong());
        default -> throw wrongSize(source, to - from);
      };
    }
    throw wrongSize(source, to - from);
  }

  private static Undecidable wrongSize(KeySource source, int bytes) {
    return refused(source, "It has " + bytes + " bytes, which is not a key's size.");
  }

  /** Where the client leaves the type open, the statement may make it a float of the same size. */
  private static void requireInteger(KeySource source, int type) {
    if (type == 0 && source.kind() != KeySource.Kind.KEY_PARAMETER) {
      throw refused(source, "It is binary, and its type was not declared.");
    }
  }

  /** One dimension, one element that is not null; the header has its type. */
  private static String binaryArray(KeySource source, byte[] bytes) {
    ByteBuffer array = ByteBuffer.wrap(bytes);
    boolean single =
        bytes.length > ARRAY_HEADER + 3 && array.getInt(0) == 1 && array.getInt(12) == 1;
    if (!single || array.getInt(ARRAY_HEADER) != bytes.length - ARRAY_HEADER - 4) {
      throw refused(source, "The array does not have exactly one element.");
    }
    int type = array.getInt(8);
    requireKnown(source, type);
    return binary(source, type, bytes, ARRAY_HEADER + 4, bytes.length);
  }

  private static String onlyElement(KeySource source, String array) {
    boolean braces = array.length() > 2 && array.startsWith("{") && array.endsWith("}");
    String element = braces ? array.substring(1, array.length() - 1) : "";
    if (element.length() > 2 && element.startsWith("\"") && element.endsWith("\"")) {
      element = element.substring(1, element.length() - 1);
    } else if (element.equalsIgnoreCase("null")) {
      throw refused(source, "It is null.");
    }
    boolean plain = element.chars().noneMatch(c -> ",{}\"\\ ".indexOf(c) >= 0);
    if (element.isEmpty() || !plain) {
      throw refused(source, "The array does not have exactly one plain element.");
    }
    return element;
  }

  private static String ascii(KeySource source, byte[] bytes, int from, int to) {
    if (to - from > MAX_BYTES) {
      throw refused(source, "It is too long.");
    }
    for (int i = from; i < to; i++) {
      // What else it means depends on the client's encoding.
      if (bytes[i] < ' ' || bytes[i] > '~') {
        throw refused(source, "It has characters other than printable ASCII.");
      }
    }
    return new String(bytes, from, to - from, StandardCharsets.US_ASCII);
  }

  private static String key(KeySource source, String value) {
    return switch (source.type()) {
      case UUID -> uuid(source, value);
      case INTEGER -> integer(source, value);
      case TEXT -> text(source, value);
    };
  }

  private static String uuid(KeySource source, String value) {
    String canonical = canonical(source, value);
    if (!WorkspaceId.isCanonicalUuid(canonical)) {
      throw refused(source, "It is no UUID.");
    }
    return canonical;
  }

  private static String integer(KeySource source, String value) {
    boolean digits = value.chars().allMatch(c -> c >= '0' && c <= '9');
    if (!digits || value.isEmpty() || value.length() > MAX_DIGITS) {
      throw refused(source, "It is no plain integer.");
    }
    return Long.toString(Long.parseLong(value));
  }

  /** Spaces at the end may be cut off by the column's type. */
  private static String text(KeySource source, String value) {
    if (value.startsWith(" ") || value.endsWith(" ")) {
      throw refused(source, "It begins or ends with a space.");
    }
    return canonical(source, value);
  }

  private static String canonical(KeySource source, String value) {
    try {
      return WorkspaceId.canonical(value);
    } catch (IllegalArgumentException e) {
      throw refused(source, e.getMessage());
    }
  }

  private static Undecidable refused(KeySource source, String why) {
    return new Undecidable(source.toString(), "The key in " + source + " is not read: " + why);
  }
}
