package dev.trunkline.proxy;

import dev.trunkline.admin.CommandFailed;
import dev.trunkline.admin.Inspector.State;
import dev.trunkline.admin.Operator;
import dev.trunkline.admin.Operator.Scope;
import dev.trunkline.admin.Operator.Shutdown;
import dev.trunkline.proxy.gate.GateScope;
import dev.trunkline.proxy.metrics.Log;

/** What the signals of an operator mean: PgBouncer's commands, in its words. */
final class OperatorSignals {
  /** A command that may fail. */
  private interface Command {
    void run(Operator operator) throws CommandFailed, InterruptedException;
  }

  private final Proxy proxy;

  private OperatorSignals(Proxy proxy) {
    this.proxy = proxy;
  }

  static void obey(Proxy proxy) {
    OperatorSignals signals = new OperatorSignals(proxy);
    Posix.endOnQuit();
    Signals.on("HUP", () -> signals.run("SIGHUP, re-reading config", Operator::reload));
    Signals.on("USR1", signals::pause);
    Signals.on("USR2", signals::resume);
    Signals.on(
        "TERM",
        () ->
            signals.end(
                "SIGTERM", "waiting for all clients disconnect", Shutdown.WAIT_FOR_CLIENTS));
    Signals.on(
        "INT",
        () ->
            signals.end(
                "SIGINT",
                "waiting for all servers connections to be released",
                Shutdown.WAIT_FOR_SERVERS));
  }

  private void pause() {
    switch (proxy.state()) {
      case ACTIVE -> run("SIGUSR1, pausing all activity", to -> to.pause(new Scope.Everything()));
      case PAUSED -> Log.log("got SIGUSR1, but already paused");
      case SUSPENDED -> Log.log("got SIGUSR1, but suspended, ignoring");
    }
  }

  private void resume() {
    // PAUSE DRAIN holds everything at the gate while the pools work on.
    boolean held = proxy.gate().find(new GateScope.Everything()) != null;
    State state = proxy.state();
    if (state == State.ACTIVE && !held) {
      Log.log("got SIGUSR2, but not paused");
    } else {
      String from = state == State.SUSPENDED ? "SUSPEND" : "PAUSE";
      run("SIGUSR2, continuing from " + from, to -> to.resume(new Scope.Everything()));
    }
  }

  private void run(String what, Command command) {
    Log.log("got " + what);
    try {
      command.run(proxy.signals());
    } catch (CommandFailed e) {
      Log.error(e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void end(String signal, String how, Shutdown mode) {
    if (proxy.admission().closed()) {
      Log.log("got " + signal + " while shutting down, fast exit");
      proxy.stop();
      return;
    }
    run(signal + ", shutting down, " + how, operator -> operator.shutdown(mode));
  }
}
