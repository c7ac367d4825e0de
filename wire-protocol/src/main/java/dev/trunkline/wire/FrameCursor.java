package dev.trunkline.wire;

import io.netty.buffer.ByteBuf;

/**
 * Walks a stream of tagged protocol messages (one tag byte, an int4 length that counts itself, the
 * body), however the stream is cut into chunks. Keeps numbers, never bytes: bodies are passed on by
 * whoever owns the chunks. The only framing code of the proxy.
 *
 * <pre>{@code
 * while (index < end) {
 *   index = cursor.header(chunk, index, end);
 *   if (!cursor.headerComplete()) break;
 *   index = cursor.skip(index, end);
 *   if (cursor.bodyRemaining() == 0) cursor.next();
 * }
 * }</pre>
 *
 * <p>Not thread safe. Allocates nothing after construction. After a {@link ProtocolViolation} the
 * stream has lost its frames and the cursor must not be used again.
 */
public final class FrameCursor {
  /** Bytes of a complete header: tag and length field. */
  public static final int HEADER_BYTES = 5;

  /** Bytes of the length field, and the smallest value it may hold. */
  public static final int LENGTH_BYTES = 4;

  private int maxLength;
  private byte tag;
  private int length;
  private int headerSeen;
  private int bodyRemaining;

  /**
   * A cursor at the beginning of a stream.
   *
   * @param maxLength largest accepted value of the length field in bytes, at least 4
   */
  public FrameCursor(int maxLength) {
    limit(maxLength);
  }

  /**
   * Changes the limit for the frames to come: small while the peer is unknown, larger once it has
   * logged in.
   *
   * @param maxLength largest accepted value of the length field in bytes, at least 4
   */
  public void limit(int maxLength) {
    if (maxLength < LENGTH_BYTES) {
      throw new IllegalArgumentException("maxLength " + maxLength + " leaves no room for a frame");
    }
    this.maxLength = maxLength;
  }

  /**
   * Takes from {@code in[index, end)} what the header still lacks; nothing if it is complete.
   *
   * @return the index of the first byte not taken
   * @throws ProtocolViolation if the length field is below 4 or above the limit
   */
  public int header(ByteBuf in, int index, int end) {
    if (headerSeen != 0 || end - index < HEADER_BYTES) {
      return headerBytewise(in, index, end);
    }
    length = checkLength(in.getInt(index + 1));
    tag = in.getByte(index);
    begin();
    return index + HEADER_BYTES;
  }

  /** The header straddles chunks: rare, so byte by byte, without a buffer. */
  private int headerBytewise(ByteBuf in, int index, int end) {
    int at = index;
    while (headerSeen < HEADER_BYTES && at < end) {
      takeHeaderByte(in.getByte(at++));
    }
    return at;
  }

  private void takeHeaderByte(byte value) {
    if (headerSeen == 0) {
      tag = value;
      headerSeen = 1;
      return;
    }
    length = (length << 8) | (value & 0xff);
    if (headerSeen < HEADER_BYTES - 1) {
      headerSeen++;
      return;
    }
    checkLength(length);
    begin();
  }

  private void begin() {
    headerSeen = HEADER_BYTES;
    bodyRemaining = length - LENGTH_BYTES;
  }

  /** As a signed int, so that 2 GiB and more is negative and refused by the first comparison. */
  private int checkLength(int value) {
    if (value < LENGTH_BYTES || value > maxLength) {
      throw invalidLength(value);
    }
    return value;
  }

  private ProtocolViolation invalidLength(int value) {
    return new ProtocolViolation(
        ProtocolViolation.SQLSTATE,
        "invalid message length",
        "The length field says "
            + Integer.toUnsignedString(value)
            + ", which is outside 4 to "
            + maxLength
            + ".");
  }

  /**
   * Consumes up to {@link #bodyRemaining()} body bytes of {@code [index, end)}.
   *
   * @return the index of the first byte not consumed
   */
  public int skip(int index, int end) {
    int taken = Math.min(bodyRemaining, end - index);
    bodyRemaining -= taken;
    return index + taken;
  }

  /**
   * Begins the next frame; to be called after the last byte of the current one.
   *
   * @throws IllegalStateException if bytes of the current frame are missing
   */
  public void next() {
    if (headerSeen != HEADER_BYTES || bodyRemaining != 0) {
      throw new IllegalStateException("the frame has not ended");
    }
    restart();
  }

  /** Forgets the current frame: its bytes will be presented again from its first one. */
  public void restart() {
    headerSeen = 0;
    length = 0;
    bodyRemaining = 0;
  }

  /** Whether tag and length of the current frame are known. */
  public boolean headerComplete() {
    return headerSeen == HEADER_BYTES;
  }

  /** Header bytes of the current frame seen so far, 0 to 5. */
  public int headerSeen() {
    return headerSeen;
  }

  /** Tag of the current frame; valid once {@link #headerSeen()} is positive. */
  public byte tag() {
    return tag;
  }

  /** Value of the length field, which counts itself; valid once the header is complete. */
  public int length() {
    return length;
  }

  /** Bytes of the whole body, seen or not; valid once the header is complete. */
  public int bodyLength() {
    return length - LENGTH_BYTES;
  }

  /** Body bytes not seen yet; 0 while the header is incomplete. */
  public int bodyRemaining() {
    return bodyRemaining;
  }

  /** Whether no byte of an unfinished frame has been seen: here other bytes may be injected. */
  public boolean atBoundary() {
    return headerSeen == 0 || (headerSeen == HEADER_BYTES && bodyRemaining == 0);
  }

  /**
   * Writes the first {@code count} bytes of the current header, for an owner that has already let
   * go of the chunk they came in.
   *
   * @param count at most {@link #headerSeen()}
   */
  public void copyHeader(ByteBuf out, int count) {
    if (count > headerSeen) {
      throw new IndexOutOfBoundsException(count + " header bytes wanted, " + headerSeen + " seen");
    }
    if (count > 0) {
      out.writeByte(tag);
    }
    for (int i = 1; i < count; i++) {
      // A partial length sits in the low bytes, so the shift counts from the last byte seen.
      out.writeByte(length >>> (8 * (headerSeen - 1 - i)));
    }
  }
}
