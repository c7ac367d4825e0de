package dev.trunkline.wire;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/** What a server asks for during the login: the messages with tag {@code R}. */
@SuppressWarnings("ArrayRecordComponent") // read once, handed to the authenticator, never compared
public sealed interface Authentication {
  /** The code of {@link Ok}. */
  int OK = 0;

  /** The code of {@link CleartextPassword}. */
  int CLEARTEXT_PASSWORD = 3;

  /** The code of {@link Md5Password}. */
  int MD5_PASSWORD = 5;

  /** The code of {@link Sasl}. */
  int SASL = 10;

  /** The code of {@link SaslContinue}. */
  int SASL_CONTINUE = 11;

  /** The code of {@link SaslFinal}. */
  int SASL_FINAL = 12;

  /** Bytes of the salt of {@link Md5Password}. */
  int MD5_SALT_BYTES = 4;

  /** The login has succeeded. */
  record Ok() implements Authentication {}

  /** Asks for the password as it is. */
  record CleartextPassword() implements Authentication {}

  /**
   * Asks for the hashed password.
   *
   * @param salt 4 bytes
   */
  record Md5Password(byte[] salt) implements Authentication {}

  /**
   * Asks for a SASL exchange.
   *
   * @param mechanisms the server's favourite first
   */
  record Sasl(List<String> mechanisms) implements Authentication {}

  /** The server's challenge. */
  record SaslContinue(byte[] data) implements Authentication {}

  /** The server's proof; {@link Ok} follows. */
  record SaslFinal(byte[] data) implements Authentication {}

  /**
   * A way of logging in that Trunkline does not speak: Kerberos V5 (2), GSSAPI (7, 8), SSPI (9).
   */
  record Unsupported(int code) implements Authentication {}

  /**
   * Reads the body of an Authentication message.
   *
   * @throws ProtocolViolation if it is malformed
   */
  static Authentication decode(ByteBuf body) {
    int code = MessageReader.readInt32(body);
    Authentication message =
        switch (code) {
          case OK -> new Ok();
          case CLEARTEXT_PASSWORD -> new CleartextPassword();
          case MD5_PASSWORD -> new Md5Password(MessageReader.readBytes(body, MD5_SALT_BYTES));
          case SASL -> new Sasl(mechanisms(body));
          case SASL_CONTINUE -> new SaslContinue(MessageReader.readRest(body));
          case SASL_FINAL -> new SaslFinal(MessageReader.readRest(body));
          default -> unsupported(code, body);
        };
    MessageReader.requireEnd(body);
    return message;
  }

  private static Authentication unsupported(int code, ByteBuf body) {
    body.skipBytes(body.readableBytes());
    return new Unsupported(code);
  }

  private static List<String> mechanisms(ByteBuf body) {
    List<String> mechanisms = new ArrayList<>();
    String mechanism = MessageReader.readCstring(body);
    while (!mechanism.isEmpty()) {
      mechanisms.add(mechanism);
      mechanism = MessageReader.readCstring(body);
    }
    return List.copyOf(mechanisms);
  }
}
