package dev.trunkline.proxy.client;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Client encodings in which a byte below 128 is always the ASCII character, so that quotes and
 * backslashes are where they seem to be. SJIS, BIG5, GBK, UHC, GB18030 and JOHAB are not among
 * them.
 */
final class SafeEncodings {
  private static final Pattern SAFE =
      Pattern.compile(
          "utf8|unicode|sqlascii|latin\\d+|iso8859\\d+|win(dows)?\\d{3,4}|koi8[ru]?"
              + "|euc(jp|cn|kr|tw|jis2004)");
  private static final Pattern UNSAFE = Pattern.compile("win(dows)?(932|936|949|950|1361|54936)");

  private SafeEncodings() {}

  /** Whether texts of that client_encoding can be read; null is a server's UTF8. */
  static boolean safe(String encoding) {
    if (encoding == null) {
      return true;
    }
    String name = encoding.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    return SAFE.matcher(name).matches() && !UNSAFE.matcher(name).matches();
  }
}
