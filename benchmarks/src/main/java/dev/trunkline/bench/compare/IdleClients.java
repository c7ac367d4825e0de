package dev.trunkline.bench.compare;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Clients that log in, by trust, and then say nothing until they are closed. */
final class IdleClients implements Closeable {
  /** As many as one source address has ports for, with room to spare. */
  private static final int PER_ADDRESS = 10_000;

  private final List<WireClient> clients = new ArrayList<>();

  private IdleClients() {}

  static IdleClients connect(int count, int port) throws IOException {
    IdleClients all = new IdleClients();
    try {
      for (int i = 0; i < count; i++) {
        all.clients.add(WireClient.connect(i / PER_ADDRESS + 1, port));
      }
      return all;
    } catch (IOException failure) {
      all.close();
      throw new IOException(
          "idle client %d: %s".formatted(all.clients.size() + 1, failure.getMessage()), failure);
    }
  }

  @Override
  public void close() throws IOException {
    for (WireClient client : clients) {
      client.close();
    }
  }
}
