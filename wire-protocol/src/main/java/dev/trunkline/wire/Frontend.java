package dev.trunkline.wire;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Map;

/**
 * Writes the messages of a client, one method each, into a buffer that the caller owns. Text is
 * UTF-8; a text with a NUL is an {@link IllegalArgumentException}. Message formats are those of
 * chapter "Frontend/Backend Protocol" of the PostgreSQL documentation.
 */
public final class Frontend {
  /** Describe or close a prepared statement. */
  public static final byte STATEMENT = 'S';

  /** Describe or close a portal. */
  public static final byte PORTAL = 'P';

  private static final short[] ALL_TEXT = {};

  private Frontend() {}

  /**
   * The untagged packet that asks for a login.
   *
   * @param minor minor version of protocol 3
   * @param parameters {@code user} is mandatory; an empty name would end the list and is refused
   */
  public static void startup(ByteBuf out, int minor, Map<String, String> parameters) {
    int at = MessageWriter.beginUntagged(out);
    out.writeInt((3 << 16) | minor);
    parameters.forEach((name, value) -> parameter(out, name, value));
    out.writeByte(0);
    MessageWriter.end(out, at);
  }

  private static void parameter(ByteBuf out, String name, String value) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a startup parameter without a name");
    }
    MessageWriter.cstring(out, name);
    MessageWriter.cstring(out, value);
  }

  public static void sslRequest(ByteBuf out) {
    out.writeInt(8).writeInt(StartupDecoder.SSL_REQUEST_CODE);
  }

  public static void gssEncRequest(ByteBuf out) {
    out.writeInt(8).writeInt(StartupDecoder.GSS_ENC_REQUEST_CODE);
  }

  /** The key is the one received in BackendKeyData. */
  public static void cancelRequest(ByteBuf out, int pid, byte[] key) {
    out.writeInt(12 + key.length).writeInt(StartupDecoder.CANCEL_REQUEST_CODE);
    out.writeInt(pid).writeBytes(key);
  }

  public static void password(ByteBuf out, String password) {
    MessageWriter.text(out, Tags.Frontend.PASSWORD_MESSAGE, password);
  }

  /** The password comes without the terminating NUL, which is added. */
  public static void password(ByteBuf out, byte[] password) {
    int at = MessageWriter.begin(out, Tags.Frontend.PASSWORD_MESSAGE);
    out.writeBytes(password).writeByte(0);
    MessageWriter.end(out, at);
  }

  /** The data is null if the mechanism has no initial response. */
  public static void saslInitialResponse(ByteBuf out, String mechanism, byte[] data) {
    int at = MessageWriter.begin(out, Tags.Frontend.SASL_INITIAL_RESPONSE);
    MessageWriter.cstring(out, mechanism);
    MessageWriter.value(out, data);
    MessageWriter.end(out, at);
  }

  public static void saslResponse(ByteBuf out, byte[] data) {
    MessageWriter.bytes(out, Tags.Frontend.SASL_RESPONSE, data);
  }

  public static void query(ByteBuf out, String sql) {
    MessageWriter.text(out, Tags.Frontend.QUERY, sql);
  }

  /**
   * Prepares a statement.
   *
   * @param name of the prepared statement, empty for the unnamed one
   * @param oids types of the first parameters, 0 where the server shall infer
   */
  public static void parse(ByteBuf out, String name, String sql, int... oids) {
    int at = MessageWriter.begin(out, Tags.Frontend.PARSE);
    MessageWriter.cstring(out, name);
    MessageWriter.cstring(out, sql);
    MessageWriter.oids(out, oids);
    MessageWriter.end(out, at);
  }

  /** Parameters and results in text format; a value of null is SQL's NULL. */
  public static void bind(ByteBuf out, String portal, String statement, List<byte[]> values) {
    bind(out, portal, statement, ALL_TEXT, values, ALL_TEXT);
  }

  /**
   * Gives a prepared statement its values.
   *
   * @param formats of the values: none for all text, one for all, or one each
   * @param values null for SQL's NULL
   * @param resultFormats likewise, for the columns of the result
   */
  public static void bind(
      ByteBuf out,
      String portal,
      String statement,
      short[] formats,
      List<byte[]> values,
      short[] resultFormats) {
    int at = MessageWriter.begin(out, Tags.Frontend.BIND);
    MessageWriter.cstring(out, portal);
    MessageWriter.cstring(out, statement);
    MessageWriter.formats(out, formats);
    MessageWriter.values(out, values);
    MessageWriter.formats(out, resultFormats);
    MessageWriter.end(out, at);
  }

  /** The kind is {@link #STATEMENT} or {@link #PORTAL}. */
  public static void describe(ByteBuf out, byte kind, String name) {
    target(out, Tags.Frontend.DESCRIBE, kind, name);
  }

  /** The kind is {@link #STATEMENT} or {@link #PORTAL}. */
  public static void close(ByteBuf out, byte kind, String name) {
    target(out, Tags.Frontend.CLOSE, kind, name);
  }

  private static void target(ByteBuf out, byte tag, byte kind, String name) {
    int at = MessageWriter.begin(out, tag);
    out.writeByte(kind);
    MessageWriter.cstring(out, name);
    MessageWriter.end(out, at);
  }

  /** A limit of 0 rows means all. */
  public static void execute(ByteBuf out, String portal, int maxRows) {
    int at = MessageWriter.begin(out, Tags.Frontend.EXECUTE);
    MessageWriter.cstring(out, portal);
    out.writeInt(maxRows);
    MessageWriter.end(out, at);
  }

  public static void sync(ByteBuf out) {
    MessageWriter.empty(out, Tags.Frontend.SYNC);
  }

  public static void flush(ByteBuf out) {
    MessageWriter.empty(out, Tags.Frontend.FLUSH);
  }

  public static void terminate(ByteBuf out) {
    MessageWriter.empty(out, Tags.Frontend.TERMINATE);
  }

  public static void copyData(ByteBuf out, byte[] data) {
    MessageWriter.bytes(out, Tags.Frontend.COPY_DATA, data);
  }

  public static void copyDone(ByteBuf out) {
    MessageWriter.empty(out, Tags.Frontend.COPY_DONE);
  }

  /** The reason becomes part of the server's error message. */
  public static void copyFail(ByteBuf out, String reason) {
    MessageWriter.text(out, Tags.Frontend.COPY_FAIL, reason);
  }

  /**
   * The call of a function by its object id, without SQL.
   *
   * @param formats of the arguments: none for all text, one for all, or one each
   * @param arguments null for SQL's NULL
   */
  public static void functionCall(
      ByteBuf out, int oid, short[] formats, List<byte[]> arguments, short resultFormat) {
    int at = MessageWriter.begin(out, Tags.Frontend.FUNCTION_CALL);
    out.writeInt(oid);
    MessageWriter.formats(out, formats);
    MessageWriter.values(out, arguments);
    out.writeShort(resultFormat);
    MessageWriter.end(out, at);
  }
}
