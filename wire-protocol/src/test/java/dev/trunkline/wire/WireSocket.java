package dev.trunkline.wire;

import io.netty.buffer.ByteBuf;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One end of a conversation in a test, on a plain blocking socket. Nothing hangs: reading waits 10
 * seconds at most, and the whole socket lives two minutes at most.
 */
public class WireSocket implements AutoCloseable {
  static final Duration READ_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration LIFETIME = Duration.ofMinutes(2);
  private static final int MAX_BODY_BYTES = 64 << 20;

  private final Socket socket;
  private final DataInputStream in;
  private final CountDownLatch closed = new CountDownLatch(1);

  WireSocket(Socket socket) throws IOException {
    this.socket = socket;
    socket.setTcpNoDelay(true);
    socket.setSoTimeout((int) READ_TIMEOUT.toMillis());
    in = new DataInputStream(socket.getInputStream());
    Thread.ofVirtual().name("lifetime of " + socket).start(this::closeAtEndOfLife);
  }

  /** A blocked write has no timeout of its own. */
  private void closeAtEndOfLife() {
    try {
      if (!closed.await(LIFETIME.toSeconds(), TimeUnit.SECONDS)) {
        close();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** Sends what the encoder writes, such as {@code out -> Frontend.query(out, "select 1")}. */
  public final void send(Consumer<ByteBuf> encoder) {
    send(Message.bytes(encoder));
  }

  public final void send(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
    } catch (IOException failure) {
      throw new UncheckedIOException("could not send", failure);
    }
  }

  /** The next tagged message. */
  public final Message receive() {
    return receiveBehind(receiveBytes(1)[0]);
  }

  /** The next tagged message, or null at the end of the connection. */
  public final Message receiveOrNull() {
    int tag = readByte();
    return tag < 0 ? null : receiveBehind((byte) tag);
  }

  private Message receiveBehind(byte tag) {
    int length = ByteBuffer.wrap(receiveBytes(Integer.BYTES)).getInt();
    int bodyBytes = length - FrameCursor.LENGTH_BYTES;
    if (bodyBytes < 0 || bodyBytes > MAX_BODY_BYTES) {
      throw new AssertionError("message '" + (char) tag + "' with length " + length);
    }
    return new Message(tag, receiveBytes(bodyBytes));
  }

  /** The next tagged message, which must have this tag. */
  public final Message expect(byte tag) {
    Message message = receive();
    if (message.tag() != tag) {
      throw new AssertionError("expected '" + (char) tag + "', but was " + message);
    }
    return message;
  }

  /** All messages up to and including the first with this tag. */
  public final List<Message> until(byte tag) {
    return untilAny(tag, tag);
  }

  final List<Message> untilAny(byte tag, byte otherTag) {
    List<Message> messages = new ArrayList<>();
    Message message;
    do {
      message = receiveAfter(messages);
      messages.add(message);
    } while (message.tag() != tag && message.tag() != otherTag);
    return messages;
  }

  private Message receiveAfter(List<Message> messages) {
    try {
      return receive();
    } catch (AssertionError failure) {
      throw new AssertionError(failure.getMessage() + " after " + messages, failure);
    }
  }

  /** Bytes without a frame, such as the one that answers an SSLRequest. */
  public final byte[] receiveBytes(int count) {
    try {
      byte[] bytes = in.readNBytes(count);
      if (bytes.length < count) {
        throw new EOFException("the peer closed the connection");
      }
      return bytes;
    } catch (IOException failure) {
      throw new AssertionError("nothing to receive: " + failure.getMessage(), failure);
    }
  }

  /** Waits until the peer closes; fails if it sends anything before, or keeps the socket open. */
  public final void expectClosed() {
    int next = readByte();
    if (next >= 0) {
      throw new AssertionError("expected the end, but was '" + (char) next + "'");
    }
  }

  /** The next byte, or -1 at the end of the connection. */
  private int readByte() {
    try {
      return in.read();
    } catch (SocketException _) {
      return -1; // a reset is an end too
    } catch (IOException failure) {
      throw new AssertionError("neither a byte nor the end: " + failure.getMessage(), failure);
    }
  }

  /** Closes without warning; safe to call again. */
  @Override
  public void close() {
    closed.countDown();
    try {
      socket.close();
    } catch (IOException failure) {
      throw new UncheckedIOException("could not close", failure);
    }
  }

  /** Closes with a reset, as a crashed peer does. */
  public final void reset() {
    try {
      socket.setSoLinger(true, 0);
    } catch (SocketException failure) {
      throw new UncheckedIOException("could not reset", failure);
    }
    close();
  }
}
