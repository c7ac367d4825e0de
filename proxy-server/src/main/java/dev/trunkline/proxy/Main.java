package dev.trunkline.proxy;

import dev.trunkline.proxy.config.ConfigException;
import dev.trunkline.proxy.config.ConfigLoader;
import dev.trunkline.proxy.config.Problem;
import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.proxy.metrics.LogBridge;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/** The program {@code trunkline}. */
public final class Main {
  private static final String USAGE =
      """
      Usage: trunkline [OPTION]... CONFIG

      Serves the PostgreSQL databases that CONFIG (HOCON) describes.

        --check          read the configuration, name its problems, and exit
        --group A[,B]    serve these proxy groups only (default: all of CONFIG)
        -V, --version    print the version and exit
        -h, --help       print this and exit

      Signals: HUP reloads CONFIG; TERM and INT stop.
      """;

  private Main() {}

  public static void main(String[] args) throws InterruptedException {
    int status = run(args);
    if (status >= 0) {
      System.exit(status);
    }
  }

  private static int run(String[] args) throws InterruptedException {
    Set<String> groups = new HashSet<>();
    boolean check = false;
    Path file = null;
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "-h", "--help" -> {
          System.out.print(USAGE);
          return 0;
        }
        case "-V", "--version" -> {
          System.out.println("Trunkline " + Version.TEXT);
          return 0;
        }
        case "--check" -> check = true;
        case "--group" -> {
          i++;
          if (i == args.length) {
            return wrongUsage("--group needs a name");
          }
          groups.addAll(Arrays.asList(args[i].split(",")));
        }
        default -> {
          if (args[i].startsWith("-") || file != null) {
            return wrongUsage("unexpected argument: " + args[i]);
          }
          file = Path.of(args[i]);
        }
      }
    }
    if (file == null) {
      return wrongUsage("no configuration file given");
    }
    return check ? check(file) : serve(file, groups);
  }

  private static int wrongUsage(String message) {
    System.err.println("trunkline: " + message);
    System.err.print(USAGE);
    return 2;
  }

  private static int check(Path file) {
    try {
      ConfigLoader.load(file);
      System.out.println(file + ": configuration is valid");
      return 0;
    } catch (ConfigException e) {
      print(e);
      return 1;
    }
  }

  private static void print(ConfigException e) {
    for (Problem problem : e.problems()) {
      System.err.println(problem);
    }
  }

  private static int serve(Path file, Set<String> groups) throws InterruptedException {
    LogBridge.install();
    Proxy proxy;
    try {
      proxy = Proxy.start(file, groups);
    } catch (ConfigException e) {
      print(e);
      return 1;
    } catch (IOException | IllegalArgumentException | IllegalStateException e) {
      Log.fatal(e.getMessage(), null);
      return 1;
    }
    Signals.on("HUP", () -> reload(proxy));
    CountDownLatch stop = new CountDownLatch(1);
    proxy.onStop(stop::countDown);
    Signals.on("TERM", stop::countDown);
    Signals.on("INT", stop::countDown);
    stop.await();
    Log.log("shutting down");
    proxy.close();
    return 0;
  }

  private static void reload(Proxy proxy) {
    Log.log("got SIGHUP, re-reading config");
    try {
      proxy.reload();
    } catch (ConfigException e) {
      e.problems().forEach(problem -> Log.error(problem.toString()));
      Log.error("RELOAD failed, the old configuration stays in force");
    } catch (IOException e) {
      Log.error("RELOAD failed, the old configuration stays in force: " + e.getMessage());
    }
  }
}
