package dev.trunkline.proxy.console;

import dev.trunkline.admin.Access;
import dev.trunkline.admin.ConsoleSession;
import dev.trunkline.admin.Inspector;
import dev.trunkline.admin.Mover;
import dev.trunkline.admin.Operator;
import dev.trunkline.proxy.client.ClientConnection;
import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.proxy.swap.Swaps;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Leads connections to the admin console, and knows who is there. Safe from any thread. */
public final class ConsoleDoor {
  private final ProxyControl control;
  private final Inspector inspector;
  private final Operator operator;
  private final Operator signals;
  private final Swaps swaps;
  private final Set<ConsoleStage> stages = ConcurrentHashMap.newKeySet();
  private final Suspension suspension;

  /**
   * @param stats figures for SHOW STATS
   */
  public ConsoleDoor(ProxyControl control, StatsSampler stats) {
    this.control = control;
    this.suspension = new Suspension(control, stages);
    this.inspector = new ProxyInspector(control, stats, stages, suspension);
    this.swaps = new Swaps(control);
    Set<String> killed = ConcurrentHashMap.newKeySet();
    this.operator = new ProxyOperator(control, stages, suspension, killed, Log::log);
    this.signals = new ProxyOperator(control, stages, suspension, killed, command -> {});
  }

  /** Lets an authenticated client in. On its event loop. */
  public void open(
      ClientConnection connection, String user, String applicationName, boolean admin) {
    Access access = admin ? Access.ADMIN : Access.STATS;
    ConsoleStage stage = new ConsoleStage(this, connection, user, applicationName, access);
    stages.add(stage);
    control.admission().loggedIn(ConsoleSession.DATABASE);
    connection.stage(stage);
    stage.welcome();
  }

  /** Nobody is left who could end a SUSPEND, as no console can be opened under it. */
  void closed(ConsoleStage stage) {
    stages.remove(stage);
    if (stages.isEmpty() && suspension.end()) {
      Log.log("admin disappeared when suspended, doing RESUME");
    }
  }

  ProxyControl control() {
    return control;
  }

  /** What it is asked for. */
  public Inspector inspector() {
    return inspector;
  }

  /** What that user moves. */
  Mover mover(String user) {
    return new ProxyMover(control, swaps, user);
  }

  /** What operators do by commands. */
  Operator operator() {
    return operator;
  }

  /** What operators do by signals, which have lines of their own in the log. */
  public Operator signals() {
    return signals;
  }
}
