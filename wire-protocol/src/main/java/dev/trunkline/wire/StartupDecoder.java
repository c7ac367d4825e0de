package dev.trunkline.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads the first, untagged packet of a connection: an int4 length that counts itself, a code, and
 * what the code calls for. The sender is unknown at this point, so the packet is bounded and
 * nothing is allocated before its length has been checked.
 *
 * <p>Static on a complete packet; an instance collects one from chunks. Not thread safe.
 */
public final class StartupDecoder {
  /** Largest accepted packet in bytes, length field included; PostgreSQL has the same limit. */
  public static final int MAX_LENGTH = 10_000;

  /** Bytes of the length field, needed by {@link #lengthOf}. */
  public static final int LENGTH_BYTES = 4;

  static final int CANCEL_REQUEST_CODE = (1234 << 16) | 5678;
  static final int SSL_REQUEST_CODE = (1234 << 16) | 5679;
  static final int GSS_ENC_REQUEST_CODE = (1234 << 16) | 5680;

  private static final int CODE_BYTES = 4;
  private static final int MIN_KEY_BYTES = 4;
  private static final int MAX_KEY_BYTES = 256;
  private static final int TLS_HANDSHAKE = 0x16;

  private byte[] packet = new byte[LENGTH_BYTES];
  private int seen;

  /**
   * Takes from {@code in[index, end)} what the packet still lacks; nothing if it is complete.
   *
   * @return the index of the first byte not taken
   * @throws ProtocolViolation as soon as the length is known to be wrong
   */
  public int feed(ByteBuf in, int index, int end) {
    int at = take(in, index, end);
    if (seen == LENGTH_BYTES && packet.length == LENGTH_BYTES) {
      packet = Arrays.copyOf(packet, lengthOf(Unpooled.wrappedBuffer(packet)));
      at = take(in, at, end);
    }
    return at;
  }

  private int take(ByteBuf in, int index, int end) {
    int count = Math.min(packet.length - seen, end - index);
    in.getBytes(index, packet, seen, count);
    seen += count;
    return index + count;
  }

  /** Whether all bytes of the packet have been fed. */
  public boolean complete() {
    return seen > LENGTH_BYTES && seen == packet.length;
  }

  /**
   * The packet, once it is {@link #complete()}; the decoder is then ready for another one, as after
   * an {@link StartupPacket.SslRequest}.
   */
  public StartupPacket packet() {
    if (!complete()) {
      throw new IllegalStateException("the startup packet is incomplete");
    }
    ByteBuf whole = Unpooled.wrappedBuffer(packet);
    packet = new byte[LENGTH_BYTES];
    seen = 0;
    return decode(whole);
  }

  /** Whether a connection that begins with this byte speaks TLS without asking first. */
  public static boolean isTlsHandshake(byte first) {
    return first == TLS_HANDSHAKE;
  }

  /**
   * Length in bytes of the packet that starts at the reader index, length field included. Moves
   * nothing; needs 4 readable bytes.
   *
   * @throws ProtocolViolation if no startup packet has this length
   */
  public static int lengthOf(ByteBuf packet) {
    int length = packet.getInt(packet.readerIndex());
    if (length < LENGTH_BYTES + CODE_BYTES || length > MAX_LENGTH) {
      throw invalidLength();
    }
    return length;
  }

  /**
   * Reads the packet at the reader index and moves past it; bytes behind it are left alone.
   *
   * @throws ProtocolViolation if it is cut short or laid out wrongly
   */
  public static StartupPacket decode(ByteBuf completePacket) {
    if (completePacket.readableBytes() < LENGTH_BYTES
        || completePacket.readableBytes() < lengthOf(completePacket)) {
      throw invalidLength();
    }
    ByteBuf body = completePacket.readSlice(lengthOf(completePacket)).skipBytes(LENGTH_BYTES);
    int code = body.readInt();
    return switch (code) {
      case SSL_REQUEST_CODE -> withoutBody(body, new StartupPacket.SslRequest());
      case GSS_ENC_REQUEST_CODE -> withoutBody(body, new StartupPacket.GssEncRequest());
      case CANCEL_REQUEST_CODE -> cancelRequest(body);
      default -> startup(code >>> 16, code & 0xffff, body);
    };
  }

  private static StartupPacket withoutBody(ByteBuf body, StartupPacket packet) {
    if (body.isReadable()) {
      throw invalidLength();
    }
    return packet;
  }

  private static StartupPacket cancelRequest(ByteBuf body) {
    int keyBytes = body.readableBytes() - Integer.BYTES;
    if (keyBytes < 0) {
      throw new ProtocolViolation("invalid length of cancel request packet");
    }
    if (keyBytes < MIN_KEY_BYTES || keyBytes > MAX_KEY_BYTES) {
      throw new ProtocolViolation("invalid length of cancel key in cancel request packet");
    }
    return new StartupPacket.CancelRequest(body.readInt(), MessageReader.readRest(body));
  }

  /** Only version 3 has parameters in this layout; the caller refuses the others by number. */
  private static StartupPacket startup(int major, int minor, ByteBuf body) {
    return new StartupPacket.Startup(major, minor, major == 3 ? parameters(body) : Map.of());
  }

  private static Map<String, String> parameters(ByteBuf body) {
    int last = body.writerIndex() - 1;
    Map<String, String> parameters = new LinkedHashMap<>();
    while (body.readerIndex() < last && body.getByte(body.readerIndex()) != 0) {
      String name = parameter(body);
      parameters.put(name, parameter(body));
    }
    if (body.readerIndex() != last || body.readByte() != 0) {
      throw missingTerminator();
    }
    return parameters;
  }

  private static String parameter(ByteBuf body) {
    if (MessageReader.cstringEnd(body, body.readerIndex(), body.writerIndex()) < 0) {
      throw missingTerminator();
    }
    return MessageReader.readCstring(body);
  }

  private static ProtocolViolation invalidLength() {
    return new ProtocolViolation("invalid length of startup packet");
  }

  private static ProtocolViolation missingTerminator() {
    return new ProtocolViolation("invalid startup packet layout: expected terminator as last byte");
  }
}
