package dev.trunkline.wire;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A client that does what a test tells it to, byte for byte; with help for the login. */
public final class FakeClient extends WireSocket {
  private final Map<String, String> parameters = new LinkedHashMap<>();
  private BackendDecoder.BackendKeyData key;

  private FakeClient(Socket socket) throws IOException {
    super(socket);
  }

  /** Connects to a port on the loopback address and sends nothing. */
  public static FakeClient connect(int port) {
    Socket socket = new Socket();
    try {
      InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
      socket.connect(address, (int) READ_TIMEOUT.toMillis());
      return new FakeClient(socket);
    } catch (IOException failure) {
      throw new UncheckedIOException("could not connect to port " + port, failure);
    }
  }

  /** Sends the startup packet of protocol 3.0 with user and database. */
  public void startup(String user, String database) {
    Map<String, String> startup = new LinkedHashMap<>();
    startup.put("user", user);
    startup.put("database", database);
    send(out -> Frontend.startup(out, 0, startup));
  }

  /**
   * Logs in with whatever method the server asks for: trust, clear text, MD5 or SCRAM-SHA-256.
   *
   * @throws AssertionError if the server refuses
   */
  public FakeClient login(String user, String database, String password) {
    startup(user, database);
    Message last = authenticate(user, password).getLast();
    if (last.tag() != Tags.Backend.READY_FOR_QUERY) {
      throw new AssertionError("login refused: " + last.fields());
    }
    return this;
  }

  /**
   * Answers the server's requests after the startup packet; the messages of the server up to
   * ReadyForQuery or ErrorResponse.
   */
  public List<Message> authenticate(String user, String password) {
    Login login = new Login(this, user, password);
    List<Message> messages = login.run();
    for (Message message : messages) {
      remember(message);
    }
    return messages;
  }

  private void remember(Message message) {
    if (message.tag() == Tags.Backend.PARAMETER_STATUS) {
      BackendDecoder.ParameterStatus status = BackendDecoder.parameterStatus(message.buffer());
      parameters.put(status.name(), status.value());
    } else if (message.tag() == Tags.Backend.BACKEND_KEY_DATA) {
      key = BackendDecoder.backendKeyData(message.buffer());
    }
  }

  /** Sends a simple query; the answer up to ReadyForQuery. */
  public List<Message> query(String sql) {
    send(out -> Frontend.query(out, sql));
    return until(Tags.Backend.READY_FOR_QUERY);
  }

  /** Settings the server reported during the login. */
  public Map<String, String> parameters() {
    return parameters;
  }

  /** The key for a CancelRequest, received during the login; null before. */
  public BackendDecoder.BackendKeyData key() {
    return key;
  }

  /** Says goodbye and closes. */
  public void terminate() {
    send(Frontend::terminate);
    close();
  }
}
