package dev.trunkline.proxy.server;

import com.github.benmanes.caffeine.cache.Caffeine;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A prepared statement as servers know it: one text with one list of parameter types in one schema,
 * read with the same settings, under a name that is unique in this process. Interned, so that
 * identity is equality; forgotten when no client and no server refers to it any more.
 */
public final class Statement {
  /** Names of ours begin with this; a client's name never reaches a server otherwise. */
  public static final String PREFIX = "trunkline_";

  private static final class Key {
    private final byte[] definition;
    private final String schema;
    private final SessionSettings settings;
    private final int hash;

    Key(byte[] definition, String schema, SessionSettings settings) {
      this.definition = definition;
      this.schema = schema;
      this.settings = settings;
      this.hash = 31 * Arrays.hashCode(definition) + schema.hashCode();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Key key
          && key.hash == hash
          && key.settings == settings
          && key.schema.equals(schema)
          && Arrays.equals(key.definition, definition);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }

  private static final ConcurrentMap<Key, Statement> INTERNED =
      Caffeine.newBuilder().weakValues().<Key, Statement>build().asMap();
  private static final AtomicLong NEXT = new AtomicLong();

  private final Key key;
  private final byte[] name;

  private Statement(Key key) {
    this.key = key;
    this.name = (PREFIX + NEXT.incrementAndGet()).getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * The statement of this definition in this schema.
   *
   * @param definition body of a Parse message after the name: text, NUL, parameter types
   * @param schema logical shard, or "" in databases that are not sharded
   * @param settings {@link SessionSettings#ofTexts} of the client; PostgreSQL reads literals once,
   *     when it prepares, by the TimeZone and the DateStyle of that moment
   */
  public static Statement of(byte[] definition, String schema, SessionSettings settings) {
    return INTERNED.computeIfAbsent(new Key(definition, schema, settings), Statement::new);
  }

  /** Whether it is the statement for that schema and a client with these settings. */
  public boolean isFor(String schema, SessionSettings settings) {
    return key.settings == settings && key.schema.equals(schema);
  }

  /** Body of a Parse message after the name. Not to be modified. */
  public byte[] definition() {
    return key.definition;
  }

  /** The name on servers, without the terminating NUL. Not to be modified. */
  public byte[] name() {
    return name;
  }

  /**
   * Writes the Parse message for it.
   *
   * @param as the name on the server: its own, or none
   */
  public void parse(ByteBuf out, byte[] as) {
    out.writeByte('P').writeInt(4 + as.length + 1 + key.definition.length);
    out.writeBytes(as).writeByte(0).writeBytes(key.definition);
  }

  /** What it counts against byte limits. */
  public int bytes() {
    return key.definition.length + name.length + 64;
  }
}
