package dev.trunkline.wire;

import io.netty.buffer.ByteBuf;
import java.util.List;

/**
 * Reads the bodies of client messages, for the cold paths: login, console, captured frames, tests.
 * Each method takes a body (tag and length removed), reads all of it and throws {@link
 * ProtocolViolation} if it is malformed.
 */
@SuppressWarnings("ArrayRecordComponent") // read once and taken apart, never compared
public final class FrontendDecoder {
  private FrontendDecoder() {}

  /**
   * A statement to prepare.
   *
   * @param name empty for the unnamed statement
   * @param oids types of the first parameters, 0 where the server shall infer
   */
  public record Parse(String name, String sql, int[] oids) {}

  /**
   * Values for a prepared statement.
   *
   * @param formats of the values: none for all text, one for all, or one each
   * @param values null for SQL's NULL
   * @param resultFormats likewise, for the columns of the result
   */
  public record Bind(
      String portal,
      String statement,
      short[] formats,
      List<byte[]> values,
      short[] resultFormats) {
    /** Format of a value: {@link Backend#TEXT} or {@link Backend#BINARY}. */
    public short format(int index) {
      return switch (formats.length) {
        case 0 -> Backend.TEXT;
        case 1 -> formats[0];
        default -> formats[index];
      };
    }
  }

  /**
   * What a Describe or a Close is about.
   *
   * @param kind {@link Frontend#STATEMENT} or {@link Frontend#PORTAL}
   */
  public record Target(byte kind, String name) {}

  /**
   * A portal to run.
   *
   * @param maxRows 0 for all
   */
  public record Execute(String portal, int maxRows) {}

  /**
   * Begins a SASL exchange.
   *
   * @param data null if the client sends none
   */
  public record SaslInitialResponse(String mechanism, byte[] data) {
    @Override
    public String toString() {
      return "SaslInitialResponse[mechanism=" + mechanism + "]";
    }
  }

  public static String query(ByteBuf body) {
    return onlyString(body);
  }

  public static String password(ByteBuf body) {
    return onlyString(body);
  }

  private static String onlyString(ByteBuf body) {
    String value = MessageReader.readCstring(body);
    MessageReader.requireEnd(body);
    return value;
  }

  public static SaslInitialResponse saslInitialResponse(ByteBuf body) {
    SaslInitialResponse response =
        new SaslInitialResponse(MessageReader.readCstring(body), MessageReader.readValue(body));
    MessageReader.requireEnd(body);
    return response;
  }

  public static Parse parse(ByteBuf body) {
    String name = MessageReader.readCstring(body);
    String sql = MessageReader.readCstring(body);
    int[] oids = new int[MessageReader.readCount(body, Integer.BYTES)];
    for (int i = 0; i < oids.length; i++) {
      oids[i] = MessageReader.readInt32(body);
    }
    MessageReader.requireEnd(body);
    return new Parse(name, sql, oids);
  }

  public static Bind bind(ByteBuf body) {
    String portal = MessageReader.readCstring(body);
    String statement = MessageReader.readCstring(body);
    short[] formats = MessageReader.readFormats(body);
    List<byte[]> values = MessageReader.readValues(body);
    short[] resultFormats = MessageReader.readFormats(body);
    MessageReader.requireEnd(body);
    if (formats.length > 1 && formats.length != values.size()) {
      throw new ProtocolViolation(
          "bind message has "
              + formats.length
              + " parameter formats but "
              + values.size()
              + " parameters");
    }
    return new Bind(portal, statement, formats, values, resultFormats);
  }

  public static Target describe(ByteBuf body) {
    return target(body, "DESCRIBE");
  }

  public static Target close(ByteBuf body) {
    return target(body, "CLOSE");
  }

  private static Target target(ByteBuf body, String message) {
    byte kind = MessageReader.readByte(body);
    if (kind != Frontend.STATEMENT && kind != Frontend.PORTAL) {
      throw new ProtocolViolation("invalid " + message + " message subtype " + kind);
    }
    return new Target(kind, onlyString(body));
  }

  public static Execute execute(ByteBuf body) {
    Execute execute = new Execute(MessageReader.readCstring(body), MessageReader.readInt32(body));
    MessageReader.requireEnd(body);
    return execute;
  }
}
