package dev.trunkline.wire;

import io.netty.buffer.ByteBuf;
import java.util.List;

/**
 * Writes the messages of a server, one method each, into a buffer that the caller owns. Text is
 * UTF-8; a text with a NUL is an {@link IllegalArgumentException}. Message formats are those of
 * chapter "Frontend/Backend Protocol" of the PostgreSQL documentation.
 */
public final class Backend {
  /** Format code of text values. */
  public static final short TEXT = 0;

  /** Format code of binary values. */
  public static final short BINARY = 1;

  private Backend() {}

  /**
   * A column of a row description, not bound to a table.
   *
   * @param typeOid object id of the type
   * @param typeSize bytes of a value, negative for variable width
   * @param format {@link #TEXT} or {@link #BINARY}
   */
  public record Column(String name, int typeOid, short typeSize, short format) {}

  public static void authenticationOk(ByteBuf out) {
    authentication(out, Authentication.OK, new byte[0]);
  }

  public static void authenticationCleartextPassword(ByteBuf out) {
    authentication(out, Authentication.CLEARTEXT_PASSWORD, new byte[0]);
  }

  /** The salt has 4 bytes. */
  public static void authenticationMd5Password(ByteBuf out, byte[] salt) {
    if (salt.length != Authentication.MD5_SALT_BYTES) {
      throw new IllegalArgumentException("an MD5 salt has 4 bytes, not " + salt.length);
    }
    authentication(out, Authentication.MD5_PASSWORD, salt);
  }

  /** The mechanisms stand in the server's order of preference. */
  public static void authenticationSasl(ByteBuf out, List<String> mechanisms) {
    int at = MessageWriter.begin(out, Tags.Backend.AUTHENTICATION);
    out.writeInt(Authentication.SASL);
    for (String mechanism : mechanisms) {
      MessageWriter.cstring(out, mechanism);
    }
    out.writeByte(0);
    MessageWriter.end(out, at);
  }

  public static void saslContinue(ByteBuf out, byte[] data) {
    authentication(out, Authentication.SASL_CONTINUE, data);
  }

  public static void saslFinal(ByteBuf out, byte[] data) {
    authentication(out, Authentication.SASL_FINAL, data);
  }

  private static void authentication(ByteBuf out, int code, byte[] data) {
    out.writeByte(Tags.Backend.AUTHENTICATION);
    out.writeInt(FrameCursor.LENGTH_BYTES + Integer.BYTES + data.length);
    out.writeInt(code).writeBytes(data);
  }

  /**
   * Tells a client that it gets less than it asked for.
   *
   * @param minor newest minor version of protocol 3 that is supported
   * @param unrecognised names of the {@code _pq_.} parameters that were ignored
   */
  public static void negotiateProtocolVersion(ByteBuf out, int minor, List<String> unrecognised) {
    int at = MessageWriter.begin(out, Tags.Backend.NEGOTIATE_PROTOCOL_VERSION);
    out.writeInt((3 << 16) | minor).writeInt(unrecognised.size());
    for (String name : unrecognised) {
      MessageWriter.cstring(out, name);
    }
    MessageWriter.end(out, at);
  }

  public static void parameterStatus(ByteBuf out, String name, String value) {
    int at = MessageWriter.begin(out, Tags.Backend.PARAMETER_STATUS);
    MessageWriter.cstring(out, name);
    MessageWriter.cstring(out, value);
    MessageWriter.end(out, at);
  }

  /** The key has 4 bytes in protocol 3.0, up to 256 in 3.2. */
  public static void backendKeyData(ByteBuf out, int pid, byte[] key) {
    int at = MessageWriter.begin(out, Tags.Backend.BACKEND_KEY_DATA);
    out.writeInt(pid).writeBytes(key);
    MessageWriter.end(out, at);
  }

  /** The status is one of {@link Tags.Status}. */
  public static void readyForQuery(ByteBuf out, byte status) {
    out.writeByte(Tags.Backend.READY_FOR_QUERY);
    out.writeInt(FrameCursor.LENGTH_BYTES + Byte.BYTES).writeByte(status);
  }

  public static void error(ByteBuf out, ErrorFields fields) {
    fields(out, Tags.Backend.ERROR_RESPONSE, fields);
  }

