package dev.trunkline.admin;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/** Two databases, {@code p} and {@code down}, with PgBouncer's rules; remembers what it did. */
class FakeOperator implements Operator {
  static final String ALL = "*";

  final List<String> done = new ArrayList<>();
  final Set<String> paused = new HashSet<>();

  /** Counted down when a drain begins that nothing but ^C ends; null: drains end at once. */
  CountDownLatch stuck;

  /** Makes RELOAD fail. */
  String reloadProblem;

  /** Runs at the end of a drain that succeeded. */
  Runnable beforeReturn = () -> {};

  @Override
  public void pause(Scope scope) throws CommandFailed, InterruptedException {
    if (paused.contains(ALL)) {
      throw CommandFailed.alreadyPaused();
    }
    String name = name(scope);
    paused.add(name);
    try {
      drain();
    } catch (InterruptedException cancelled) {
      paused.remove(name);
      throw cancelled;
    }
    done.add("pause " + name);
  }

  private void drain() throws InterruptedException {
    if (stuck != null) {
      stuck.countDown();
      new CountDownLatch(1).await();
    }
    beforeReturn.run();
  }

  @Override
  public void resume(Scope scope) throws CommandFailed {
    String name = name(scope);
    if (!paused.remove(name)) {
      throw name.equals(ALL) ? CommandFailed.notPaused() : CommandFailed.notPaused(name);
    }
    done.add("resume " + name);
  }

  @Override
  public void reload() throws CommandFailed {
    if (reloadProblem != null) {
      throw CommandFailed.reloadFailed(reloadProblem);
    }
    done.add("reload");
  }

  @Override
  public void suspend() {
    done.add("suspend");
  }

  @Override
  public void reconnect(Scope scope) throws CommandFailed {
    done.add("reconnect " + name(scope));
  }

  @Override
  public void kill(Scope scope) throws CommandFailed {
    done.add("kill " + name(scope));
  }

  @Override
  public void killClient(long id) throws CommandFailed {
    if (id != 7) {
      throw CommandFailed.clientNotFound();
    }
    done.add("kill_client " + id);
  }

  @Override
  public void disable(String database) throws CommandFailed {
    done.add("disable " + name(new Scope.Database(database)));
  }

  @Override
  public void enable(String database) throws CommandFailed {
    done.add("enable " + name(new Scope.Database(database)));
  }

  @Override
  public String set(String key, String value) throws CommandFailed {
    if (key.equals("foo") || value.equals("abc")) {
      throw CommandFailed.setFailed("Unknown parameter or bad value.");
    }
    done.add("set " + key + "=" + value);
    return key.contains("_tls_") ? "TLS settings could not be applied" : "";
  }

  @Override
  public void shutdown(Shutdown mode) {
    done.add("shutdown " + mode);
  }

  @Override
  public void waitClose(Scope scope) throws CommandFailed, InterruptedException {
    String name = name(scope);
    drain();
    done.add("wait_close " + name);
  }

  private static String name(Scope scope) throws CommandFailed {
    return switch (scope) {
      case Scope.Everything() -> ALL;
      case Scope.Database(String name) when Set.of("p", "down").contains(name) -> name;
      case Scope.Database(String name) -> throw CommandFailed.noSuchDatabase(name);
    };
  }
}
