package dev.tallygate.config;

import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Some of a few numbers, with commas between them. */
final class NumbersKind implements ValueKind<Set<Integer>> {
  private final TreeSet<Integer> allowed;

  NumbersKind(Collection<Integer> allowed) {
    this.allowed = new TreeSet<>(allowed);
  }

  @Override
  public String allowed() {
    return "any of " + show(allowed) + ", with commas between them";
  }

  @Override
  public String placeholder() {
    return "n,n";
  }

  @Override
  public @Nullable Set<Integer> parse(String text) {
    Set<Integer> numbers = new TreeSet<>();
    for (String each : text.split(",", -1)) {
      String number = each.strip();
      if (!number.matches("\\d{1,4}") || !allowed.contains(Integer.valueOf(number))) {
        return null;
      }
      numbers.add(Integer.valueOf(number));
    }
    return numbers;
  }

  @Override
  public String show(Set<Integer> value) {
    return value.stream().sorted().map(String::valueOf).collect(Collectors.joining(","));
  }
}
