package dev.trunkline.shard;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * The words and names the scanner knows, found by their bytes without allocating. Those of
 * PostgreSQL's catalogs come from {@code postgresql-names.txt}, which {@code postgresql-names.sql}
 * (beside the tests) generates.
 */
final class Names {
  private static final String RESOURCE = "postgresql-names.txt";
  private static final int SLOTS = 8192;
  private static final Name[] TABLE = load();

  private Names() {}

  /**
   * The name of an unquoted word, whose letters are folded.
   *
   * @param hash {@link Name#hash} of the folded bytes
   */
  static Name ofWord(byte[] text, int from, int to, int hash) {
    return find(text, from, to, hash, true);
  }

  /** The name between quotes, which stands for itself. */
  static Name ofQuoted(byte[] text, int from, int to) {
    return find(text, from, to, Name.hash(text, from, to), false);
  }

  private static Name find(byte[] text, int from, int to, int hash, boolean fold) {
    int slot = slot(hash);
    while (TABLE[slot] != null) {
      if (TABLE[slot].matches(text, from, to, fold)) {
        return TABLE[slot];
      }
      slot = (slot + 1) & (SLOTS - 1);
    }
    return Name.UNKNOWN;
  }

  private static int slot(int hash) {
    return (hash ^ (hash >>> 15)) & (SLOTS - 1);
  }

  private static Name[] load() {
    Map<String, String> letters = read();
    for (Word word : Word.values()) {
      letters.putIfAbsent(word.text(), "");
    }
    letters.remove(Word.NONE.text());
    Name[] table = new Name[SLOTS];
    letters.forEach((text, flags) -> put(table, new Name(text, Word.of(text), flags)));
    return table;
  }

  private static void put(Name[] table, Name name) {
    int slot = slot(name.hash());
    while (table[slot] != null) {
      slot = (slot + 1) & (SLOTS - 1);
    }
    table[slot] = name;
  }

  private static Map<String, String> read() {
    Map<String, String> letters = new TreeMap<>();
    try (InputStream in = Names.class.getResourceAsStream(RESOURCE);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        int space = line.indexOf(' ');
        letters.put(line.substring(0, space), line.substring(space + 1));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(RESOURCE, e);
    }
    return letters;
  }
}
