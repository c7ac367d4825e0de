package dev.trunkline.wire;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Bytes written by hand: hexadecimal, with text in apostrophes, as in {@code "'Z' 00000005 'I'"}.
 */
final class Hand {
  private static final Pattern TOKEN = Pattern.compile("'([^']*)'|([0-9a-f]+)|(\\S)");

  private Hand() {}

  static byte[] bytes(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Matcher token = TOKEN.matcher(text);
    while (token.find()) {
      if (token.group(3) != null) {
        throw new IllegalArgumentException("neither text nor hexadecimal: " + token.group());
      }
      bytes.writeBytes(
          token.group(1) != null
              ? token.group(1).getBytes(StandardCharsets.UTF_8)
              : HexFormat.of().parseHex(token.group(2)));
    }
    return bytes.toByteArray();
  }
}
