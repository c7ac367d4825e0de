package dev.trunkline.wire;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the bodies of server messages, for the cold paths: login, captured replies, tests. Each
 * method takes a body (tag and length removed), reads all of it and throws {@link
 * ProtocolViolation} if it is malformed. Errors: {@link ErrorFields#decode}; the login: {@link
 * Authentication#decode}.
 */
public final class BackendDecoder {
  private static final int COLUMN_BYTES = 19;

  private BackendDecoder() {}

  /** A setting the server reports. */
  public record ParameterStatus(String name, String value) {}

  /**
   * What a CancelRequest must quote.
   *
   * @param key 4 bytes in protocol 3.0, up to 256 in 3.2; a secret
   */
  @SuppressWarnings("ArrayRecordComponent") // stored and quoted, never compared
  public record BackendKeyData(int pid, byte[] key) {
    @Override
    public String toString() {
      return "BackendKeyData[pid=" + pid + "]";
    }
  }

  /**
   * A server's answer to a version or to options it does not know.
   *
   * @param minor newest minor version it supports
   * @param unrecognised names of ignored {@code _pq_.} parameters
   */
  public record NegotiateProtocolVersion(int minor, List<String> unrecognised) {}

  /** A message of LISTEN / NOTIFY. */
  public record NotificationResponse(int pid, String channel, String payload) {}

  public static ParameterStatus parameterStatus(ByteBuf body) {
    ParameterStatus status =
        new ParameterStatus(MessageReader.readCstring(body), MessageReader.readCstring(body));
    MessageReader.requireEnd(body);
    return status;
  }

  public static BackendKeyData backendKeyData(ByteBuf body) {
    return new BackendKeyData(MessageReader.readInt32(body), MessageReader.readRest(body));
  }

  public static NegotiateProtocolVersion negotiateProtocolVersion(ByteBuf body) {
    int version = MessageReader.readInt32(body);
    int count = MessageReader.readInt32(body);
    List<String> unrecognised = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      unrecognised.add(MessageReader.readCstring(body));
    }
    MessageReader.requireEnd(body);
    return new NegotiateProtocolVersion(version & 0xffff, List.copyOf(unrecognised));
  }

  /** The transaction status, one of {@link Tags.Status}. */
  public static byte readyForQuery(ByteBuf body) {
    byte status = MessageReader.readByte(body);
    MessageReader.requireEnd(body);
    return status;
  }

  /** The command tag, such as {@code SELECT 1}. */
  public static String commandComplete(ByteBuf body) {
    String tag = MessageReader.readCstring(body);
    MessageReader.requireEnd(body);
    return tag;
  }

  public static NotificationResponse notificationResponse(ByteBuf body) {
    NotificationResponse notification =
        new NotificationResponse(
            MessageReader.readInt32(body),
            MessageReader.readCstring(body),
            MessageReader.readCstring(body));
    MessageReader.requireEnd(body);
    return notification;
  }

  public static List<Backend.Column> rowDescription(ByteBuf body) {
    int count = MessageReader.readCount(body, COLUMN_BYTES);
    List<Backend.Column> columns = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      columns.add(column(body));
    }
    MessageReader.requireEnd(body);
    return columns;
  }

  private static Backend.Column column(ByteBuf body) {
    String name = MessageReader.readCstring(body);
    MessageReader.readInt32(body); // table
    MessageReader.readInt16(body); // attribute number
    int typeOid = MessageReader.readInt32(body);
    short typeSize = MessageReader.readInt16(body);
    MessageReader.readInt32(body); // type modifier
    return new Backend.Column(name, typeOid, typeSize, MessageReader.readInt16(body));
  }

  /** The values of a row; null for SQL's NULL. */
  public static List<byte[]> dataRow(ByteBuf body) {
    List<byte[]> values = MessageReader.readValues(body);
    MessageReader.requireEnd(body);
    return values;
  }
}
