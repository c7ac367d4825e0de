package dev.trunkline.proxy.console;

import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.proxy.server.ServerConnection;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * SUSPEND: what is written already goes out, and nothing is read from any socket but those of the
 * console, nor is anybody let in, until RESUME. Any thread.
 */
final class Suspension {
  private final ProxyControl control;
  private final Set<ConsoleStage> consoles;

  /** The sockets that are shut, with what shuts them; null while nothing is. Guarded by this. */
  private Map<Channel, Valve> shut;

  Suspension(ProxyControl control, Set<ConsoleStage> consoles) {
    this.control = control;
    this.consoles = consoles;
  }

  synchronized boolean inForce() {
    return shut != null;
  }

  /** Shuts all sockets; false when they are already. Returns when nothing more is read. */
  synchronized boolean begin() {
    if (shut != null) {
      return false;
    }
    shut = new ConcurrentHashMap<>();
    control.accepting(false);
    List<LoopReader.Task<Void>> tasks = new ArrayList<>();
    sockets().forEach((channel, name) -> tasks.add(task(channel, () -> shut(channel, name))));
    LoopReader.read(tasks);
    return true;
  }

  private static LoopReader.Task<Void> task(Channel channel, Runnable work) {
    return new LoopReader.Task<>(
        channel.eventLoop(),
        () -> {
          work.run();
          return List.of();
        });
  }

  private void shut(Channel channel, String name) {
    Valve valve = Valve.shut(channel, name);
    if (valve != null) {
      shut.put(channel, valve);
    }
  }

  /** Every socket of clients and servers, with the name of its last handler. */
  private Map<Channel, String> sockets() {
    Map<Channel, String> sockets = new HashMap<>();
    control.admission().sockets().forEach(channel -> sockets.put(channel, "client"));
    consoles.forEach(stage -> sockets.remove(stage.connection().channel()));
    for (Pool pool : control.directory().pools().all()) {
      for (ServerConnection server : pool.snapshot().servers()) {
        sockets.put(server.channel(), "server");
      }
    }
    return sockets;
  }

  /** Those that still have something to send. */
  synchronized Set<Channel> busy() {
    Set<Channel> busy = new HashSet<>();
    if (shut != null) {
      shut.keySet().stream().filter(channel -> Clients.unsent(channel) > 0).forEach(busy::add);
    }
    return busy;
  }

  /** Lets everything go on; false when nothing was suspended. */
  synchronized boolean end() {
    if (shut == null) {
      return false;
    }
    shut.forEach((channel, valve) -> channel.eventLoop().execute(() -> valve.open(channel)));
    shut = null;
    control.accepting(true);
    return true;
  }
}
