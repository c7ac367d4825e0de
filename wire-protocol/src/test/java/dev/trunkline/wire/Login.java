package dev.trunkline.wire;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** The client's side of a login after the startup packet. */
final class Login {
  private final WireSocket socket;
  private final String user;
  private final String password;
  private ScramClient scram;

  Login(WireSocket socket, String user, String password) {
    this.socket = socket;
    this.user = user;
    this.password = password;
  }

  /** All messages up to ReadyForQuery or ErrorResponse. */
  List<Message> run() {
    List<Message> messages = new ArrayList<>();
    Message message;
    do {
      message = socket.receive();
      messages.add(message);
      if (message.tag() == Tags.Backend.AUTHENTICATION) {
        answer(Authentication.decode(message.buffer()));
      }
    } while (message.tag() != Tags.Backend.READY_FOR_QUERY
        && message.tag() != Tags.Backend.ERROR_RESPONSE);
    return messages;
  }

  private void answer(Authentication request) {
    switch (request) {
      case Authentication.Ok() -> {}
      case Authentication.CleartextPassword() -> password(password);
      case Authentication.Md5Password(byte[] salt) -> password(md5(user, password, salt));
      case Authentication.Sasl(var mechanisms) -> saslBegin(mechanisms);
      case Authentication.SaslContinue(byte[] data) -> saslContinue(data);
      case Authentication.SaslFinal(byte[] data) -> scram.verify(data);
      case Authentication.Unsupported(int code) ->
          throw new AssertionError("authentication method " + code);
    }
  }

  private void password(String value) {
    socket.send(out -> Frontend.password(out, value));
  }

  private void saslBegin(List<String> mechanisms) {
    if (!mechanisms.contains(ScramClient.MECHANISM)) {
      throw new AssertionError("no known mechanism in " + mechanisms);
    }
    scram = new ScramClient(password);
    byte[] first = scram.first();
    socket.send(out -> Frontend.saslInitialResponse(out, ScramClient.MECHANISM, first));
  }

  private void saslContinue(byte[] challenge) {
    byte[] last = scram.last(challenge);
    socket.send(out -> Frontend.saslResponse(out, last));
  }

  /** {@code md5} and the hash of the salted hash that PostgreSQL stores. */
  static String md5(String user, String password, byte[] salt) {
    String stored = hash((password + user).getBytes(StandardCharsets.UTF_8), new byte[0]);
    return "md5" + hash(stored.getBytes(StandardCharsets.UTF_8), salt);
  }

  private static String hash(byte[] data, byte[] salt) {
    try {
      MessageDigest md5 = MessageDigest.getInstance("MD5");
      md5.update(data);
      return HexFormat.of().formatHex(md5.digest(salt));
    } catch (NoSuchAlgorithmException missing) {
      throw new AssertionError("every JDK has MD5", missing);
    }
  }
}
