package dev.trunkline.wire;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Content of an ErrorResponse or NoticeResponse.
 *
 * @param severity {@code ERROR}, {@code FATAL}, {@code PANIC}, {@code WARNING}, {@code NOTICE}, …;
 *     never translated
 * @param sqlstate five characters
 * @param message lower case, without a full stop
 * @param detail a sentence, or null
 * @param hint a sentence, or null
 * @param others all further fields in the order received
 */
public record ErrorFields(
    String severity,
    String sqlstate,
    String message,
    String detail,
    String hint,
    List<Field> others) {

  /**
   * A field this class has no name for, such as {@code 'P'} for the position.
   *
   * @param code the byte that identifies it
   */
  public record Field(byte code, String value) {}

  public ErrorFields {
    others = List.copyOf(others);
  }

  public static ErrorFields error(String sqlstate, String message) {
    return of("ERROR", sqlstate, message);
  }

  public static ErrorFields fatal(String sqlstate, String message) {
    return of("FATAL", sqlstate, message);
  }

  public static ErrorFields notice(String sqlstate, String message) {
    return of("NOTICE", sqlstate, message);
  }

  public static ErrorFields warning(String sqlstate, String message) {
    return of("WARNING", sqlstate, message);
  }

  private static ErrorFields of(String severity, String sqlstate, String message) {
    return new ErrorFields(severity, sqlstate, message, null, null, List.of());
  }

  public ErrorFields withDetail(String newDetail) {
    return new ErrorFields(severity, sqlstate, message, newDetail, hint, others);
  }

  public ErrorFields withHint(String newHint) {
    return new ErrorFields(severity, sqlstate, message, detail, newHint, others);
  }

  public ErrorFields withSeverity(String newSeverity) {
    return new ErrorFields(newSeverity, sqlstate, message, detail, hint, others);
  }

  /** Whether the sender closes the connection after this. */
  public boolean closesConnection() {
    return severity.equals("FATAL") || severity.equals("PANIC");
  }

  /** Value of one of the {@link #others()}, or null. */
  public String other(char code) {
    for (Field field : others) {
      if (field.code() == code) {
        return field.value();
      }
    }
    return null;
  }

  /**
   * Reads the body of an ErrorResponse or NoticeResponse. Lenient where a server may deviate: a
   * missing severity is ERROR, a missing SQLSTATE is XX000, and text that is not UTF-8 is shown
   * with replacement characters. An error that hides the server's own would help nobody.
   *
   * @throws ProtocolViolation if the fields are not terminated
   */
  public static ErrorFields decode(ByteBuf body) {
    Collector collector = new Collector();
    for (byte code = MessageReader.readByte(body); code != 0; code = MessageReader.readByte(body)) {
      collector.put((char) code, MessageReader.readCstring(body, StandardCharsets.UTF_8));
    }
    return collector.fields();
  }

  /** Writes the fields and their terminator in the order PostgreSQL sends them. */
  void encodeBody(ByteBuf out) {
    String translated = other('S');
    field(out, 'S', translated == null ? severity : translated);
    field(out, 'V', severity);
    field(out, 'C', sqlstate);
    field(out, 'M', message);
    field(out, 'D', detail);
    field(out, 'H', hint);
    for (Field field : others) {
      if (field.code() != 'S') {
        field(out, (char) field.code(), field.value());
      }
    }
    out.writeByte(0);
  }

  private static void field(ByteBuf out, char code, String value) {
    if (value != null) {
      out.writeByte(code);
      MessageWriter.cstring(out, value);
    }
  }

  /** The fields of a message while it is being read. */
  private static final class Collector {
    private final List<Field> others = new ArrayList<>();
    private String translated = "ERROR";
    private String severity;
    private String sqlstate = "XX000";
    private String message = "";
    private String detail;
    private String hint;

    void put(char code, String value) {
      switch (code) {
        case 'S' -> translated = value;
        case 'V' -> severity = value;
        case 'C' -> sqlstate = value;
        case 'M' -> message = value;
        case 'D' -> detail = value;
        case 'H' -> hint = value;
        default -> others.add(new Field((byte) code, value));
      }
    }

    /** Servers before 9.6, and PgBouncer, send no V; then S is all there is. */
    ErrorFields fields() {
      if (severity == null) {
        severity = translated;
      }
      if (!severity.equals(translated)) {
        others.addFirst(new Field((byte) 'S', translated));
      }
      return new ErrorFields(severity, sqlstate, message, detail, hint, others);
    }
  }
}
