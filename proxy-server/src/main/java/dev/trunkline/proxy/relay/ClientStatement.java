package dev.trunkline.proxy.relay;

import dev.trunkline.proxy.server.SessionSettings;
import dev.trunkline.proxy.server.Statement;
import dev.trunkline.shard.SettingCommand;
import dev.trunkline.shard.StatementKind;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * A prepared statement as its client knows it: the client's name, the definition, and what reading
 * its text has told.
 */
public final class ClientStatement {
  /** Link of {@link StatementTable}. */
  ClientStatement next;

  private final byte[] name;
  private final byte[] definition;
  private final StatementKind kind;
  private final long effects;
  private final boolean workspaceFree;
  private final String comment;
  private final SettingCommand setting;
  private final KeptShape shape = new KeptShape();
  private final SessionSettings parsedWith;

  /** What servers know it as, read as the client's Parse was, and read with other settings. */
  private Statement asParsed;

  private Statement asNow;

  /**
   * @param name without the NUL
   * @param definition body of the Parse message after the name
   * @param comment workspace named in a comment, or null
   * @param setting what a SETTING statement does, or null
   * @param parsedWith the settings its text is read with
   */
  public ClientStatement(
      byte[] name,
      byte[] definition,
      StatementKind kind,
      long effects,
      boolean workspaceFree,
      String comment,
      SettingCommand setting,
      SessionSettings parsedWith) {
    this.name = name;
    this.definition = definition;
    this.kind = kind;
    this.effects = effects;
    this.workspaceFree = workspaceFree;
    this.comment = comment;
    this.setting = setting;
    this.parsedWith = parsedWith;
  }

  byte[] name() {
    return name;
  }

  public byte[] definition() {
    return definition;
  }

  public StatementKind kind() {
    return kind;
  }

  public long effects() {
    return effects;
  }

  public boolean workspaceFree() {
    return workspaceFree;
  }

  public String comment() {
    return comment;
  }

  public SettingCommand setting() {
    return setting;
  }

  /** Where it has its key. */
  public KeptShape shape() {
    return shape;
  }

  /** Offset of the NUL behind the text in the definition. */
  public int textEnd() {
    int end = 0;
    while (definition[end] != 0) {
      end++;
    }
    return end;
  }

  /** The SQL text. */
  public String text() {
    return new String(definition, 0, textEnd(), StandardCharsets.UTF_8);
  }

  /** The settings its text was read with when the client prepared it. */
  public SessionSettings parsedWith() {
    return parsedWith;
  }

  /** What servers know it as, in that schema and read with these settings. */
  public Statement in(String schema, SessionSettings settings) {
    boolean parsed = settings == parsedWith;
    Statement known = parsed ? asParsed : asNow;
    if (known == null || !known.isFor(schema, settings)) {
      known = Statement.of(definition, schema, settings);
      asParsed = parsed ? known : asParsed;
      asNow = parsed ? asNow : known;
    }
    return known;
  }

  /** What the client's own Parse was sent as. */
  public Statement asParsed() {
    return asParsed;
  }

  int bytes() {
    return name.length + definition.length + 96;
  }

  boolean named(ByteBuf buf, int from, int to) {
    if (to - from != name.length) {
      return false;
    }
    for (int i = 0; i < name.length; i++) {
      if (buf.getByte(from + i) != name[i]) {
        return false;
      }
    }
    return true;
  }
}
