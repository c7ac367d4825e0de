package dev.trunkline.proxy.config;

import java.util.Collection;

/** Finds what somebody who mistyped a name probably meant. */
final class Spelling {
  private Spelling() {}

  /** {@code ; did you mean NAME?}, or "" when nothing comes near. */
  static String hint(String wrong, Collection<String> known) {
    String nearest = null;
    int best = Math.max(1, wrong.length() / 3) + 1;
    for (String name : known) {
      int distance = distance(wrong, name);
      if (distance < best) {
        best = distance;
        nearest = name;
      }
    }
    return nearest == null ? "" : "; did you mean " + nearest + "?";
  }

  /** Single letters to insert, delete or replace, and neighbours to swap. */
  private static int distance(String a, String b) {
    int[][] steps = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        steps[i][j] = i == 0 || j == 0 ? i + j : cheapest(steps, a, b, i, j);
      }
    }
    return steps[a.length()][b.length()];
  }

  private static int cheapest(int[][] steps, String a, String b, int i, int j) {
    boolean same = a.charAt(i - 1) == b.charAt(j - 1);
    int best = steps[i - 1][j - 1] + (same ? 0 : 1);
    best = Math.min(best, Math.min(steps[i - 1][j], steps[i][j - 1]) + 1);
    return swapped(a, b, i, j) ? Math.min(best, steps[i - 2][j - 2] + 1) : best;
  }

  private static boolean swapped(String a, String b, int i, int j) {
    return i > 1
        && j > 1
        && a.charAt(i - 1) == b.charAt(j - 2)
        && a.charAt(i - 2) == b.charAt(j - 1);
  }
}
