package dev.trunkline.proxy.pool;

import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.PeerConfig;
import dev.trunkline.proxy.config.ProxyConfig;
import dev.trunkline.proxy.server.Connector;
import dev.trunkline.proxy.server.Endpoint;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The other processes of {@code [peers]}, to which cancel requests are passed on that came here but
 * are theirs. Nothing else goes to them. Safe from any thread.
 */
public final class Peers {
  private final ConcurrentHashMap<Integer, PeerPool> pools = new ConcurrentHashMap<>();
  private final Supplier<ProxyConfig> config;
  private final Connector connector;

  public Peers(Supplier<ProxyConfig> config, Connector connector) {
    this.config = config;
    this.connector = connector;
  }

  /** This process's own number; 0 = it is nobody's peer. */
  public int own() {
    return config.get().settings().get(Keys.PEER_ID);
  }

  /**
   * Passes a cancel request on, at once or as soon as the peer's pool has room.
   *
   * @param from the socket it came through; who leaves does not wait any more
   * @param done called once, on any thread: the peer has acted on it, or it was given up
   * @return false when there is no such peer
   */
  public boolean forward(int id, Channel from, int pid, byte[] key, Runnable done) {
    PeerConfig peer = peer(id);
    if (peer == null || id == own()) {
      return false;
    }
    PeerPool pool = pools.computeIfAbsent(id, PeerPool::new);
    PeerPool.Request request =
        new PeerPool.Request(
            over -> connector.pass(from.eventLoop(), endpoint(peer), pid, key, over), done);
    pool.add(request, peer.poolSize());
    from.closeFuture().addListener(closed -> pool.giveUp(request));
    long patience = config.get().settings().get(Keys.CANCEL_WAIT_TIMEOUT).toMillis();
    if (patience > 0) {
      from.eventLoop().schedule(() -> pool.giveUp(request), patience, TimeUnit.MILLISECONDS);
    }
    return true;
  }

  private PeerConfig peer(int id) {
    return config.get().peers().get(id);
  }

  private static Endpoint endpoint(PeerConfig peer) {
    return new Endpoint("peer-" + peer.id(), peer.host(), peer.port(), "");
  }

  /** The peers of now, by number, with the bounds that are in force. */
  public List<PeerConfig> all() {
    List<PeerConfig> all = new ArrayList<>(config.get().peers().values());
    all.sort(Comparator.comparingInt(PeerConfig::id));
    return all;
  }

  /** How the pools stand of peers that something was passed on to, by number. */
  public List<PeerPool.Figures> figures() {
    List<PeerPool.Figures> figures = new ArrayList<>();
    pools.values().forEach(pool -> figures.add(pool.figures()));
    figures.sort(Comparator.comparingInt(PeerPool.Figures::id));
    return figures;
  }
}
