package dev.tallygate.benchmarks.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.IntStream;

/** What Linux tells below {@code /proc} about processes: CPU time, in µs, memory, and files. */
public final class ProcFiles {
  /** Linux shows times in hundredths of a second on every machine. */
  private static final long MICROS_PER_TICK = 10_000;

  private ProcFiles() {}

  /** CPU time of a process with all its threads, those that ended too; 0 when it is gone. */
  public static long cpuMicros(long pid) throws IOException {
    return ticks(pid, 2) * MICROS_PER_TICK;
  }

  /** CPU time of this process and of its children that have ended. */
  public static long ownCpuMicros() throws IOException {
    return ticks(ProcessHandle.current().pid(), 4) * MICROS_PER_TICK;
  }

  /** The time that all cores together were busy, or taken away by the hypervisor. */
  public static long busyMicros() throws IOException {
    String[] cpu = Files.readAllLines(Path.of("/proc/stat")).getFirst().split("\\s+", -1);
    // cpu, user, nice, system, idle, iowait, irq, softirq, steal
    return IntStream.of(1, 2, 3, 6, 7, 8).mapToLong(i -> Long.parseLong(cpu[i])).sum()
        * MICROS_PER_TICK;
  }

  /** Resident memory in bytes, shared pages included; 0 when the process is gone. */
  public static long residentBytes(long pid) throws IOException {
    return 1_024 * number(pid, "status", "VmRSS:");
  }

  /** The most that {@link #residentBytes} ever was. */
  public static long mostResidentBytes(long pid) throws IOException {
    return 1_024 * number(pid, "status", "VmHWM:");
  }

  /** What a process has written to disks, or will have when the system writes its pages. */
  public static long writtenBytes(long pid) throws IOException {
    return number(pid, "io", "write_bytes:");
  }

  /** How many files, sockets among them, this process may have open at once. */
  public static long mostOpenFiles() throws IOException {
    return number(ProcessHandle.current().pid(), "limits", "Max open files");
  }

  /** The first number after a label; 0 when the process is gone. */
  private static long number(long pid, String file, String label) throws IOException {
    try {
      return Files.readAllLines(Path.of("/proc", Long.toString(pid), file)).stream()
          .filter(line -> line.startsWith(label))
          .mapToLong(
              line -> Long.parseLong(line.substring(label.length()).strip().split(" ", 2)[0]))
          .findFirst()
          .orElse(0);
    } catch (NoSuchFileException gone) {
      return 0;
    }
  }

  /** utime, stime, cutime and cstime follow one another in {@code stat}. */
  private static long ticks(long pid, int fields) throws IOException {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      return IntStream.range(11, 11 + fields).mapToLong(i -> Long.parseLong(afterName[i])).sum();
    } catch (NoSuchFileException gone) {
      return 0;
    }
  }
}
