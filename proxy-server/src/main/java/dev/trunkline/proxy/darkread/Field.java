package dev.trunkline.proxy.darkread;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** A value as it is in a message, to be shown to people. */
final class Field {
  /** Object ids from here on are the users' own, and differ from server to server. */
  static final int FIRST_OF_USERS = 16_384;

  private static final int INT8 = 20;
  private static final int INT2 = 21;
  private static final int INT4 = 23;
  private static final int TEXT = 25;
  private static final int VARCHAR = 1043;
  private static final int UUID_TYPE = 2950;

  private final int type;
  private final boolean binary;
  private final byte[] bytes;

  /**
   * @param type its type's object id, 0 when that is not known
   * @param bytes null for NULL
   */
  Field(int type, boolean binary, byte[] bytes) {
    this.type = type;
    this.binary = binary;
    this.bytes = bytes;
  }

  boolean binary() {
    return binary;
  }

  /** Readable where it is text, or of one of the types that keys have. */
  String text() {
    if (bytes == null) {
      return "NULL";
    }
    return binary ? fromBinary() : new String(bytes, StandardCharsets.UTF_8);
  }

  private String fromBinary() {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    return switch (type) {
      case INT2 -> bytes.length == 2 ? Short.toString(in.getShort()) : hex();
      case INT4 -> bytes.length == 4 ? Integer.toString(in.getInt()) : hex();
      case INT8 -> bytes.length == 8 ? Long.toString(in.getLong()) : hex();
      case UUID_TYPE ->
          bytes.length == 16 ? new UUID(in.getLong(), in.getLong()).toString() : hex();
      case TEXT, VARCHAR -> new String(bytes, StandardCharsets.UTF_8);
      default -> hex();
    };
  }

  private String hex() {
    return "\\x" + Digest.hex(bytes);
  }
}
