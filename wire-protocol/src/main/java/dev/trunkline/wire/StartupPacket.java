package dev.trunkline.wire;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The first, untagged packet of a connection, as {@link StartupDecoder} reads it. */
public sealed interface StartupPacket {
  /**
   * A login.
   *
   * @param major 3 for all current clients; of other versions nothing but the number is read
   * @param minor 0 or 2, or anything a future client asks for
   * @param parameters in the order sent; a repeated name keeps its place and takes the last value
   */
  record Startup(int major, int minor, Map<String, String> parameters) implements StartupPacket {
    public Startup {
      parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    }

    /** The user to log in as, or null. */
    public String user() {
      return parameters.get("user");
    }

    /** The database asked for; the user's name if none was. Null if both are missing. */
    public String database() {
      String database = parameters.get("database");
      return database == null || database.isEmpty() ? user() : database;
    }

    /** Whether, and how, it asks for a replication connection. */
    public Replication replication() {
      return Replication.of(parameters.get("replication"));
    }
  }

  /** Asks for TLS; answered with one byte, then the client starts over. */
  record SslRequest() implements StartupPacket {}

  /** Asks for GSSAPI encryption; answered with one byte, then the client starts over. */
  record GssEncRequest() implements StartupPacket {}

  /**
   * Asks to cancel what another connection is doing; never answered.
   *
   * @param pid process number of that connection
   * @param key its secret: 4 bytes in protocol 3.0, up to 256 in 3.2; not to be changed or logged
   */
  @SuppressWarnings("ArrayRecordComponent") // with its own equals and hashCode
  record CancelRequest(int pid, byte[] key) implements StartupPacket {
    @Override
    public boolean equals(Object other) {
      return other instanceof CancelRequest that && pid == that.pid && Arrays.equals(key, that.key);
    }

    @Override
    public int hashCode() {
      return 31 * pid + Arrays.hashCode(key);
    }

    /** Without the key, which is a secret. */
    @Override
    public String toString() {
      return "CancelRequest[pid=" + pid + "]";
    }
  }
}
