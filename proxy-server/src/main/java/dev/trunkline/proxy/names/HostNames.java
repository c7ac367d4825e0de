package dev.trunkline.proxy.names;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.Security;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * The addresses behind the names of servers. An answer of the system's resolver is believed for
 * {@code dns_max_ttl}, a name without addresses for {@code dns_nxdomain_ttl}; then it is asked
 * again. Of several addresses each is used in turn. Safe from any thread; the resolver blocks
 * threads of its own only.
 */
public final class HostNames implements AutoCloseable {
  /** Lookups at once: one that hangs must not hold up the others. */
  private static final int THREADS = 4;

  /** Nobody waits for what is asked again in the background: not more often than this. */
  private static final long REFRESH_NANOS = 1_000_000_000;

  static {
    // The Java runtime would remember answers for longer than the settings say.
    Security.setProperty("networkaddress.cache.ttl", "0");
    Security.setProperty("networkaddress.cache.negative.ttl", "0");
  }

  /** How long answers are believed: {@code dns_max_ttl} and {@code dns_nxdomain_ttl}. */
  public record Ttl(Duration found, Duration missing) {}

  /**
   * A name that has been asked for, for SHOW DNS_HOSTS.
   *
   * @param left how long its addresses are believed
   * @param addresses none when the resolver knows none
   */
  public record Known(String name, Duration left, List<InetAddress> addresses) {}

  /** Who waits for an answer; called on any thread. */
  public interface Asking {
    void found(InetAddress address);

    void failed(UnknownHostException cause);
  }

  /** What the resolver said last. */
  private record Answer(List<InetAddress> addresses, UnknownHostException failure, long at) {}

  private final ConcurrentHashMap<String, Name> names = new ConcurrentHashMap<>();
  private final Supplier<Ttl> ttl;
  private final AtomicInteger turn = new AtomicInteger();
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          THREADS, Thread.ofPlatform().daemon().name("trunkline-dns-", 1).factory());

  public HostNames(Supplier<Ttl> ttl) {
    this.ttl = ttl;
  }

  /** Tells an address of the name, perhaps before it returns. */
  public void find(String name, Asking asking) {
    names.computeIfAbsent(name, Name::new).find(asking);
  }

  /** Asks again in the background for a name that has been asked for, if its time is over. */
  public void refresh(String name) {
    Name known = names.get(name);
    if (known != null) {
      known.refresh();
    }
  }

  /** Whether, as far as is known, that is an address of the name. */
  public boolean lists(String name, InetAddress address) {
    Name known = names.get(name);
    Answer last = known == null ? null : known.last;
    return last == null || last.addresses.isEmpty() || last.addresses.contains(address);
  }

  /** All names that have been asked for. */
  public List<Known> known() {
    long now = System.nanoTime();
    List<Known> known = new ArrayList<>();
    for (Name name : names.values()) {
      Answer last = name.last;
      if (last != null) {
        long left = Math.max(0, last.at + nanos(last) - now);
        known.add(new Known(name.text, Duration.ofNanos(left), last.addresses));
      }
    }
    return known;
  }

  private long nanos(Answer answer) {
    Ttl now = ttl.get();
    return (answer.failure == null ? now.found() : now.missing()).toNanos();
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }

  private final class Name {
    private final String text;
    private final List<Asking> waiting = new ArrayList<>();
    private boolean asked;
    private volatile Answer last;

    Name(String text) {
      this.text = text;
    }

    void find(Asking asking) {
      Answer good;
      synchronized (this) {
        good = last != null && System.nanoTime() - last.at < nanos(last) ? last : null;
        if (good == null) {
          waiting.add(asking);
          ask();
        }
      }
      if (good != null) {
        tell(asking, good);
      }
    }

    synchronized void refresh() {
      if (last != null && System.nanoTime() - last.at >= Math.max(nanos(last), REFRESH_NANOS)) {
        ask();
      }
    }

    private void ask() {
      if (asked) {
        return;
      }
      asked = true;
      try {
        threads.execute(this::resolve);
      } catch (RejectedExecutionException closing) {
        asked = false;
        waiting.clear();
      }
    }

    private void resolve() {
      Answer answer;
      try {
        List<InetAddress> addresses = List.of(InetAddress.getAllByName(text));
        answer = new Answer(addresses, null, System.nanoTime());
      } catch (UnknownHostException e) {
        answer = new Answer(List.of(), e, System.nanoTime());
      }
      List<Asking> told;
      synchronized (this) {
        last = answer;
        asked = false;
        told = List.copyOf(waiting);
        waiting.clear();
      }
      for (Asking asking : told) {
        tell(asking, answer);
      }
    }

    private void tell(Asking asking, Answer answer) {
      if (answer.failure != null) {
        asking.failed(answer.failure);
      } else {
        int which = Math.floorMod(turn.getAndIncrement(), answer.addresses.size());
        asking.found(answer.addresses.get(which));
      }
    }
  }
}
