package dev.trunkline.proxy.relay;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * A client's named prepared statements. A hash table over the names' bytes, so that looking one up
 * in a message allocates nothing. Bounded in bytes by its user.
 */
public final class StatementTable {
  private ClientStatement[] slots = new ClientStatement[0];
  private int size;
  private long bytes;

  /** The statement whose name is in buf[from, to), or null. */
  public ClientStatement get(ByteBuf buf, int from, int to) {
    if (size == 0) {
      return null;
    }
    ClientStatement found = slots[hash(buf, from, to) & (slots.length - 1)];
    while (found != null && !found.named(buf, from, to)) {
      found = found.next;
    }
    return found;
  }

  /** Adds a statement whose name is not in the table. */
  public void add(ClientStatement statement) {
    if (size >= slots.length) {
      grow();
    }
    link(slots, statement);
    size++;
    bytes += statement.bytes();
  }

  /** Removes it, if it is there. */
  public void remove(ClientStatement statement) {
    if (size == 0) {
      return;
    }
    int at = Arrays.hashCode(statement.name()) & (slots.length - 1);
    ClientStatement before = null;
    for (ClientStatement each = slots[at]; each != null; each = each.next) {
      if (each == statement) {
        if (before == null) {
          slots[at] = each.next;
        } else {
          before.next = each.next;
        }
        size--;
        bytes -= statement.bytes();
        return;
      }
      before = each;
    }
  }

  public void clear() {
    slots = new ClientStatement[0];
    size = 0;
    bytes = 0;
  }

  public int size() {
    return size;
  }

  public long bytes() {
    return bytes;
  }

  private void grow() {
    ClientStatement[] wider = new ClientStatement[Math.max(8, slots.length * 2)];
    for (ClientStatement chain : slots) {
      ClientStatement each = chain;
      while (each != null) {
        ClientStatement following = each.next;
        link(wider, each);
        each = following;
      }
    }
    slots = wider;
  }

  private static void link(ClientStatement[] into, ClientStatement statement) {
    int at = Arrays.hashCode(statement.name()) & (into.length - 1);
    statement.next = into[at];
    into[at] = statement;
  }

  private static int hash(ByteBuf buf, int from, int to) {
    int hash = 1;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + buf.getByte(i);
    }
    return hash;
  }
}
