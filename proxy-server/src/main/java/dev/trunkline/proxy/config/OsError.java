package dev.trunkline.proxy.config;

import java.io.FileNotFoundException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.regex.Pattern;

/** Why a file or a socket could not be used, in the words of the operating system. */
public final class OsError {
  /** Netty: {@code bind(..) failed with error(-98): reason}; io_uring's say so first. */
  private static final Pattern CALL =
      Pattern.compile("^(io_uring )?\\w+\\(\\.\\.\\) failed with error\\(-\\d+\\): ");

  /** Behind the reason: {@code : name/address:port}. */
  private static final Pattern ADDRESS = Pattern.compile(": [^ ]*/[^ ]*$");

  private OsError() {}

  /** Such as {@code No such file or directory}; of some failures Java tells only the name. */
  public static String reason(Throwable failure) {
    return switch (failure) {
      case NoSuchFileException _ -> "No such file or directory";
      case AccessDeniedException _ -> "Permission denied";
      case FileSystemException other when other.getReason() != null -> other.getReason();
      case FileNotFoundException other when other.getMessage() != null ->
          inBrackets(other.getMessage());
      default -> failure.getMessage() == null ? failure.toString() : bare(failure.getMessage());
    };
  }

  /** Streams say {@code name (reason)}. */
  private static String inBrackets(String text) {
    int open = text.lastIndexOf(" (");
    return open >= 0 && text.endsWith(")") ? text.substring(open + 2, text.length() - 1) : text;
  }

  private static String bare(String text) {
    return ADDRESS.matcher(CALL.matcher(text).replaceFirst("")).replaceFirst("");
  }
}
