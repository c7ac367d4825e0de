package dev.trunkline.bench.compare;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * What the kernel has accounted to a process, all its threads together, as {@code proc(5)} tells.
 *
 * @param userMicros CPU time outside of the kernel
 * @param systemMicros CPU time in system calls
 * @param switches context switches of the threads that live, of both kinds
 * @param residentBytes memory now
 */
record ProcessSample(long userMicros, long systemMicros, long switches, long residentBytes) {
  /** Clock ticks of /proc are 1/100 s on every architecture Linux runs PostgreSQL on. */
  private static final long MICROS_PER_TICK = 10_000;

  static ProcessSample of(long pid) throws IOException {
    Path proc = Path.of("/proc", Long.toString(pid));
    String stat = Files.readString(proc.resolve("stat"));
    // The program's name may hold spaces and parentheses; state is the first field behind it.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return new ProcessSample(
        Long.parseLong(fields[11]) * MICROS_PER_TICK,
        Long.parseLong(fields[12]) * MICROS_PER_TICK,
        switches(proc.resolve("task")),
        field(proc.resolve("status"), "VmRSS:") * 1024);
  }

  /** The use between two samples; memory as it is in this, the later one. */
  ProcessSample since(ProcessSample earlier) {
    return new ProcessSample(
        userMicros - earlier.userMicros,
        systemMicros - earlier.systemMicros,
        switches - earlier.switches,
        residentBytes);
  }

  private static long switches(Path tasks) throws IOException {
    long sum = 0;
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(tasks)) {
      for (Path thread : threads) {
        sum += switchesOfThread(thread.resolve("status"));
      }
    }
    return sum;
  }

  private static long switchesOfThread(Path status) throws IOException {
    try {
      return field(status, "voluntary_ctxt_switches:")
          + field(status, "nonvoluntary_ctxt_switches:");
    } catch (NoSuchFileException ended) {
      return 0; // between the listing and now
    }
  }

  private static long field(Path status, String name) throws IOException {
    for (String line : Files.readAllLines(status)) {
      if (line.startsWith(name)) {
        return Long.parseLong(line.substring(name.length()).strip().split(" ", -1)[0]);
      }
    }
    throw new IOException(status + " has no " + name);
  }
}
