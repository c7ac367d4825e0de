package dev.trunkline.proxy;

/**
 * Signals of the operating system. {@code sun.misc.Signal} is the only way to hear of them; it is
 * reached by reflection because javac warns of its name in a way that cannot be silenced.
 */
final class Signals {
  private Signals() {}

  /**
   * Runs an action when a signal comes, on a thread of its own; also where whoever started the
   * program had the signal ignored, as {@code nohup} does with HUP and a shell's {@code &} with
   * INT: the JVM alone would leave it at that.
   */
  static void on(String name, Runnable action) {
    Posix.defaultAction(name);
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object relay =
          java.lang.reflect.Proxy.newProxyInstance(
              handler.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) -> {
                action.run();
                return null;
              });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), relay);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot listen to signal " + name, e);
    }
  }
}
