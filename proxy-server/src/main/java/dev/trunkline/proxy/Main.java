package dev.trunkline.proxy;

import dev.trunkline.proxy.CommandLine.Manner;
import dev.trunkline.proxy.config.ConfigException;
import dev.trunkline.proxy.config.ConfigLoader;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.ProxyConfig;
import dev.trunkline.proxy.config.Settings;
import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.proxy.metrics.LogBridge;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** The program {@code trunkline}. */
public final class Main {
  private static final int FAILED = 1;

  private Main() {}

  public static void main(String[] args) throws InterruptedException {
    System.exit(run(args));
  }

  private static int run(String[] args) throws InterruptedException {
    CommandLine line;
    try {
      line = CommandLine.parse(args);
    } catch (IllegalArgumentException e) {
      System.err.println("trunkline: " + e.getMessage());
      System.err.println("Try \"trunkline --help\" for more information.");
      return FAILED;
    }
    return switch (line.task()) {
      case HELP -> print(CommandLine.USAGE);
      case VERSION -> print(Version.all());
      case CHECK -> check(line.file());
      case SERVE -> serve(line);
    };
  }

  private static int print(String text) {
    System.out.print(text);
    return 0;
  }

  private static int check(Path file) {
    try {
      ConfigLoader.load(file);
      return print(file + ": configuration is valid\n");
    } catch (ConfigException e) {
      e.problems().forEach(System.err::println);
      return FAILED;
    }
  }

  private static int serve(CommandLine line) throws InterruptedException {
    LogBridge.install();
    Log.echo(!line.is(Manner.QUIET));
    try {
      ProxyConfig config = verbose(ConfigLoader.load(line.file()), line.verbosity());
      Settings settings = config.settings();
      String pidfile = settings.get(Keys.PIDFILE);
      if (line.is(Manner.DAEMON) && !Daemon.isSelf()) {
        return Daemon.start(pidfile);
      }
      becomeUser(line.user().isEmpty() ? settings.get(Keys.USER) : line.user());
      Proxy.openLog(settings);
      try (PidFile pid = PidFile.claim(pidfile)) {
        FileLimit.log(config);
        serve(Proxy.start(config, line.groups()), pid);
      }
      return 0;
    } catch (ConfigException e) {
      return refuse(e);
    } catch (IOException | IllegalArgumentException | IllegalStateException e) {
      Log.fatal(e.getMessage(), null);
      return FAILED;
    }
  }

  /** Where the file does not even say where the log is, standard error has it, -q or not. */
  private static int refuse(ConfigException e) {
    try {
      Log.configure(e.logfile().isEmpty() ? null : Path.of(e.logfile()), false, 0);
    } catch (IOException unwritable) {
      Log.error(unwritable.getMessage());
    }
    e.problems().forEach(problem -> Log.error(problem.toString()));
    Log.fatal("cannot load config file");
    return FAILED;
  }

  /** Until the next RELOAD, as SET does. */
  private static ProxyConfig verbose(ProxyConfig config, int verbosity) {
    return verbosity > config.settings().get(Keys.VERBOSE)
        ? ConfigLoader.withSetting(config, Keys.VERBOSE.name(), Integer.toString(verbosity))
        : config;
  }

  private static void becomeUser(String user) throws IOException {
    if (user.isEmpty()) {
      return;
    }
    if (Posix.isRoot()) {
      Posix.become(user);
    } else if (!user.equals(System.getProperty("user.name"))) {
      throw new IOException("only root can become user \"" + user + "\"");
    }
  }

  private static void serve(Proxy proxy, PidFile pid) throws IOException, InterruptedException {
    try (proxy) {
      CountDownLatch stop = new CountDownLatch(1);
      proxy.onStop(stop::countDown);
      OperatorSignals.obey(proxy);
      if (Posix.isRoot()) {
        // PgBouncer refuses; but in containers it is the usual thing.
        Log.warning("running as root; set user, or start with -u");
      }
      pid.write();
      Log.log("process up: " + proxy.version());
      if (Daemon.isSelf()) {
        Log.echo(false); // nobody looks any more
      }
      stop.await();
    }
  }
}
