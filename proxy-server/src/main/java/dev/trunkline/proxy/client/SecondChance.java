package dev.trunkline.proxy.client;

import dev.trunkline.proxy.route.Router;
import dev.trunkline.shard.Lookup;
import dev.trunkline.shard.MapStore.Recheck;
import dev.trunkline.shard.Placement;
import dev.trunkline.wire.ErrorFields;
import io.netty.buffer.ByteBuf;
import java.util.Set;

/**
 * What a server refuses may only be at the wrong home: somebody else's swap has fenced it, and this
 * process has not heard of the new version of the map. The client is held, the map asked, and where
 * that leads elsewhere, or the home is being swapped, it begins anew, once. Otherwise the error is
 * its own.
 */
final class SecondChance {
  private enum Phase {
    /** Nobody is asked. */
    NONE,
    /** The map is being asked about the lease at hand. */
    LEASED,
    /** The map is being asked about a log-in that was refused. */
    LOGIN
  }

  /** What log-ins are refused with behind NOLOGIN, pg_hba.conf, REVOKE CONNECT and the like. */
  private static final Set<String> LOGIN_REFUSED =
      Set.of("28000", "28P01", "42501", "3D000", "55000", "57P01");

  private final ClientSession session;
  private final Leases leases;
  private Phase phase = Phase.NONE;
  private ErrorFields refusal;
  private Batch batch;
  private int question;

  /** The unit of the client's work that has had its chance; see {@link ClientSession#unit}. */
  private int spent = -1;

  /** Queries sent in the lease at hand. */
  private int sent;

  /** Queries of the unit that is spent which are still to be sent anew. */
  private int repeats;

  SecondChance(ClientSession session, Leases leases) {
    this.session = session;
    this.leases = leases;
  }

  /** A lease begins; what is sent first in it may be sent anew. */
  void leased() {
    sent = 0;
    if (!spent() && session.place.routedByKey() && !session.sessionMode() && shared()) {
      batch = session.batch();
      session.relay.keepFirst(session.stream);
    }
  }

  private boolean spent() {
    return session.unit() == spent;
  }

  /** A query is about to be sent: whether it is news to the statistics. */
  boolean counts() {
    if (repeats > 0 && spent()) {
      repeats--;
      return false;
    }
    sent++;
    return true;
  }

  /** Whether the map can have changed without this process's having heard of it. */
  private boolean shared() {
    return session.services.router().store().shared();
  }

  /** As {@code RelayEvents}; never when the client's next message waits for something else. */
  boolean suspects() {
    boolean waits = session.intake.hold() != Hold.NONE && session.intake.hold() != Hold.REPLIES;
    if (waits || session.stream.midForward()) {
      return false;
    }
    session.stream.block();
    ask(Phase.LEASED);
    return true;
  }

  /** A pool has no connection for the client: whether that is looked into first. */
  boolean suspects(ErrorFields error) {
    if (!session.sharded() || !LOGIN_REFUSED.contains(error.sqlstate()) || !shared()) {
      return false;
    }
    refusal = error;
    ask(Phase.LOGIN);
    return true;
  }

  private void ask(Phase about) {
    phase = about;
    session.intake.hold(Hold.HOME);
    int asked = ++question;
    if (leases.paused()) {
      session.later(() -> answered(asked, true));
      return;
    }
    session.services.router().store().recheck(found -> session.later(() -> answered(asked, found)));
  }

  private boolean waitsFor(int asked) {
    return asked == question && session.intake.hold() == Hold.HOME;
  }

  private void answered(int asked, Recheck found) {
    if (!waitsFor(asked)) {
      return;
    }
    Router router = session.services.router();
    if (found == Recheck.SWAPPED || leases.paused()) {
      decide(true);
    } else if (leases.current()) {
      decide(false);
    } else if (session.place.workspace() == null) {
      decide(elsewhere(router.shard(session.place.route().placement().shard())));
    } else {
      String workspace = session.place.workspace();
      router.store().load(workspace, now -> session.later(() -> located(asked, now)));
    }
  }

  private void located(int asked, Lookup now) {
    if (waitsFor(asked)) {
      decide(now instanceof Lookup.Found(Placement at) && elsewhere(at));
    }
  }

  private void answered(int asked, boolean again) {
    if (waitsFor(asked)) {
      decide(again);
    }
  }

  private boolean elsewhere(Placement now) {
    Placement was = session.place.route().placement();
    return now != null && !(now.shard().equals(was.shard()) && now.home().equals(was.home()));
  }

  /** A pause has begun that covers the home in question: the client waits there. */
  void pauseBegins() {
    if (session.intake.hold() == Hold.HOME) {
      decide(true);
    }
  }

  /** The client has cancelled what it waits with: that finds its refusal. */
  void cancelled() {
    decide(true);
  }

  private void decide(boolean again) {
    Phase about = phase;
    phase = Phase.NONE;
    if (about == Phase.LEASED) {
      if (again) {
        startOver();
      } else {
        session.relay.proceed();
      }
    } else if (!again) {
      leases.refusal(refusal);
    }
    refusal = null;
    question++;
    if (session.intake.hold() == Hold.HOME) {
      session.intake.unhold();
    }
  }

  /** Everything is as before the client's first message in this lease, which is presented again. */
  private void startOver() {
    ByteBuf messages = session.relay.startOver();
    spent = session.unit();
    repeats = sent;
    session.clock.reset();
    session.intake.serverWritable(true);
    session.delayed.unsent();
    session.settings.unsent();
    session.activity.ends();
    session.batch(batch);
    session.messages.forgetMessage();
    session.place.forgetKey();
    session.stream.again(messages);
  }
}
