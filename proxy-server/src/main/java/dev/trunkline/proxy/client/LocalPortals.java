package dev.trunkline.proxy.client;

import static dev.trunkline.proxy.relay.FrontendSink.DONE;

import dev.trunkline.shard.SettingCommand;
import dev.trunkline.shard.StatementKind;
import dev.trunkline.wire.Backend;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.FrontendDecoder;
import dev.trunkline.wire.ProtocolViolation;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The extended protocol for statements that the proxy carries out itself, and for a COPY that waits
 * for its first row.
 */
final class LocalPortals {
  private static final int BOOL_OID = 16;
  private static final int TEXT_OID = 25;

  /** Characters kept for all portals of a client together. */
  private static final int MAX_LENGTH = 128 * 1024;

  /** What a portal takes beside its texts, about. */
  private static final int OVERHEAD = 200;

  private final ClientSession session;
  private final LocalAnswers local;
  private final Map<String, LocalPortal> portals = new HashMap<>();
  private int length;

  LocalPortals(ClientSession session, LocalAnswers local) {
    this.session = session;
    this.local = local;
  }

  void clear() {
    portals.clear();
    length = 0;
  }

  /** Closes the portal of that name; whether it was here. */
  boolean remove(String name) {
    LocalPortal portal = portals.remove(name);
    length -= portal == null ? 0 : length(name, portal);
    return portal != null;
  }

  private boolean add(String name, LocalPortal portal) {
    remove(name);
    int more = length(name, portal);
    if (length + more > MAX_LENGTH) {
      return false;
    }
    portals.put(name, portal);
    length += more;
    return true;
  }

  private static int length(String name, LocalPortal portal) {
    return OVERHEAD + name.length() + portal.length();
  }

  /** Binds a COPY whose first row decides where it goes. */
  int bind(CopyStart copy, ByteBuf buf, int from, int portalEnd) {
    if (session.owedReplies()) {
      return session.intake.holdForReplies();
    }
    ErrorFields error = local.inFailedTransaction(StatementKind.COPY);
    return error != null
        ? session.refuse(error)
        : bound(LocalPortal.of(copy), buf, from, portalEnd);
  }

  private int bound(LocalPortal portal, ByteBuf buf, int from, int portalEnd) {
    if (!add(ExtendedMessages.text(buf, from, portalEnd), portal)) {
      return session.refuse(StatementErrors.tooMuchKept());
    }
    session.connection.write(Backend::bindComplete);
    return DONE;
  }

  /** Binds a statement of that kind, whose text is sql. */
  int bind(
      StatementKind kind,
      SettingCommand command,
      String sql,
      ByteBuf buf,
      int from,
      int portalEnd,
      int to,
      int length) {
    if (session.owedReplies()) {
      return session.intake.holdForReplies();
    }
    if (to - from != length) {
      throw new ProtocolViolation("invalid Bind message");
    }
    FrontendDecoder.Bind bind = FrontendDecoder.bind(buf.slice(from, length));
    LocalPortal portal;
    if (kind == StatementKind.SETTING) {
      String value = parameter(bind, command.valueParameter(), command.value());
      boolean ends = flag(parameter(bind, command.localParameter(), null), command.local());
      portal = new LocalPortal(kind, "", command, value, ends, null);
    } else {
      portal = new LocalPortal(kind, sql.strip(), null, null, false, null);
    }
    return bound(portal, buf, from, portalEnd);
  }

  /** The value a Bind has for a setting; null for NULL. */
  static String parameter(ByteBuf bind, SettingCommand command) {
    return parameter(FrontendDecoder.bind(bind), command.valueParameter(), null);
  }

  private static String parameter(FrontendDecoder.Bind bind, int number, String written) {
    if (number == 0) {
      return written;
    }
    List<byte[]> values = bind.values();
    if (number > values.size()) {
      throw new ProtocolViolation("bind message supplies " + values.size() + " parameters");
    }
    byte[] value = values.get(number - 1);
    return value == null ? null : new String(value, StandardCharsets.UTF_8);
  }

  /** A boolean as text, or as the one byte of the binary format. */
  private static boolean flag(String bound, boolean written) {
    if (bound == null) {
      return written;
    }
    return switch (bound) {
      case "\1", "t", "true", "1", "on", "yes", "y", "T", "TRUE" -> true;
      default -> false;
    };
  }

  int describe(SettingCommand command, byte[] definition, boolean statement) {
    if (session.owedReplies()) {
      return session.intake.holdForReplies();
    }
    session.connection.write(
        out -> {
          if (statement) {
            Backend.parameterDescription(out, parameterTypes(command, definition));
          }
          List<Backend.Column> columns =
              command == null ? List.of() : LocalAnswers.columns(command);
          if (columns.isEmpty()) {
            Backend.noData(out);
          } else {
            Backend.rowDescription(out, columns);
          }
        });
    return DONE;
  }

  /** Types of the parameters: those the client has declared, else those of set_config. */
  private static int[] parameterTypes(SettingCommand command, byte[] definition) {
    if (command == null) {
      return new int[0];
    }
    int[] types = new int[Math.max(command.valueParameter(), command.localParameter())];
    Arrays.fill(types, TEXT_OID);
    if (command.localParameter() > 0) {
      types[command.localParameter() - 1] = BOOL_OID;
    }
    // A text, a NUL, the number of types, the types.
    int at = 0;
    while (at < definition.length && definition[at] != 0) {
      at++;
    }
    int room = Math.max(0, definition.length - at - 3) / Integer.BYTES;
    int count = room == 0 ? 0 : ByteBuffer.wrap(definition).getShort(at + 1);
    for (int i = 0; i < Math.min(types.length, Math.min(count, room)); i++) {
      int oid = ByteBuffer.wrap(definition).getInt(at + 3 + i * Integer.BYTES);
      types[i] = oid == 0 ? types[i] : oid;
    }
    return types;
  }

  int execute(LocalPortal portal) {
    if (session.owedReplies()) {
      return session.intake.holdForReplies();
    }
    ErrorFields error = local.inFailedTransaction(portal.kind());
    if (error == null && portal.copy() != null) {
      portals.values().remove(portal);
      return session.copy.begin(portal.copy());
    }
    if (error == null) {
      error =
          portal.kind() == StatementKind.SETTING
              ? local.setting(portal.command(), portal.value(), portal.local(), false)
              : local.transaction(portal.kind(), portal.text());
    }
    return error == null ? DONE : session.refuse(error);
  }

  /** The portal of that name, or null. */
  LocalPortal find(ByteBuf buf, int from, int to) {
    return portals.isEmpty() ? null : portals.get(ExtendedMessages.text(buf, from, to));
  }
}
