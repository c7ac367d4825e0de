package dev.trunkline.proxy.config;

/**
 * One thing that is wrong with a configuration file.
 *
 * @param file the file, as it was named on the command line or in an include
 * @param line line number, 1 for the first; 0 where no line can be named
 * @param message the key and a sentence
 */
public record Problem(String file, int line, String message) {
  /** As printed: {@code trunkline.conf:12: hosts.host-1.port: 70000 is not a port (1 to 65535)}. */
  @Override
  public String toString() {
    return line > 0 ? file + ":" + line + ": " + message : file + ": " + message;
  }
}
