package dev.trunkline.proxy.metrics;

import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/**
 * Sends what libraries have to say (Netty and pgjdbc: through java.util.logging) into {@link Log}.
 * Warnings and errors only: a library's detail is not for operators.
 */
public final class LogBridge extends Handler {
  private static final Formatter MESSAGES = new SimpleFormatter();

  private LogBridge() {}

  /** Takes over for the whole process; to be called before Netty's first class is loaded. */
  public static void install() {
    LogManager.getLogManager().reset();
    Logger root = LogManager.getLogManager().getLogger("");
    root.setLevel(Level.WARNING);
    root.addHandler(new LogBridge());
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
  }

  @Override
  public void publish(LogRecord said) {
    if (!isLoggable(said) || said.getLevel().intValue() < Level.WARNING.intValue()) {
      return;
    }
    Log.Level level =
        said.getLevel().intValue() >= Level.SEVERE.intValue() ? Log.Level.ERROR : Log.Level.WARNING;
    String message = said.getLoggerName() + ": " + MESSAGES.formatMessage(said);
    Log.write(level, null, message, said.getThrown());
  }

  /** Every line is written at once. */
  @Override
  public void flush() {}

  /** The log belongs to the process. */
  @Override
  public void close() {}
}
