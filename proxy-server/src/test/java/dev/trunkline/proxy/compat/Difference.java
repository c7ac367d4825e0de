package dev.trunkline.proxy.compat;

import java.util.ArrayList;
import java.util.List;

/** The shortest edit from one list of lines to another: {@code - theirs}, {@code + ours}. */
final class Difference {
  private Difference() {}

  static List<String> between(List<String> theirs, List<String> ours) {
    int[][] common = common(theirs, ours);
    List<String> found = new ArrayList<>();
    int i = 0;
    int j = 0;
    while (i < theirs.size() || j < ours.size()) {
      if (i < theirs.size() && j < ours.size() && theirs.get(i).equals(ours.get(j))) {
        i++;
        j++;
      } else if (j == ours.size() || (i < theirs.size() && common[i + 1][j] >= common[i][j + 1])) {
        found.add("- " + theirs.get(i++));
      } else {
        found.add("+ " + ours.get(j++));
      }
    }
    return found;
  }

  /** Length of the longest common subsequence of what is behind each pair of places. */
  private static int[][] common(List<String> theirs, List<String> ours) {
    int[][] common = new int[theirs.size() + 1][ours.size() + 1];
    for (int i = theirs.size() - 1; i >= 0; i--) {
      for (int j = ours.size() - 1; j >= 0; j--) {
        common[i][j] =
            theirs.get(i).equals(ours.get(j))
                ? common[i + 1][j + 1] + 1
                : Math.max(common[i + 1][j], common[i][j + 1]);
      }
    }
    return common;
  }
}
