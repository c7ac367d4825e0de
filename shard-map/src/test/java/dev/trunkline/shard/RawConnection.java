package dev.trunkline.shard;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** The simple query protocol and nothing else: no driver stands between a text and the server. */
final class RawConnection implements AutoCloseable {
  private final Socket socket;
  private final DataInputStream in;
  private final DataOutputStream out;

  /**
   * How the server answered a text.
   *
   * @param commands number of statements it carried out
   * @param value the last value of the last row; null for none
   * @param error SQLSTATE and message; null for none
   */
  record Answer(int commands, String value, String error) {}

  RawConnection(int port) throws IOException {
    socket = new Socket("localhost", port);
    socket.setTcpNoDelay(true);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    out = new DataOutputStream(socket.getOutputStream());
    byte[] startup = "user\0postgres\0database\0postgres\0\0".getBytes(StandardCharsets.US_ASCII);
    out.writeInt(startup.length + 8);
    out.writeInt(3 << 16);
    out.write(startup);
    answer();
  }

  Answer query(byte[] text) throws IOException {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    DataOutputStream fields = new DataOutputStream(message);
    fields.writeByte('Q');
    fields.writeInt(text.length + 5);
    fields.write(text);
    fields.writeByte(0);
    out.write(message.toByteArray());
    return answer();
  }

  private Answer answer() throws IOException {
    int commands = 0;
    String value = null;
    String error = null;
    while (true) {
      int type = in.readUnsignedByte();
      byte[] body = new byte[in.readInt() - 4];
      in.readFully(body);
      switch (type) {
        case 'C' -> commands++;
        case 'D' -> value = lastField(body);
        case 'E' -> error = new String(body, StandardCharsets.UTF_8).replace('\0', ' ');
        case 'Z' -> {
          return new Answer(commands, value, error);
        }
        default -> {}
      }
    }
  }

  private static String lastField(byte[] row) {
    return row.length < 6 ? null : new String(row, 6, row.length - 6, StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
