package dev.trunkline.admin;

import dev.trunkline.wire.ErrorFields;
import java.util.List;

/** What a command that succeeded has to say. */
sealed interface Answer {
  /** Rows; each cell is what its column's {@link Column#value} gave. */
  record Table(List<? extends Column<?>> columns, List<Object[]> rows, String tag)
      implements Answer {}

  /** Only a tag, after a notice if that is not null. */
  record Done(String tag, ErrorFields notice) implements Answer {
    static Done of(String tag) {
      return new Done(tag, null);
    }
  }

  /** The answer to the empty query. */
  record Empty() implements Answer {}

  /** Nothing, and nothing will follow: the process is about to end. */
  record Silence() implements Answer {}
}
