package dev.trunkline.shard;

/**
 * The one spelling of a workspace id. The map compares ids as exact strings, so whatever comes from
 * a connection string, a setting or a statement passes through {@link #canonical} first.
 */
public final class WorkspaceId {
  /** Longest id in bytes of UTF-8. */
  public static final int MAX_BYTES = 128;

  private static final int UUID_LENGTH = 36;
  private static final int HEX_DIGITS = 32;

  private WorkspaceId() {}

  /**
   * The canonical spelling: a UUID in any form that PostgreSQL reads (upper case, braces, hyphens
   * after any group of four digits or none) becomes lower case with four hyphens; anything else
   * stays as it is. Returns the argument itself, without allocation, when it is canonical already.
   *
   * @throws IllegalArgumentException for an id that is empty, longer than 128 bytes, or holds a
   *     control character or half a surrogate pair; the message is a sentence for the user
   */
  public static String canonical(String id) {
    String problem = problem(id);
    if (problem != null) {
      throw new IllegalArgumentException(problem);
    }
    return isCanonicalUuid(id) ? id : orUuid(id);
  }

  /** What is wrong with the id, as a sentence; null when it may be looked up. */
  static String problem(String id) {
    int length = id.length();
    if (length == 0) {
      return "The workspace id is empty.";
    }
    int bytes = 0;
    for (int i = 0; i < length && bytes <= MAX_BYTES; i++) {
      char c = id.charAt(i);
      if (Character.isISOControl(c)) {
        return "The workspace id has a control character at position " + (i + 1) + ".";
      }
      if (Character.isSurrogate(c)) {
        if (!isPair(id, i)) {
          return "The workspace id has half a surrogate pair at position " + (i + 1) + ".";
        }
        i++;
        bytes += 4;
      } else {
        bytes += utf8Length(c);
      }
    }
    return bytes > MAX_BYTES ? "The workspace id is longer than " + MAX_BYTES + " bytes." : null;
  }

  private static boolean isPair(String id, int i) {
    return i + 1 < id.length() && Character.isSurrogatePair(id.charAt(i), id.charAt(i + 1));
  }

  private static int utf8Length(char c) {
    return c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
  }

  static boolean isCanonicalUuid(String id) {
    if (id.length() != UUID_LENGTH) {
      return false;
    }
    for (int i = 0; i < UUID_LENGTH; i++) {
      char c = id.charAt(i);
      boolean hyphen = i == 8 || i == 13 || i == 18 || i == 23;
      if (hyphen ? c != '-' : !isLowerHex(c)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isLowerHex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  }

  /** The rules of PostgreSQL's uuid_in, so that what it calls one UUID is one workspace. */
  private static String orUuid(String id) {
    boolean braces = id.charAt(0) == '{';
    if (braces && id.charAt(id.length() - 1) != '}') {
      return id;
    }
    int end = braces ? id.length() - 1 : id.length();
    StringBuilder digits = new StringBuilder(UUID_LENGTH);
    int seen = 0;
    for (int i = braces ? 1 : 0; i < end; i++) {
      char c = id.charAt(i);
      if (c == '-' && seen > 0 && seen < HEX_DIGITS && seen % 4 == 0 && id.charAt(i - 1) != '-') {
        continue;
      }
      if (seen == HEX_DIGITS || c > 'f' || Character.digit(c, 16) < 0) {
        return id;
      }
      appendDigit(digits, seen++, c);
    }
    return seen == HEX_DIGITS ? digits.toString() : id;
  }

  private static void appendDigit(StringBuilder digits, int index, char digit) {
    if (index == 8 || index == 12 || index == 16 || index == 20) {
      digits.append('-');
    }
    digits.append(Character.toLowerCase(digit));
  }
}
