package dev.trunkline.proxy;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** What the JVM has no method for, from the C library. */
final class Posix {
  /** The same on every system that the program runs on. */
  private static final Map<String, Integer> SIGNALS =
      Map.of("HUP", 1, "INT", 2, "QUIT", 3, "TERM", 15);

  private static final long SIG_DFL = 0;

  private Posix() {}

  /**
   * Lets SIGQUIT end the process at once, as it does PgBouncer. The JVM keeps that signal for its
   * thread dump; {@code -Xrs} would give it back, and HUP, INT and TERM with it.
   */
  static void endOnQuit() {
    defaultAction("QUIT");
  }

  /** Has a signal do what it does to a program that has said nothing about it. */
  static void defaultAction(String name) {
    Integer signal = SIGNALS.get(name);
    if (signal != null) {
      call("signal", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG), signal, SIG_DFL);
    }
  }

  /** By the kernel's account: each function of the C library takes 10 ms of the start. */
  static boolean isRoot() throws IOException {
    return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
  }

  /**
   * Gives up root's rights for those of a user, for all threads: the C library sees to that.
   *
   * @throws IOException when there is no such user, or the kernel refuses, with a sentence
   */
  static void become(String user) throws IOException {
    int uid = id("-u", user);
    int gid = id("-g", user);
    try (Arena arena = Arena.ofConfined()) {
      FunctionDescriptor groups = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT);
      done(user, call("initgroups", groups, arena.allocateFrom(user), gid));
    }
    done(user, call("setgid", ofOne(JAVA_INT), gid));
    done(user, call("setuid", ofOne(JAVA_INT), uid));
  }

  private static FunctionDescriptor ofOne(MemoryLayout argument) {
    return FunctionDescriptor.of(JAVA_INT, argument);
  }

  private static void done(String user, long result) throws IOException {
    if (result != 0) {
      throw new IOException("cannot become user \"" + user + "\"");
    }
  }

  /** Asks the system's own program, which knows users of directory services, too. */
  private static int id(String what, String user) throws IOException {
    Process process = new ProcessBuilder("id", what, "--", user).redirectErrorStream(true).start();
    String answer = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
    try {
      return Integer.parseInt(answer);
    } catch (NumberFormatException e) {
      throw new IOException("no such user: \"" + user + "\" (" + answer + ")", e);
    }
  }

  @SuppressWarnings("restricted")
  private static long call(String function, FunctionDescriptor type, Object... arguments) {
    Linker linker = Linker.nativeLinker();
    MethodHandle handle = linker.downcallHandle(linker.defaultLookup().findOrThrow(function), type);
    try {
      return ((Number) handle.invokeWithArguments(arguments)).longValue();
    } catch (Throwable e) {
      throw new IllegalStateException("cannot call " + function, e);
    }
  }
}
