package dev.trunkline.proxy.darkread;

import dev.trunkline.shard.PureRead;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Works off what a dark read has drawn, on a thread and with connections of its own. */
final class Worker implements Runnable {
  /**
   * How long one that has done all there was sleeps before it looks for more: nobody wakes it, for
   * that would be a system call on a client's loop for each sample. The longer, the more are asked
   * at once and the less each costs.
   */
  private static final Duration PAUSE = Duration.ofMillis(250);

  /** The same where the queue might overflow meanwhile. */
  private static final Duration SHORT_PAUSE = Duration.ofMillis(50);

  /** Those that ask under the same settings behind each other, for settings cost a statement. */
  private static final Comparator<Judge> BY_SETTINGS =
      Comparator.comparing(Worker::path, Comparator.nullsFirst(Comparator.naturalOrder()))
          .thenComparing(Worker::workspace, Comparator.nullsFirst(Comparator.naturalOrder()))
          .thenComparingInt(judge -> judge.sample().circumstances().settings().hashCode());

  private static final String UNREACHABLE = "unreachable";

  private final DarkRead dark;
  private final Sides sides;

  Worker(DarkRead dark, Sides sides) {
    this.dark = dark;
    this.sides = sides;
  }

  @Override
  public void run() {
    try (sides) {
      while (true) {
        boolean filling = dark.filling();
        takeAll();
        Thread.sleep(filling ? SHORT_PAUSE : PAUSE);
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private void takeAll() throws InterruptedException {
    for (List<Sample> due = dark.due(); !due.isEmpty(); due = dark.due()) {
      try {
        take(due);
      } finally {
        dark.done(due);
      }
    }
  }

  /** A batch costs the new home one round trip: each alone, they cost several times as much. */
  private void take(List<Sample> samples) throws InterruptedException {
    List<Judge> left = judges(samples);
    try {
      while (!left.isEmpty()) {
        List<Answer> answers = sides.fresh(left.stream().map(Judge::sample).toList());
        for (int i = 0; i < answers.size(); i++) {
          conclude(left.get(i), answers.get(i));
        }
        left = left.subList(answers.size(), left.size());
      }
    } catch (ReadFailed e) {
      dark.failed(e);
      left.stream().skip(1).forEach(judge -> notAsked(e));
    } catch (RuntimeException e) {
      left.forEach(judge -> dark.failed(e));
    }
  }

  private void notAsked(ReadFailed why) {
    if (dark.unreachable()) {
      dark.counts().skipped(UNREACHABLE);
    } else {
      dark.failed(why);
    }
  }

  /** Those that can be compared. */
  private List<Judge> judges(List<Sample> samples) {
    List<Judge> judges = new ArrayList<>();
    for (Sample sample : samples) {
      try {
        Judge judge = judge(sample);
        String refusal = refusal(judge);
        if (refusal == null) {
          judges.add(judge);
        } else {
          dark.counts().skipped(refusal);
        }
      } catch (RuntimeException e) {
        dark.failed(e);
      }
    }
    judges.sort(BY_SETTINGS);
    return judges;
  }

  private static String path(Judge judge) {
    return judge.sample().circumstances().searchPath();
  }

  private static String workspace(Judge judge) {
    return judge.sample().circumstances().workspace();
  }

  private Judge judge(Sample sample) {
    PureRead read = PureRead.of(sample.question().text());
    return new Judge(sides, dark.spec(), dark.catchUp(), sample, read);
  }

  private String refusal(Judge judge) {
    if (judge.read().impurity() != null) {
      return judge.read().impurity().name().toLowerCase(Locale.ROOT);
    }
    if (judge.client().more()) {
      return "rows";
    }
    if (!judge.client().complete()) {
      return "pipeline";
    }
    if (judge.sample().question().asksForTheTime()) {
      return "clock";
    }
    return dark.unreachable() ? UNREACHABLE : null;
  }

  private void conclude(Judge judge, Answer fresh) throws InterruptedException {
    try {
      dark.concluded(judge, judge.run(fresh, dark.counts()));
    } catch (ReadFailed e) {
      dark.failed(e);
    } catch (RuntimeException e) {
      dark.failed(e);
    }
  }
}
