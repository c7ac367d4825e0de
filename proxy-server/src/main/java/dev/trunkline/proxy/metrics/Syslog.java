package dev.trunkline.proxy.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.trunkline.proxy.config.Facility;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * The system's log: one datagram per line to a unix socket, as the C library sends them (RFC 3164).
 * The JDK has no such sockets, Netty's native transport has. Never blocks: where the system's log
 * does not keep up, lines are lost, and counted. Calls come one at a time.
 */
final class Syslog implements AutoCloseable {
  static final Path DEV_LOG = Path.of("/dev/log");

  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("MMM ppd HH:mm:ss ", Locale.ROOT)
          .withZone(ZoneId.systemDefault());

  /** A line of {@link LogLine#MAX_CHARS}, whatever is in it, and its head. */
  private static final int BYTES = 4 * LogLine.MAX_CHARS;

  private final Socket socket = Socket.newSocketDomainDgram();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BYTES);
  private final byte[] path;
  private final String tag;
  private final int facility;

  private Syslog(Path path, String ident, Facility facility, long pid) {
    this.path = path.toString().getBytes(UTF_8);
    this.tag = ident + "[" + pid + "]: ";
    this.facility = facility.code();
  }

  /**
   * Opens it.
   *
   * @param path of its socket
   * @param ident what lines begin with
   * @throws IOException when this machine cannot do it, with a sentence
   */
  static Syslog open(Path path, String ident, Facility facility, long pid) throws IOException {
    if (!Epoll.isAvailable()) {
      throw new IOException(
          "syslog needs Netty's native transport: " + Epoll.unavailabilityCause().getMessage());
    }
    if (!Files.exists(path)) {
      Log.warning("syslog: there is no " + path + "; lines are lost until there is");
    }
    return new Syslog(path, ident, facility, pid);
  }

  /**
   * Sends one line.
   *
   * @param text without an end of line
   * @return false when it is lost
   */
  boolean send(Log.Level level, Instant time, byte[] text) {
    String head = "<" + (facility * 8 + severity(level)) + ">" + STAMP.format(time) + tag;
    buffer.clear();
    buffer.put(head.getBytes(UTF_8));
    buffer.put(text, 0, Math.min(text.length, buffer.remaining()));
    try {
      return socket.sendToDomainSocket(buffer, 0, buffer.position(), path) > 0;
    } catch (IOException e) {
      return false; // nobody listens there now
    }
  }

  /** As PgBouncer maps them. */
  private static int severity(Log.Level level) {
    return switch (level) {
      case FATAL -> 2;
      case ERROR -> 3;
      case WARNING -> 4;
      case LOG -> 6;
      case DEBUG, NOISE -> 7;
    };
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