  public static void notice(ByteBuf out, ErrorFields fields) {
    fields(out, Tags.Backend.NOTICE_RESPONSE, fields);
  }

  private static void fields(ByteBuf out, byte tag, ErrorFields fields) {
    int at = MessageWriter.begin(out, tag);
    fields.encodeBody(out);
    MessageWriter.end(out, at);
  }

  public static void rowDescription(ByteBuf out, List<Column> columns) {
    int at = MessageWriter.begin(out, Tags.Backend.ROW_DESCRIPTION);
    MessageWriter.count(out, columns.size());
    for (Column column : columns) {
      MessageWriter.cstring(out, column.name());
      out.writeInt(0).writeShort(0); // no table, no attribute number
      out.writeInt(column.typeOid()).writeShort(column.typeSize());
      out.writeInt(-1); // no type modifier
      out.writeShort(column.format());
    }
    MessageWriter.end(out, at);
  }

  /** A value of null is SQL's NULL. */
  public static void dataRow(ByteBuf out, List<byte[]> values) {
    int at = MessageWriter.begin(out, Tags.Backend.DATA_ROW);
    MessageWriter.values(out, values);
    MessageWriter.end(out, at);
  }

  /** The tag is a command tag such as {@code SELECT 1}. */
  public static void commandComplete(ByteBuf out, String tag) {
    MessageWriter.text(out, Tags.Backend.COMMAND_COMPLETE, tag);
  }

  public static void emptyQueryResponse(ByteBuf out) {
    MessageWriter.empty(out, Tags.Backend.EMPTY_QUERY_RESPONSE);
  }

  public static void parseComplete(ByteBuf out) {
    MessageWriter.empty(out, Tags.Backend.PARSE_COMPLETE);
  }

  public static void bindComplete(ByteBuf out) {
    MessageWriter.empty(out, Tags.Backend.BIND_COMPLETE);
  }

  public static void closeComplete(ByteBuf out) {
    MessageWriter.empty(out, Tags.Backend.CLOSE_COMPLETE);
  }

  public static void noData(ByteBuf out) {
    MessageWriter.empty(out, Tags.Backend.NO_DATA);
  }

  public static void portalSuspended(ByteBuf out) {
    MessageWriter.empty(out, Tags.Backend.PORTAL_SUSPENDED);
  }

  public static void parameterDescription(ByteBuf out, int[] oids) {
    int at = MessageWriter.begin(out, Tags.Backend.PARAMETER_DESCRIPTION);
    MessageWriter.oids(out, oids);
    MessageWriter.end(out, at);
  }

  public static void notificationResponse(ByteBuf out, int pid, String channel, String payload) {
    int at = MessageWriter.begin(out, Tags.Backend.NOTIFICATION_RESPONSE);
    out.writeInt(pid);
    MessageWriter.cstring(out, channel);
    MessageWriter.cstring(out, payload);
    MessageWriter.end(out, at);
  }

  /**
   * Asks the client for the data of a COPY FROM STDIN.
   *
   * @param format of the whole copy, {@link #TEXT} or {@link #BINARY}
   * @param columnFormats one per column
   */
  public static void copyInResponse(ByteBuf out, byte format, short[] columnFormats) {
    copyResponse(out, Tags.Backend.COPY_IN_RESPONSE, format, columnFormats);
  }

  /** The counterpart of {@link #copyInResponse}. */
  public static void copyOutResponse(ByteBuf out, byte format, short[] columnFormats) {
    copyResponse(out, Tags.Backend.COPY_OUT_RESPONSE, format, columnFormats);
  }

  private static void copyResponse(ByteBuf out, byte tag, byte format, short[] columnFormats) {
    int at = MessageWriter.begin(out, tag);
    out.writeByte(format);
    MessageWriter.formats(out, columnFormats);
    MessageWriter.end(out, at);
  }

  public static void copyData(ByteBuf out, byte[] data) {
    MessageWriter.bytes(out, Tags.Backend.COPY_DATA, data);
  }

  public static void copyDone(ByteBuf out) {
    MessageWriter.empty(out, Tags.Backend.COPY_DONE);
  }
}
